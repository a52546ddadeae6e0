import { MillwrightError } from '../../core/errors.js';

interface Failure {
  readonly code?: MillwrightError['code'];
  readonly message: string;
  readonly hint?: string;
}

type Message =
  | { readonly call: number; readonly task: unknown }
  | { readonly answer: number; readonly result?: unknown; readonly failure?: Failure };

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** Calls between two processes that are joined by a channel: each may ask the other, and is told the result or the failure. */
export class IpcCalls {
  readonly #waiting = new Map<number, Waiting>();
  #calls = 0;
  #gone: Error | undefined;

  /** @param send puts a message on the channel @param handle does what the other side asks */
  constructor(
    private readonly send: (message: object) => void,
    private readonly handle: (task: never) => unknown,
  ) {}

  /** @throws what the other side's `handle` threw, or what `end` was told */
  call(task: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#gone) {
        reject(this.#gone);
        return;
      }
      const call = this.#calls++;
      this.#waiting.set(call, { resolve, reject });
      this.#send({ call, task });
    });
  }

  /** Takes a message from the channel; those of others are left alone. */
  receive(message: unknown): void {
    if (typeof message !== 'object' || message === null) return;
    const told = message as Message;
    if ('call' in told) void this.#answer(told.call, told.task);
    else if ('answer' in told) {
      const waiting = this.#waiting.get(told.answer);
      this.#waiting.delete(told.answer);
      if (told.failure) waiting?.reject(failed(told.failure));
      else waiting?.resolve(told.result);
    }
  }

  /** The other side has gone: nothing more comes. */
  end(error: Error): void {
    this.#gone = error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  async #answer(answer: number, task: unknown): Promise<void> {
    try {
      this.#send({ answer, result: await this.handle(task as never) });
    } catch (error) {
      const { code, message, hint } = error as MillwrightError;
      this.#send({ answer, failure: { message, ...(error instanceof MillwrightError && { code, ...(hint && { hint }) }) } });
    }
  }

  #send(message: object): void {
    try {
      this.send(message);
    } catch (error) {
      this.end(error as Error);
    }
  }
}

function failed({ code, message, hint }: Failure): Error {
  return code ? new MillwrightError(code, message, hint) : new Error(message);
}
