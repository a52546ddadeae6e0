import { writeSync } from 'node:fs';
import { EXIT } from './exit-status.js';

/**
 * Ends this process without a word once nobody reads what it writes, as `head` leaves other programs: by itself Node.js would end with a stack trace.
 * What cannot be written for another reason, such as a full disk, is a failure.
 */
export function endWithReader(): void {
  for (const [name, stream] of [['output', process.stdout] as const, ['error', process.stderr] as const])
    stream.on('error', ({ code, message }: NodeJS.ErrnoException) => {
      if (code === 'EPIPE' || code === 'ECONNRESET') process.exit(EXIT.pipe);
      try {
        writeSync(2, `error [OUTPUT_FAILED] Cannot write to standard ${name}: ${message}.\n`);
      } catch {
        // there is nobody to tell
      }
      process.exit(EXIT.failed);
    });
}
