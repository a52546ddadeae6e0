/** Pieces of work, one after the other, whether or not those before have failed. */
export class Chain {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves when it is done. @throws what the work throws */
  do<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

/** Does what a store may not take: it may be away for a while. @returns whether it was done; else it is tried again later */
export async function attempt(work: () => Promise<void>, onFailure: (message: string) => void): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    onFailure((error as Error).message);
    return false;
  }
}
