import { MillwrightError } from '../core/errors.js';
import { outputCount, type Task } from '../core/schema.js';
import type { Table } from '../core/table.js';
import type { Bundle, CostMatrix } from './bundle.js';
import { applyRecipe } from './recipe.js';

/** What a bundle says of a table. */
export interface Predictions {
  /** 1 for regression, else one a class. */
  readonly outputs: number;
  /** Row-major rows × outputs: the predicted number, or the probability of each class. */
  readonly values: Float64Array;
  /** The class called for each row; absent for regression. */
  readonly labels?: string[];
}

/**
 * Scores a raw table: the only way from rows to predictions, in training, files, services and browsers alike.
 * @param table raw columns by the bundle's schema; absent ones count as missing, others are ignored
 * @example predict(bundle, tableFromRows(bundle.schema, rows)).values
 */
export function predict(bundle: Bundle, table: Table): Predictions {
  const outputs = outputCount(bundle.task);
  const values = bundle.model.predict(applyRecipe(bundle.recipe, table));
  checkOutputs(values, table.rows, outputs);
  if (bundle.task.kind === 'regression') return { outputs, values };
  const labels: string[] = new Array(table.rows);
  for (let row = 0; row < table.rows; row++)
    labels[row] = bundle.task.classes[calledClass(bundle.task, values, row, bundle.threshold, bundle.costs)] as string;
  return { outputs, values, labels };
}

/** @throws MillwrightError `BUNDLE_UNREADABLE` when a model does not give the outputs that the task needs */
export function checkOutputs(values: Float64Array, rows: number, outputs: number): void {
  if (values.length !== rows * outputs)
    throw new MillwrightError(
      'BUNDLE_UNREADABLE',
      'The model does not give the outputs of its task.',
      'Save the bundle again from its run.',
    );
}

/**
 * Which class a row is called: of two the second when its probability reaches the threshold (0.5 when none was chosen), of more what costs least,
 * without costs the likeliest; the first of equals.
 */
export function calledClass(task: Task, values: Float64Array, row: number, threshold = 0.5, costs?: CostMatrix): number {
  const count = task.classes.length;
  if (task.kind === 'binary') return (values[row * 2 + 1] as number) >= threshold ? 1 : 0;
  return bestClass(values, row * count, count, costs);
}

/** Of the probabilities from `at` on, the class that costs least to call, without costs the likeliest; the first of equals. */
export function bestClass(values: Float64Array, at: number, count: number, costs?: CostMatrix): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let k = 0; k < count; k++) {
    let cost = costs ? 0 : -(values[at + k] as number);
    if (costs) for (let a = 0; a < count; a++) cost += (values[at + a] as number) * (costs[a]?.[k] as number);
    if (cost < least) {
      least = cost;
      best = k;
    }
  }
  return best;
}
