import { MillwrightError } from '../../../core/errors.js';
import { namesIn, type RowStream } from '../../data/row-stream.js';
import { DoneMarks } from './done-marks.js';
import type { Delivery, Inflow } from './inflow.js';
import { type Row, rowOf } from './read-rows.js';

/** Messages, and milliseconds, after which what was learned of them should be saved. */
const MOST_HELD = 10_000;
const SAVE_EVERY = 5000;

/**
 * The messages of a broker as rows for a learner. They are acknowledged once what was learned of them is saved together with `marks`; those that come again after that are passed over.
 */
export class MessageRows implements RowStream {
  readonly label: string;
  names: readonly string[];
  /** Messages that are no row; those that were dealt with before. */
  faults = 0;
  already = 0;
  readonly #done: DoneMarks;
  #held: Delivery[] = [];
  #messages = 0;
  #saved: number;

  /**
   * @param look rows whose keys are the columns
   * @param known the columns, when they are known already
   * @param kept what `marks` gave
   */
  constructor(
    private readonly inflow: Inflow,
    private readonly look: number,
    private readonly known: readonly string[] | undefined,
    kept: unknown,
    private readonly now: () => number,
  ) {
    this.label = inflow.label;
    this.names = known ?? [];
    this.#done = kept === undefined ? new DoneMarks() : DoneMarks.fromJSON(kept);
    this.#saved = now();
  }

  async *batches(): AsyncGenerator<unknown[][]> {
    let first: Row[] | undefined = this.known ? undefined : [];
    for await (const delivery of this.inflow.deliveries()) {
      const rows = this.#take(delivery);
      if (first) {
        first.push(...rows);
        if (first.length < this.look) continue;
      }
      yield this.#cells(first ?? rows, first !== undefined);
      first = undefined;
    }
    if (first && first.length > 0) yield this.#cells(first, true);
  }

  /** Whether it is time to save. */
  due(): boolean {
    return this.#messages >= MOST_HELD || (this.#held.length > 0 && this.now() - this.#saved > SAVE_EVERY);
  }

  /** What has been handed out so far; saved in one piece with what was made of it. */
  marks(): unknown {
    return this.#done.toJSON();
  }

  /** What was handed out is saved. */
  async acknowledge(): Promise<void> {
    for (const delivery of this.#held) await delivery.acknowledge();
    this.#held = [];
    this.#messages = 0;
    this.#saved = this.now();
    for (const shard of this.#done.crowded()) this.#done.settle(shard, (await this.inflow.settled(shard)) ?? -1);
  }

  async close(): Promise<void> {
    await this.inflow.close();
  }

  #take(delivery: Delivery): Row[] {
    this.#held.push(delivery);
    this.#messages += delivery.messages.length;
    const rows: Row[] = [];
    for (const message of delivery.messages) {
      if (this.#done.has(message)) {
        this.already++;
        continue;
      }
      this.#done.add(message);
      const row = rowOf(message.body);
      if (row instanceof MillwrightError) this.faults++;
      else rows.push(row);
    }
    return rows;
  }

  #cells(rows: readonly Row[], settle: boolean): unknown[][] {
    if (settle) this.names = namesIn(rows);
    return rows.map((row) => this.names.map((name) => (Object.hasOwn(row, name) ? row[name] : undefined)));
  }
}
