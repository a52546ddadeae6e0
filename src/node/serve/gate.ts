/** A request that arrived while this much of the same turn of the event loop had passed is turned away: it would be answered late. */
const TURN_MILLISECONDS = 15;
/** … unless it is among the first of its turn: a pause of the process itself is no overload. */
const FEW = 32;

/**
 * Back-pressure. All requests that have arrived are handled in one turn of the event loop, so a long turn means more of them than can be
 * answered in time; what comes late in a long turn is turned away.
 */
export class Gate {
  #turnBegan = 0;
  #inTurn = false;
  #handled = 0;
  /** Requests that are worked on over several turns. */
  #busy = 0;

  constructor(
    private readonly now: () => number,
    /** Requests at most that are worked on over several turns. */
    private readonly mostBusy: number,
  ) {}

  /** Whether there is time for a request that arrived. */
  admits(): boolean {
    if (!this.#inTurn) {
      this.#inTurn = true;
      this.#turnBegan = this.now();
      this.#handled = 0;
      setImmediate(() => {
        this.#inTurn = false;
      });
      return true;
    }
    return ++this.#handled < FEW || this.now() - this.#turnBegan < TURN_MILLISECONDS;
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
