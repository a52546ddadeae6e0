import { isFeature } from '../../core/schema.js';
import type { Sample } from '../learn/learner.js';
import { nearCopies } from '../prep/near-copies.js';
import { varies } from '../prep/varies.js';
import { columnWorth, errorsOf, type SelectionRequest, type SelectionTools, type Worth, worthSeconds } from './column-worth.js';
import { pick } from './pick.js';
import { binsOf, drawHalves, residualGain } from './residual-gain.js';
import type { FitShape } from './work-cost.js';

/** Rows that are looked at. */
const mostRows = 3000;
/** Share of the columns that stay that may say nothing, by estimate: a column too many costs less than one too few. */
const mostIdle = 0.35;
/** Columns that always stay. */
const fewest = 3;

/**
 * Columns that tell no more than shuffled copies of columns do (Boruta: Kursa and Rudnicki 2010), or nearly the same as a stronger one. How much more is asked of them
 * follows from how many seem to say nothing (a false discovery rate by decoys, Barber and Candès 2015): of the columns that stay about a third may be idle. Numbers and
 * categories alone are judged; dates and texts stay. Asks no clock.
 * @param request training rows alone: what is chosen is then as much a part of the fit as the model
 * @returns names of raw columns, in the schema's order
 * @example const drop = await declinedColumns({ table, target, schema, task, rng: new Rng(1) }, { clock, fitRecipe })
 */
export async function declinedColumns(request: SelectionRequest, tools: SelectionTools): Promise<string[]> {
  const names = judgedColumns(request);
  if (names.length <= fewest) return [];
  const { rng, target, weights } = request;
  const drawn = rng.child('rows').sample(target.length, Math.min(target.length, mostRows));
  const table = request.table.select(names).take(drawn);
  const sample: Sample = { table, target: pick(target, drawn), weights: weights && pick(weights, drawn) };
  const copies = nearCopies(table.columns, strengths(sample, request));
  const worth = await columnWorth({ ...sample, table: table.drop(new Set(copies.keys())) }, request, tools);
  const least = leastWorth(worth);
  const ranked = [...worth.own].sort(([, a], [, b]) => b - a);
  const kept = new Set(ranked.filter(([, value], i) => i < fewest || value > least).map(([name]) => name));
  return names.filter((name) => !kept.has(name));
}

/** Nominal seconds that choosing takes. */
export function selectionSeconds(shape: FitShape): number {
  return worthSeconds({ ...shape, rows: Math.min(shape.rows, mostRows) });
}

/** Numbers and categories that a model would read. */
function judgedColumns({ schema, task, table, drop }: SelectionRequest): string[] {
  const dropped = new Set(drop);
  return schema.columns
    .filter((c) => isFeature(c, task.target) && c.use !== 'time' && ['number', 'boolean', 'category'].includes(c.type))
    .map((c) => c.name)
    .filter((name) => !dropped.has(name) && varies(table.find(name)));
}

/** What each column says by itself. */
function strengths({ table, target }: Sample, { task, rng }: SelectionRequest): number[] {
  const halves = drawHalves(target.length, rng.child('halves'));
  const errors = errorsOf(target, task);
  return table.columns.map((column) => residualGain({ errors, halves }, binsOf(column)));
}

/** What a column must be worth more than, so that few enough of those that are say nothing; never below 0. */
function leastWorth({ own, shadows }: Worth): number {
  const worths = [...own.values()];
  const sorted = Float64Array.from(shadows).sort();
  const middle = sorted[sorted.length >> 1] ?? 0;
  // half of those that say nothing are below the middle of the shuffled ones
  const idle = Math.min(worths.length, 2 * worths.filter((w) => w <= middle).length);
  const cuts = [0, ...sorted.filter((w) => w > 0)];
  const above = (values: ArrayLike<number>, cut: number): number => Array.from(values).filter((w) => w > cut).length;
  const found = cuts.find((cut) => (idle * above(sorted, cut)) / sorted.length <= mostIdle * above(worths, cut));
  return found ?? (cuts[cuts.length - 1] as number);
}
