import type { Rng } from '../../core/rng.js';
import { outputCount } from '../../core/schema.js';
import { foldRows, holdoutRows, isForward } from '../evaluate/splits.js';
import type { FoldRows } from './fold-rows.js';
import { type HoldoutRows, scoringCost, timeScoring } from './holdout-scores.js';
import { pick } from './pick.js';
import type { RunContext } from './run-context.js';

/** The answered rows, divided: indices into them. */
export interface Division {
  readonly holdout: Uint32Array;
  /** All but the holdout, or a sample of them when time is hopelessly short. */
  readonly train: Uint32Array;
  /** The first is the one to use when only one can be. */
  readonly folds: FoldRows[];
}

/** Keeps the holdout aside first, then splits the rest into folds as the plan says. */
export function divideRows(context: RunContext): Division {
  const { answered, plan, task, rng } = context;
  const { table, target } = answered;
  const places = { rows: answered.rows, of: answered.rows.length + answered.setAside };
  const parts = holdoutRows(plan.holdout, { table, target, task, embargo: plan.holdout.embargo, places, rng: rng.child('holdout') });
  const sample = context.log.settle('sample', () => affordable(context, parts.train.length, parts.holdout.length));
  if (sample) context.log.shorten('rows');
  const train = sampled(parts.train, sample?.train, rng.child('sample', 'train'));
  const holdout = sampled(parts.holdout, sample?.holdout, rng.child('sample', 'holdout'));
  const names = plan.validation.column === undefined ? [] : [plan.validation.column];
  const folds = foldRows(plan.validation, {
    table: table.select(names).take(train),
    target: pick(target, train),
    task,
    embargo: plan.validation.embargo,
    rng: rng.child('folds'),
  }).map((fold) => ({ train: fold.train.map((i) => train[i] as number), validation: fold.validation.map((i) => train[i] as number) }));
  // by time, the last window trains on most and is the nearest to what will come
  return { holdout, train, folds: isForward(plan.validation) ? folds.reverse() : folds };
}

function sampled(rows: Uint32Array, count: number | undefined, rng: Rng): Uint32Array {
  if (count === undefined || count >= rows.length) return rows;
  return rng.sample(rows.length, count).map((i) => rows[i] as number);
}

/** Milliseconds a cell that preparation never takes, so that most runs need no probe. */
const dearestCell = 0.002;
const probeRows = 2000;
/** Milliseconds below which the holdout may be sampled for the sake of its scoring. */
const shortTime = 3000;
/** Milliseconds until the code of a run is warm. */
const warmUp = 700;

/** Fewer rows, when preparing all of them would eat the budget; undefined when there is time for all. */
function affordable(context: RunContext, train: number, holdout: number): { train: number; holdout: number } | undefined {
  const { answered, limit, pace, schema, task, catalog, rng, plan } = context;
  const { holidays } = plan;
  const left = limit.remaining();
  if ((train + holdout) * answered.table.columns.length * dearestCell < 0.1 * left) return undefined;
  const probe = (rows: number): void => {
    pace.time('probe', rows, () => {
      const some = Uint32Array.from({ length: rows }, (_, i) => Math.floor((i * answered.table.rows) / rows));
      const table = answered.table.take(some);
      catalog.fitRecipe({ table, schema, task, holidays, input: 'trees', target: pick(answered.target, some), rng: rng.child('probe') });
    });
  };
  // the shorter the time, the less of it may go into probing
  const probed = Math.min(answered.table.rows, probeRows, Math.max(200, Math.floor(4 * left)));
  // the first probe warms the code up
  probe(Math.ceil(probed / 10));
  if (!limit.expired()) probe(probed);
  const fits = (share: number): number => {
    const left = limit.remaining();
    // code that is cold makes binning, training and scoring dear at first, so that of a short time preparation may take less
    const allowed = (share * left * left) / (left + warmUp);
    return Math.max(1000, Math.floor(allowed / Math.max(1e-9, pace.cost('probe', 1))));
  };
  const most = { train: fits(0.3), holdout: fits(0.15) };
  if (left < shortTime) {
    // scoring many metrics can cost more than all else while its code is cold
    for (let i = 0; i < 2 && !limit.expired(); i++) timeScoring(context, guesses(context, Math.ceil(probed / 2)));
    const scorable = Math.floor((0.25 * limit.remaining()) / Math.max(1e-9, scoringCost(context, 1)));
    most.holdout = Math.min(most.holdout, Math.max(1000, scorable));
  }
  if (most.train >= train && most.holdout >= holdout) return undefined;
  return { train: Math.min(train, most.train), holdout: Math.min(holdout, most.holdout) };
}

/** Answers of some rows and predictions as different as a model's, to see what scoring costs. */
function guesses(context: RunContext, count: number): HoldoutRows {
  const { answered, task } = context;
  const rows = Uint32Array.from({ length: count }, (_, i) => Math.floor((i * answered.table.rows) / count));
  const outputs = outputCount(task);
  const predicted = new Float64Array(count * outputs);
  for (let i = 0; i < count; i++) {
    // multiples of the golden ratio, less their whole part, are spread evenly
    const first = (i * 0.6180339887498949) % 1;
    for (let k = 0; k < outputs; k++) predicted[i * outputs + k] = outputs === 1 || k === 0 ? first : (1 - first) / (outputs - 1);
  }
  return { actual: pick(answered.target, rows), weights: answered.weights && pick(answered.weights, rows), predicted };
}
