import type { KeptWork } from './kept-work.js';
import type { Work } from './plan.js';

type Counts = Record<string, number>;

/**
 * Counts of work by place. A first run writes down what the clock allowed; a run with a recorded log obeys it and asks no clock, so that
 * it repeats byte for byte.
 */
export class WorkLog {
  readonly #recorded: ReadonlyMap<string, Counts> | undefined;
  readonly #done = new Map<string, Counts>();
  readonly #shortened = new Set<string>();

  /** @param kept what an earlier part of this very run settled is settled */
  constructor(
    recorded?: Work,
    readonly kept?: Pick<KeptWork, 'settled' | 'settle'>,
  ) {
    this.#recorded = recorded && new Map(Object.entries(recorded));
  }

  /** True when this run repeats a recorded one. */
  get replaying(): boolean {
    return this.#recorded !== undefined;
  }

  /** What the recorded run did at that place; undefined when it did nothing there, or when nothing is recorded. */
  recorded(place: string): Counts | undefined {
    return this.#recorded?.get(place);
  }

  /** Says what the clock made less than planned. */
  shorten(what: string): void {
    if (!this.replaying) this.#shortened.add(what);
  }

  /** What the clock had a say in; when it is empty, equal runs are byte-identical. */
  get shortened(): ReadonlySet<string> {
    return this.#shortened;
  }

  /** Writes down what was done. */
  note(place: string, counts: Counts): void {
    this.#done.set(place, counts);
  }

  done(place: string): Counts | undefined {
    return this.#done.get(place);
  }

  /**
   * How much to do at a place: what was recorded, else what `choose` says; noted unless it is nothing.
   * @param choose may ask the clock; not called in a repetition
   */
  settle(place: string, choose: () => Counts | undefined): Counts | undefined {
    const before = this.replaying ? { counts: this.recorded(place) } : this.kept?.settled(place);
    const counts = before ? before.counts : choose();
    if (!before) this.kept?.settle(place, counts);
    if (counts) this.note(place, counts);
    return counts;
  }

  /** All that was done, places and counts in alphabetical order. */
  work(): Work {
    const sorted = <V>(entries: Iterable<[string, V]>): [string, V][] => [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(sorted(this.#done).map(([place, counts]) => [place, Object.fromEntries(sorted(Object.entries(counts)))]));
  }
}

/** Where the log keeps that a fit found too little memory. */
export function memoryPlace(place: string): string {
  return `${place}/memory`;
}
