import { isFeature } from '../../core/schema.js';
import { mean, variance } from '../../core/statistics.js';
import type { Table } from '../../core/table.js';
import { applyRecipe } from '../../model/recipe.js';
import { shuffledColumn } from '../explain/importance.js';
import type { FoldRows } from './fold-rows.js';
import { pick } from './pick.js';
import { type RunContext, scoreOf } from './run-context.js';
import type { Trial } from './trial.js';
import { budgetSeconds } from './work-cost.js';

/** Share of the budget, in nominal seconds, that looking takes. */
const plannedShare = 0.03;
const secondsOfRow = 3e-6;
const secondsOfCell = 5e-8;
/** Tables of fewer columns are left alone: there is little to win. */
const fewestColumns = 8;
/** Parts of the validation rows that must agree, and rows that a part must have. */
const fewestParts = 4;
const fewestRows = 40;
const mostRows = 2000;

/**
 * Raw columns that a trial's models hardly use: shuffling one among rows that they were not fitted on costs, on average over parts of these rows, less of the
 * score than the standard error of that average (permutation importance, as in Boruta and its kin, with the parts in the place of shadow columns).
 * @param used columns that others are made of, which stay
 * @returns none when it cannot be told, or when that leaves fewer than two
 */
export async function doubtfulColumns(
  context: RunContext,
  trial: Trial,
  folds: readonly FoldRows[],
  used: ReadonlySet<string>,
): Promise<string[]> {
  const { answered, schema, task, plan, limit, progress } = context;
  const table = answered.table;
  const names = schema.columns.filter((c) => isFeature(c, task.target) && table.find(c.name)).map((c) => c.name);
  const parts = partsOf(context, folds.slice(0, trial.fits.length), plannedShare * budgetSeconds(plan), names.length);
  if (names.length < fewestColumns || parts.length === 0) return [];
  progress.say('train', 'columns that say nothing');
  const read = parts.map(({ fold, rows }) => ({ fold, rows, raw: table.select(names).take(rows) }));
  const scored = read.map(({ fold, rows, raw }) => score(context, trial, fold, rows, raw));
  const doubtful: string[] = [];
  for (const name of names) {
    await limit.breathe();
    if (limit.expired()) return [];
    if (used.has(name)) continue;
    const losses = read.map(({ fold, rows, raw }, p) => {
      const worse =
        (scored[p] as number) - score(context, trial, fold, rows, shuffledColumn(raw, name, context.rng.child('doubtful', name, p)));
      return context.metric.greaterIsBetter ? worse : -worse;
    });
    const center = mean(losses);
    if (!(center > Math.sqrt(variance(losses) / (losses.length - 1)))) doubtful.push(name);
  }
  return names.length - doubtful.length < 2 ? [] : doubtful;
}

/** Validation rows of the folds, in at least so many parts; none when they would be too small, or too many to look at. */
function partsOf({ rng }: RunContext, folds: readonly FoldRows[], seconds: number, columns: number): { fold: number; rows: Uint32Array }[] {
  if (folds.length === 0) return [];
  const each = Math.ceil(fewestParts / folds.length);
  const rowsInAll = seconds / ((columns + 1) * (secondsOfRow + columns * secondsOfCell));
  return folds.flatMap(({ validation }, fold) => {
    const count = Math.min(mostRows, Math.floor(validation.length / each), Math.floor(rowsInAll / (each * folds.length)));
    if (count < fewestRows) return [];
    const drawn = rng.child('doubtful rows', fold).shuffle(Uint32Array.from(validation));
    return Array.from({ length: each }, (_, p) => ({ fold, rows: drawn.slice(p * count, (p + 1) * count) }));
  });
}

function score(context: RunContext, { fits }: Trial, fold: number, rows: Uint32Array, raw: Table): number {
  const { target, weights } = context.answered;
  const fit = fits[fold];
  if (!fit) return Number.NaN;
  return scoreOf(context, pick(target, rows), fit.model.predict(applyRecipe(fit.recipe, raw)), weights && pick(weights, rows));
}
