import type { Message } from './inflow.js';

interface Mark {
  /** All up to here are dealt with, or never come. */
  floor: number;
  above: Set<number>;
}

/** Marks beyond which `crowded` asks to have them cleared. */
const CROWDED = 2000;

/** Which messages are dealt with: small where they come in order, whatever their number. */
export class DoneMarks {
  readonly #marks = new Map<string, Mark>();

  has({ shard, offset }: Message): boolean {
    const mark = this.#marks.get(shard);
    return mark !== undefined && (offset <= mark.floor || mark.above.has(offset));
  }

  add({ shard, offset }: Message): void {
    const mark = this.#marks.get(shard) ?? { floor: -1, above: new Set() };
    this.#marks.set(shard, mark);
    if (offset <= mark.floor) return;
    mark.above.add(offset);
    while (mark.above.delete(mark.floor + 1)) mark.floor++;
  }

  /** Shards with many marks that lie apart. */
  crowded(): string[] {
    return [...this.#marks].filter(([, { above }]) => above.size > CROWDED).map(([shard]) => shard);
  }

  /** Nothing up to this offset will come again. */
  settle(shard: string, floor: number): void {
    const mark = this.#marks.get(shard);
    if (!mark || floor <= mark.floor) return;
    mark.floor = floor;
    for (const offset of mark.above) if (offset <= floor) mark.above.delete(offset);
    while (mark.above.delete(mark.floor + 1)) mark.floor++;
  }

  toJSON(): [string, number, number[]][] {
    return [...this.#marks].map(([shard, { floor, above }]) => [shard, floor, [...above]]);
  }

  /** @param json what `toJSON` gave */
  static fromJSON(json: unknown): DoneMarks {
    const done = new DoneMarks();
    for (const [shard, floor, above] of json as [string, number, number[]][]) done.#marks.set(shard, { floor, above: new Set(above) });
    return done;
  }
}
