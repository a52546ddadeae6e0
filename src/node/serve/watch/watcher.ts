import type { Table } from '../../../core/table.js';
import type { ServedModel } from '../served-model.js';
import { RowCoder } from './row-coder.js';
import type { WatchTask } from './watch-task.js';

/** Milliseconds that a row waits at most until it is handed over. */
const LONGEST_WAIT = 250;
/** Hand-overs that are under way; beyond, rows are passed over, so that memory stays bounded however quick the answers are. */
const MOST_UNDER_WAY = 64;

/** Takes answered rows of all versions, once their answers have left, to whoever watches them. */
export class Watcher {
  readonly #coders = new WeakMap<ServedModel, RowCoder | null>();
  readonly #filled = new Set<ServedModel>();
  #timer: NodeJS.Timeout | undefined;
  #underWay = 0;
  /** Rows that were not watched, for lack of time. */
  passedOver = 0;

  constructor(
    /** Resolves when it was taken. */
    private readonly tell: (task: WatchTask) => Promise<void>,
    private readonly onFailure: (model: ServedModel, error: unknown) => void,
  ) {}

  /** Watches a version from now on, if it has a reference. */
  open(model: ServedModel): void {
    this.#coderOf(model);
  }

  /** The row that the model's reader read last. @param values what the model gave for it */
  one(model: ServedModel, values: Float64Array): void {
    const coder = this.#coderOf(model);
    if (!coder) return;
    if (coder.add(values, Date.now())) void this.#handOver(model, coder);
    else {
      this.#filled.add(model);
      this.#timer ??= setTimeout(() => void this.flush(), LONGEST_WAIT);
    }
  }

  /** Several rows; they are looked at when those who wait for answers have theirs. */
  many(model: ServedModel, table: Table, values: Float64Array): void {
    const coder = this.#coderOf(model);
    if (!coder) return;
    if (this.#underWay >= MOST_UNDER_WAY) {
      this.passedOver += table.rows;
      return;
    }
    this.#underWay++;
    setImmediate(() => {
      this.#underWay--;
      // those that were answered before come first: windows go by the order of the rows
      void this.#handOver(model, coder);
      void this.#send(
        { kind: 'rows', model: model.name, version: model.version, rows: coder.table(table, values, Date.now()) },
        table.rows,
      );
    });
  }

  /** Hands over what has gathered. Resolves when it was taken. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const models = [...this.#filled];
    this.#filled.clear();
    await Promise.all(
      models.map((model) => {
        const coder = this.#coderOf(model);
        return coder && this.#handOver(model, coder);
      }),
    );
  }

  async #handOver(model: ServedModel, coder: RowCoder): Promise<void> {
    const rows = coder.take();
    if (rows) await this.#send({ kind: 'rows', model: model.name, version: model.version, rows }, rows.rows);
  }

  async #send(task: WatchTask, rows: number): Promise<void> {
    if (this.#underWay >= MOST_UNDER_WAY) {
      this.passedOver += rows;
      return;
    }
    this.#underWay++;
    try {
      await this.tell(task);
    } catch {
      this.passedOver += rows;
    } finally {
      this.#underWay--;
    }
  }

  #coderOf(model: ServedModel): RowCoder | null {
    const known = this.#coders.get(model);
    if (known !== undefined) return known;
    let coder: RowCoder | null = null;
    if (model.bundle.reference !== undefined)
      try {
        coder = new RowCoder(model);
        const { name, version, sha256 } = model;
        const opened = { model: name, version, sha256, reference: model.bundle.reference, ignore: coder.ignore };
        this.tell({ kind: 'open', version: opened }).catch((error: unknown) => this.onFailure(model, error));
      } catch (error) {
        this.onFailure(model, error);
      }
    this.#coders.set(model, coder);
    return coder;
  }
}
