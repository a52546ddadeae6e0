/** From its arrival on, a request may wait so long until it is worked on; what would wait longer is turned away. */
const WAIT_MILLISECONDS = 25;
/** … of these so much at most in its own turn of the event loop. */
const TURN_MILLISECONDS = 15;
/** … and so much at least, when the turn before was long: somebody must be answered. */
const LEAST_MILLISECONDS = 2;
/** A turn that begins sooner after the one before found requests that had arrived meanwhile. */
const AT_ONCE = 0.5;
/** The first of a turn are let in, however long it takes: a pause of the process itself is no overload. */
const FEW = 32;

/**
 * Back-pressure by the time that requests have waited. All that have arrived are handled in one turn of the event loop, and those that are found when it begins
 * have waited for as long as the turn before took, at most. Whatever would come to more than `WAIT_MILLISECONDS` is turned away, which costs little, so that
 * the turns stay short however many requests arrive (as CoDel, Nichols and Jacobson 2012, which drops by the time in the queue and not by its length).
 */
export class Gate {
  #turnBegan = 0;
  #turnEnded = Number.NEGATIVE_INFINITY;
  #inTurn = false;
  #handled = 0;
  /** Milliseconds of this turn in which requests are let in. */
  #room = TURN_MILLISECONDS;
  /** Requests that are worked on over several turns. */
  #busy = 0;

  /** @param now milliseconds */
  constructor(
    private readonly now: () => number,
    /** Requests at most that are worked on over several turns. */
    private readonly mostBusy: number,
  ) {}

  /** Whether there is time for a request that arrived. */
  admits(): boolean {
    if (!this.#inTurn) {
      this.#begin();
      return true;
    }
    return ++this.#handled < FEW || this.now() - this.#turnBegan < this.#room;
  }

  #begin(): void {
    const now = this.now();
    const waited = now - this.#turnEnded < AT_ONCE ? this.#turnEnded - this.#turnBegan : 0;
    this.#room = Math.max(LEAST_MILLISECONDS, Math.min(TURN_MILLISECONDS, WAIT_MILLISECONDS - waited));
    this.#inTurn = true;
    this.#turnBegan = now;
    this.#handled = 0;
    setImmediate(() => {
      this.#inTurn = false;
      this.#turnEnded = this.now();
    });
  }

  /** Takes a place for long work; `leave` gives it back. */
  enter(): boolean {
    if (this.#busy >= this.mostBusy) return false;
    this.#busy++;
    return true;
  }

  leave(): void {
    this.#busy--;
  }

  /** Places that are taken. */
  get busy(): number {
    return this.#busy;
  }
}
