import { isFeature } from '../../core/schema.js';
import { mean, variance } from '../../core/statistics.js';
import type { FoldRows } from './fold-rows.js';
import { type OutOfFold, outOfFoldPredictions, outOfFoldRows } from './out-of-fold.js';
import { pick } from './pick.js';
import type { Plan } from './plan.js';
import { proposeFeatures } from './propose-features.js';
import { isBetter, type RunContext, scoreOf } from './run-context.js';
import { meanScore, type Trial } from './trial.js';
import { budgetSeconds } from './work-cost.js';

type Made = Exclude<Plan['preparation'], string | undefined>;

/** Share of the budget, in nominal seconds, that the hearing takes; the trial that follows is one of the candidates. */
const plannedShare = 0.05;
/** Classes whose errors are looked at. */
const mostClasses = 8;

/** Columns that could be made, by what the models of a trial's folds got wrong on the rows they were not fitted on. */
export function hearColumns(context: RunContext, trial: Trial, folds: readonly FoldRows[]): { preparation: Made } {
  const { answered, schema, task, plan, rng, progress } = context;
  progress.say('train', 'columns that could be made of others');
  const rows = outOfFoldRows(context, folds);
  const columns = schema.columns.filter((c) => isFeature(c, task.target) && answered.table.find(c.name));
  const { features, heard } = proposeFeatures(
    { table: answered.table.select(columns.map((c) => c.name)), rows: rows.rows, errors: errorsOf(context, trial, rows) },
    columns,
    plannedShare * budgetSeconds(plan),
    rng.child('audition'),
  );
  const reason =
    heard === 0 ? 'No columns could be made.' : `Of ${heard} columns that could be made, ${features.length} said something new.`;
  return { preparation: { features, drop: [], reason } };
}

/** The number less its prediction; for classes 0 or 1 less the probability. */
function errorsOf({ task }: RunContext, trial: Trial, rows: OutOfFold): Float64Array[] {
  const predicted = outOfFoldPredictions(trial, rows);
  const { actual, outputs } = rows;
  if (task.kind === 'regression') return [actual.map((y, i) => y - (predicted[i] as number))];
  const classes = task.kind === 'binary' ? [1] : task.classes.slice(0, mostClasses).map((_, k) => k);
  return classes.map((k) => actual.map((y, i) => (y === k ? 1 : 0) - (predicted[i * outputs + k] as number)));
}

/**
 * Whether a trial is better than its like that sees other columns: on most folds, two at least, and on average by more than the standard error of that; a single
 * fold is judged by its halves.
 */
export function judge(context: RunContext, plain: Trial, made: Trial, folds: readonly FoldRows[]): { better: boolean; scores: string } {
  const count = Math.min(made.fits.length, plain.fits.length);
  if (count === 0) return { better: false, scores: 'there was no time to see' };
  const pairs =
    count === 1 ? halfScores(context, plain, made, folds[0] as FoldRows) : made.fits.map((f, k) => [f.score, plain.fits[k]?.score]);
  const won = pairs.filter(([a, b]) => isBetter(context, a as number, b as number)).length;
  const [after, before] = [meanScore(made, count), meanScore(plain, count)];
  const better = won >= 2 && won > pairs.length / 2 && isBetter(context, after, before) && isSteady(pairs);
  const [shown, other] = [after, before].map((x) => String(Number(x.toPrecision(4))));
  const parts = count === 1 ? 'halves of the validation rows' : 'folds';
  const scores = `${shown} (${context.metric.id}) against ${other}, better on ${won} of ${pairs.length} ${parts}`;
  return { better, scores };
}

/** Whether the mean of the differences is more than its standard error. */
function isSteady(pairs: readonly (readonly (number | undefined)[])[]): boolean {
  const differences = pairs.map(([a, b]) => (a as number) - (b as number));
  const center = mean(differences);
  return center * center > variance(differences) / (differences.length - 1);
}

function halfScores(context: RunContext, plain: Trial, made: Trial, { validation }: FoldRows): (number | undefined)[][] {
  const { answered, rng } = context;
  const order = rng.child('halves').shuffle(Uint32Array.from(validation, (_, i) => i));
  const middle = order.length >> 1;
  return [order.subarray(0, middle), order.subarray(middle)].map((half) => {
    const rows = half.map((i) => validation[i] as number);
    const weights = answered.weights && pick(answered.weights, rows);
    return [made, plain].map((trial) => {
      const all = trial.fits[0]?.predicted ?? new Float64Array(0);
      const outputs = all.length / validation.length;
      const predicted = new Float64Array(half.length * outputs);
      half.forEach((i, to) => {
        for (let k = 0; k < outputs; k++) predicted[to * outputs + k] = all[i * outputs + k] as number;
      });
      return scoreOf(context, pick(answered.target, rows), predicted, weights);
    });
  });
}
