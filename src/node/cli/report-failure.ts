import { CommanderError } from 'commander';
import { MillwrightError } from '../../core/errors.js';
import { exitStatus } from '../commands/exit-status.js';
import { plain } from './words.js';

/** A failure as every door shows it. */
export interface Failure {
  type: 'error';
  code: string;
  message: string;
  hint?: string;
}

/** Any thrown thing as an error with a documented code. */
export function asMillwrightError(error: unknown): MillwrightError {
  if (error instanceof MillwrightError) return error;
  if (error instanceof CommanderError) {
    const [what, ...rest] = error.message.replace(/^error:\s*/i, '').split('\n');
    const hint = rest
      .join(' ')
      .trim()
      .replace(/^\((.*)\)$/, '$1');
    const command = process.argv[2];
    return new MillwrightError(
      'USAGE',
      sentence(what ?? ''),
      hint || `See \`millwright ${command && !command.startsWith('-') ? `${command} ` : ''}--help\`.`,
    );
  }
  const text = error instanceof Error ? error.message : String(error);
  return new MillwrightError(
    'INTERNAL',
    `Something went wrong inside Millwright: ${text}`,
    'Set MILLWRIGHT_DEBUG=1 to see where, and please report it.',
    { cause: error },
  );
}

/** Prints a failure and sets the exit status that belongs to it. */
export async function reportFailure(thrown: unknown, json: boolean): Promise<void> {
  const error = asMillwrightError(thrown);
  process.exitCode = exitStatus(error.code);
  if (json) {
    const failure: Failure = { type: 'error', code: error.code, message: error.message, ...(error.hint ? { hint: error.hint } : {}) };
    process.stdout.write(`${JSON.stringify(failure)}\n`);
  } else process.stderr.write(failureText(error));
  if (process.env.MILLWRIGHT_DEBUG) process.stderr.write(`${(error.cause as Error | undefined)?.stack ?? error.stack}\n`);
}

/** A failure for a terminal: names and cells in it may come from the data, and a line break in them is no new line. */
export function failureText({ code, message, hint }: Pick<MillwrightError, 'code' | 'message' | 'hint'>): string {
  const line = (text: string) => plain(text.replace(/\s*\r?\n\s*/g, ' '), 2000);
  return `error [${code}] ${line(message)}\n${hint ? `  ${line(hint)}\n` : ''}`;
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return `${trimmed.charAt(0).toUpperCase()}${trimmed.slice(1)}${/[.!?]$/.test(trimmed) ? '' : '.'}`;
}
