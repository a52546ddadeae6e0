import { MillwrightError } from '../../../core/errors.js';
import { redact } from '../redact.js';
import type { Inflow } from './inflow.js';
import { LineInflow } from './line-inflow.js';
import { isStreamAddress, parseStreamAddress } from './stream-address.js';

/**
 * Opens a stream of messages: standard input, or what the address names.
 * @param from nothing or `-`: standard input
 * @param durable the name of the durable consumer of NATS, where the address has none
 * @throws MillwrightError `USAGE`, `OPTION_INVALID`, `RUNTIME_MISSING`, `STREAM_UNREACHABLE`
 */
export async function openInflow(from: readonly string[], durable: string, signal: AbortSignal | undefined): Promise<Inflow> {
  const [where = '-', ...others] = from;
  if (others.length > 0) throw new MillwrightError('USAGE', 'One stream can be read at a time.', 'Name it with --from.');
  if (isStreamAddress(where)) {
    const address = parseStreamAddress(where);
    if (address.kind === 'nats') return (await import('./nats-inflow.js')).NatsInflow.open(address, durable, signal);
    return (await import('./kafka-inflow.js')).KafkaInflow.open(address, signal);
  }
  if (where !== '-')
    throw new MillwrightError(
      'USAGE',
      `--stream cannot read ${redact(where).slice(0, 200)}.`,
      'It reads NDJSON on standard input, nats://host/subject or kafka://host/topic?group=name. For files leave --stream out.',
    );
  if (process.stdin.isTTY)
    throw new MillwrightError(
      'USAGE',
      'There is no stream: standard input is a terminal.',
      'Pipe rows as NDJSON into the command, or name a stream with --from.',
    );
  return new LineInflow(process.stdin, signal);
}
