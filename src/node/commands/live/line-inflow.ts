import { MillwrightError } from '../../../core/errors.js';
import { untilStopped } from '../until-stopped.js';
import { type Delivery, type Inflow, LARGEST_MESSAGE, type Message, MOST_AT_ONCE } from './inflow.js';

const SHARD = 'line';

/** Standard input, a message a line: each chunk that arrives is a delivery, so that rows are answered while they come. */
export class LineInflow implements Inflow {
  readonly label = 'standard input';
  readonly again = false;
  #lines = 0;
  #parts: Buffer[] = [];
  #held = 0;

  constructor(
    private readonly input: AsyncIterable<Uint8Array>,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async *deliveries(): AsyncGenerator<Delivery> {
    const chunks = this.input[Symbol.asyncIterator]();
    for (;;) {
      const next = await untilStopped(chunks.next(), this.signal);
      if (!next) return;
      const messages = next.done ? this.#last() : this.#take(Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength));
      for (let at = 0; at < messages.length && !this.signal?.aborted; at += MOST_AT_ONCE)
        yield { messages: messages.slice(at, at + MOST_AT_ONCE), acknowledge: async () => undefined };
      if (next.done) return;
    }
  }

  async settled(): Promise<undefined> {
    return undefined;
  }

  async close(): Promise<void> {
    // the end of the process closes it
  }

  #take(chunk: Buffer): Message[] {
    const messages: Message[] = [];
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      this.#hold(chunk.subarray(from, end));
      this.#end(messages);
      from = end + 1;
    }
    this.#hold(chunk.subarray(from));
    return messages;
  }

  #last(): Message[] {
    const messages: Message[] = [];
    if (this.#held > 0) this.#end(messages);
    return messages;
  }

  /** Of a line that is too long only its length is kept. */
  #hold(part: Buffer): void {
    this.#held += part.length;
    if (this.#held > LARGEST_MESSAGE) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }

  #end(messages: Message[]): void {
    const offset = ++this.#lines;
    const body = this.#held > LARGEST_MESSAGE ? tooLarge(`Line ${offset}`) : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#held = 0;
    if (body instanceof MillwrightError || !/^[ \t\r]*$/.test(body.toString('latin1', 0, 100)))
      messages.push({ id: String(offset), shard: SHARD, offset, body });
  }
}

/** @param what a line or message, at the beginning of a sentence */
export function tooLarge(what: string): MillwrightError {
  return new MillwrightError(
    'DATA_TOO_LARGE',
    `${what} is longer than ${LARGEST_MESSAGE} bytes.`,
    'Write one row as a JSON object a line.',
  );
}
