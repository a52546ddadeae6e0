import type { Clock, Deadline } from '../../core/clock.js';
import { MillwrightError } from '../../core/errors.js';
import { Rng } from '../../core/rng.js';
import { stackTables } from '../../core/stack-tables.js';
import { mean } from '../../core/statistics.js';
import type { Table } from '../../core/table.js';
import { applyRecipe } from '../../model/recipe.js';
import type { StepData } from '../../model/step.js';
import type { Catalog } from '../catalog.js';
import type { KernelHost } from '../kernels/kernel-host.js';
import type { Learner, Sample } from '../learn/learner.js';
import type { RecipeRequest } from '../prep/recipe-request.js';
import type { FitJob, FitOutcome, FitSetting, NoFit } from './fit-team.js';
import { learnerOf } from './learner-of.js';
import { pick } from './pick.js';
import { declinedColumns } from './select-columns.js';

/** The learner that all others must beat. */
export const baselineId = 'baseline';

/** Rows prepared for one kind of input; the recipe was fitted on the training rows alone. */
interface Prepared {
  readonly recipe: StepData[];
  readonly train: Sample;
  readonly validation: Sample | undefined;
  readonly cells: number;
}

/** Prepared cells that are kept for the next fits. */
const keptCells = 30e6;

/** Does fits, one at a time, and keeps what it prepared for them. */
export class Fitter {
  readonly #prepared = new Map<string, Prepared>();
  readonly #rng: Rng;
  /** What was learnt from texts for the latest division: the preparations for trees and for dense learners share it. */
  #texts: { division: string; memo: NonNullable<RecipeRequest['texts']> } = { division: '', memo: new Map() };

  /** Columns that were declined, by the rows that they were looked at on and what is made of them. */
  readonly #declined = new Map<string, readonly string[]>();

  constructor(
    readonly setting: FitSetting,
    readonly catalog: Catalog,
    readonly host?: KernelHost,
  ) {
    this.#rng = new Rng(setting.seed);
  }

  /** Whether the preparation that a job needs is there. */
  has(job: FitJob): boolean {
    return this.#prepared.has(keyOf(job, learnerOf(this.catalog, job.learner)));
  }

  /** @param deadline the job's own end is within it */
  async fit(job: FitJob, deadline: Deadline, onProgress?: (done: number) => void): Promise<FitOutcome | NoFit> {
    try {
      return await this.#fit(job, deadline, onProgress);
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      this.#prepared.clear();
      return 'memory';
    }
  }

