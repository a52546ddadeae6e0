import { Chain } from './chain.js';

/** Work that costs much: one piece at a time, and one for all who ask for the same while they wait. */
export class InTurn<T> {
  readonly #waiting = new Map<string, Promise<T>>();
  readonly #chain = new Chain();

  /** @param key of what is asked for */
  do(key: string, work: () => Promise<T>): Promise<T> {
    const known = this.#waiting.get(key);
    if (known) return known;
    const made = this.#chain.do(work).finally(() => this.#waiting.delete(key));
    this.#waiting.set(key, made);
    return made;
  }
}
