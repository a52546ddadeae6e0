import type { Table } from '../../../core/table.js';
import { TrafficCounts } from '../../../engine/monitor/traffic/traffic-counts.js';
import type { ServedModel } from '../served-model.js';
import { RowCoder } from './row-coder.js';
import type { TrafficTask, WatchTask } from './watch-task.js';

/** Milliseconds that a row waits at most until it is handed over. */
const LONGEST_WAIT = 250;
/** Hand-overs that are under way; beyond, rows are passed over, so that memory stays bounded however quick the answers are. */
const MOST_UNDER_WAY = 64;

/** Milliseconds between two messages of what requests came. */
const TRAFFIC_MILLISECONDS = 1000;

/** Takes answered rows of all versions, once their answers have left, to whoever watches them. */
export class Watcher {
  readonly #coders = new WeakMap<ServedModel, RowCoder | null>();
  readonly #filled = new Set<ServedModel>();
  #timer: NodeJS.Timeout | undefined;
  #underWay = 0;
  /** Requests since the last message, by model. */
  #traffic = new Map<string, TrafficCounts>();
  #telling: NodeJS.Timeout | undefined;
  /** Rows that were not watched, for lack of time. */
  passedOver = 0;

  constructor(
    /** Resolves when it was taken. */
    private readonly tell: (task: WatchTask) => Promise<void>,
    private readonly onFailure: (model: ServedModel, error: unknown) => void,
  ) {}

  /** Watches versions from now on, those that have a reference, and the requests of models. @param serving all models, each with the version that answers */
  open(versions: readonly ServedModel[], serving: NonNullable<TrafficTask['serving']>): void {
    for (const model of versions) this.#coderOf(model);
    this.#traffic = new Map(serving.map(({ model }) => [model, this.#traffic.get(model) ?? new TrafficCounts()]));
    this.tell({ kind: 'traffic', serving }).catch(() => undefined); // told with the next reload; the server's log says why nothing is watched
    this.#telling ??= setInterval(() => void this.#tellTraffic(), TRAFFIC_MILLISECONDS).unref();
  }

  /** Counts a request for a model; of models that are not served it counts nothing. @param seconds to its answer; NaN where that says nothing */
  request(model: string, status: number, seconds: number): void {
    this.#traffic.get(model)?.request(status, seconds);
  }

  async #tellTraffic(): Promise<void> {
    const counts = [...this.#traffic].flatMap(([model, { requests, refused, failed, latency, answers }]) =>
      requests === 0 ? [] : { model, counts: { requests, refused, failed, latency, answers } },
    );
    if (counts.length === 0) return;
    for (const { model } of counts) this.#traffic.set(model, new TrafficCounts());
    await this.tell({ kind: 'traffic', counts }).catch(() => undefined);
  }

  /** Tells what is left, and ends. */
  async end(): Promise<void> {
    clearInterval(this.#telling);
    await this.flush();
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
    await Promise.all([
      this.#tellTraffic(),
      ...models.map((model) => {
        const coder = this.#coderOf(model);
        return coder && this.#handOver(model, coder);
      }),
    ]);
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