  async #fit(job: FitJob, deadline: Deadline, onProgress?: (done: number) => void): Promise<FitOutcome | NoFit> {
    const { clock } = deadline;
    const learner = learnerOf(this.catalog, job.learner);
    const end = Number.isFinite(job.milliseconds) ? deadline.within(job.milliseconds) : deadline;
    const opened = clock.now();
    const declined = this.has(job) ? [] : await this.#select(job, learner, clock);
    const started = clock.now();
    const { recipe, train, validation } = this.#prepare(job, learner, declined);
    if (train.table.columns.length === 0 && learner.id !== baselineId) return 'columns';
    await end.breathe();
    const prepared = clock.now();
    const rng = this.#rng.child('fit', job.place);
    const context = { task: this.setting.task, rng, deadline: end, host: this.host, onProgress };
    const fitted = await learner.fit(train, validation, job.parameters, context, job.limits);
    const done = clock.now();
    const predicted = validation ? fitted.model.predict(validation.table) : new Float64Array(0);
    return {
      model: fitted.model,
      recipe,
      // a fit that the clock had ended before it began settles less than its repetition does
      work: job.limits ? { ...job.limits } : fitted.work,
      cut: fitted.cut,
      predicted,
      trainRows: train.target.length,
      columns: train.table.columns.length,
      milliseconds: { prepare: prepared - started, fit: done - prepared + (started - opened), predict: clock.now() - done },
    };
  }

  /** Columns that a job asks to leave out for what its training rows say of them; what is learnt here is learnt once for all its kinds of input. */
  async #select(job: FitJob, learner: Learner, clock: Clock): Promise<readonly string[]> {
    if (!job.preparation?.selected || learner.id === baselineId) return [];
    const key = JSON.stringify([job.division, job.preparation]);
    const known = this.#declined.get(key);
    if (known) return known;
    const { schema, task, answered } = this.setting;
    const rows = this.#sample(answered.table.take(job.train), job.train);
    const rng = this.#rng.child('select', job.division);
    const tools = { clock, fitRecipe: this.catalog.fitRecipe, host: this.host };
    const declined = await declinedColumns({ ...rows, schema, task, ...job.preparation, rng }, tools);
    this.#declined.set(key, declined);
    return declined;
  }

  #prepare(job: FitJob, learner: Learner, declined: readonly string[]): Prepared {
    const key = keyOf(job, learner);
    const ready = this.#prepared.get(key);
    if (ready) {
      // the latest used is the last to go
      this.#prepared.delete(key);
      this.#prepared.set(key, ready);
      return ready;
    }
    const made = learner.id === baselineId ? this.#bare(job) : this.#make(job, learner, declined);
    let cells = made.cells;
    for (const kept of this.#prepared.values()) cells += kept.cells;
    for (const [name, kept] of this.#prepared) {
      if (cells <= keptCells) break;
      this.#prepared.delete(name);
      cells -= kept.cells;
    }
    this.#prepared.set(key, made);
    return made;
  }

  #make(job: FitJob, { input }: Learner, declined: readonly string[]): Prepared {
    const { answered, schema, task, holidays } = this.setting;
    const raw = answered.table.take(job.train);
    const rows = this.#sample(raw, job.train);
    const rng = this.#rng.child('prepare', job.division);
    if (this.#texts.division !== job.division) this.#texts = { division: job.division, memo: new Map() };
    const { steps, train } = this.catalog.fitRecipe({
      ...rows,
      schema,
      task,
      input,
      rng,
      holidays,
      texts: this.#texts.memo,
      features: job.preparation?.features,
      drop: [...(job.preparation?.drop ?? []), ...declined],
    });
    const validation =
      job.validation.length > 0 ? this.#sample(applyRecipe(steps, answered.table.take(job.validation)), job.validation) : undefined;
    const cells = train.columns.length * (job.train.length + job.validation.length);
    return { recipe: steps, train: this.#withTaught({ ...rows, table: train }, steps, job), validation, cells };
  }

  /** The rows without an answer after the others, prepared as new rows are. */
  #withTaught(train: Sample, steps: StepData[], { taught }: FitJob): Sample {
    if (!taught) return train;
    const n = train.target.length;
    const weights = new Float64Array(n + taught.rows.length);
    weights.set(train.weights ?? new Float64Array(n).fill(1));
    // as much as a usual row
    const usual = mean(weights.subarray(0, n));
    weights.set(
      taught.weights.map((w) => w * usual),
      n,
    );
    const target = new Float64Array(weights.length);
    target.set(train.target);
    target.set(taught.target, n);
    const more = applyRecipe(steps, this.setting.answered.table.take(taught.rows));
    return { table: stackTables(train.table, more), target, weights };
  }

  /** The rows as they are, for learners that look at no column. */
  #bare(job: FitJob): Prepared {
    const none = (rows: Uint32Array): Sample => this.#sample(this.setting.answered.table.select([]).take(rows), rows);
    return { recipe: [], train: none(job.train), validation: job.validation.length > 0 ? none(job.validation) : undefined, cells: 0 };
  }

  #sample(table: Table, rows: Uint32Array): Sample {
    const { target, weights } = this.setting.answered;
    return { table, target: pick(target, rows), weights: weights && pick(weights, rows) };
  }
}

function keyOf(job: FitJob, learner: Learner): string {
  const input = learner.id === baselineId ? 'bare' : learner.input;
  // what was taught to one trial is not what was taught to another
  return JSON.stringify([job.division, input, job.preparation ?? null, job.taught ? job.place : null]);
}

/** Engines refuse large arrays with a RangeError, each in words of its own. */
function isTooLarge(error: unknown): boolean {
  if (error instanceof MillwrightError) return error.code === 'DATA_TOO_LARGE';
  return error instanceof RangeError && /alloc|array (buffer )?length|out of memory/i.test(error.message);
}
