import { MillwrightError } from '../../../core/errors.js';
import type { Inflow } from './inflow.js';
import { LineInflow } from './line-inflow.js';

/**
 * Opens a stream of messages: standard input, or what the address names.
 * @param from nothing or `-`: standard input
 * @throws MillwrightError `USAGE`, `OPTION_INVALID`, `RUNTIME_MISSING`, `STREAM_UNREACHABLE`
 */
export async function openInflow(from: readonly string[], signal: AbortSignal | undefined): Promise<Inflow> {
  const [where = '-', ...others] = from;
  if (others.length > 0) throw new MillwrightError('USAGE', 'One stream can be read at a time.', 'Name it with --from.');
  if (where !== '-')
    throw new MillwrightError(
      'USAGE',
      `--stream cannot read ${where.slice(0, 200)}.`,
      'It reads rows as NDJSON on standard input. For files leave --stream out.',
    );
  if (process.stdin.isTTY)
    throw new MillwrightError('USAGE', 'There is no stream: standard input is a terminal.', 'Pipe rows as NDJSON into the command.');
  return new LineInflow(process.stdin, signal);
}
