import { MillwrightError } from '../../core/errors.js';
import { nearestName } from '../../core/nearest-name.js';
import type { Task } from '../../core/schema.js';

/** What each call costs, in a plan: by actual class (row) and called class (column), in the order of the plan's classes. */
export interface Costs {
  readonly matrix: readonly (readonly number[])[];
  /** Of the figures, say a currency. */
  readonly unit?: string;
}

/** What a person says of costs. Two classes: false alarms `fp`, misses `fn`, and right calls (0 unless told; negative for a gain). Any number: by names of classes. */
export interface CostWords {
  readonly fp?: number;
  readonly fn?: number;
  readonly tp?: number;
  readonly tn?: number;
  /** Actual class → called class → cost; a right call costs nothing unless told. */
  readonly costs?: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Every wrong call that `costs` does not name. */
  readonly otherwise?: number;
  readonly unit?: string;
}

/**
 * The costs of a task, every figure there.
 * @throws MillwrightError `OPTION_INVALID` for a class that is none, a wrong call without a cost, or one that costs no more than the right call
 * @example costMatrix({ fp: 1, fn: 20 }, task).matrix // [[0, 1], [20, 0]]
 */
export function costMatrix(words: CostWords, task: Task): Costs {
  const { classes } = task;
  if (task.kind === 'regression') throw wrong('are for classes, and this is a regression task.', 'Leave --costs out.');
  const { fp, fn, tp = 0, tn = 0, unit, otherwise } = words;
  let matrix: number[][];
  if (fp !== undefined || fn !== undefined) {
    if (classes.length !== 2 || fp === undefined || fn === undefined || words.costs)
      throw wrong(
        classes.length === 2
          ? 'need both fp and fn, and nothing by names beside.'
          : `cannot be fp and fn: there are ${classes.length} classes.`,
        classes.length === 2 ? 'Write for example --costs fp=1,fn=20.' : 'Give a JSON file with the cost of each actual and called class.',
      );
    matrix = [
      [tn, fp],
      [fn, tp],
    ];
  } else {
    const costs = words.costs ?? new Map<string, ReadonlyMap<string, number>>();
    for (const [actual, row] of costs) for (const name of [actual, ...row.keys()]) checkClass(name, classes);
    matrix = classes.map((actual) =>
      classes.map((called) => {
        const cost = costs.get(actual)?.get(called) ?? (actual === called ? 0 : otherwise);
        if (cost === undefined)
          throw wrong(
            `do not tell what it costs to call "${actual}" "${called}".`,
            'Tell every wrong call, or a cost for all others as "otherwise".',
          );
        return cost;
      }),
    );
  }
  const found = { matrix, ...(unit !== undefined && { unit }) };
  checkCosts(found, classes);
  return found;
}

/** @throws MillwrightError `OPTION_INVALID` when the matrix does not fit the classes, or calling a class right never pays */
export function checkCosts({ matrix }: Costs, classes: readonly string[]): void {
  if (matrix.length !== classes.length || matrix.some((row) => row.length !== classes.length))
    throw wrong(`are not of ${classes.length} by ${classes.length} classes.`, 'Make a new plan.');
  matrix.forEach((row, a) => {
    row.forEach((cost, c) => {
      if (a !== c && !(cost > (row[a] as number)))
        throw wrong(
          `make it no dearer to call "${classes[a]}" "${classes[c]}" (${cost}) than to call it right (${row[a]}).`,
          'A wrong call must cost more than the right one.',
        );
    });
  });
}

/** Two classes: the probability from which calling the second costs less than calling the first (Elkan 2001). */
export function costThreshold({ matrix }: Costs): number {
  const [[tn, fp], [fn, tp]] = matrix as [[number, number], [number, number]];
  return (fp - tn) / (fp - tn + (fn - tp));
}

function checkClass(name: string, classes: readonly string[]): void {
  if (classes.includes(name)) return;
  const near = nearestName(name, classes);
  throw wrong(
    `name a class "${name}" that the target does not have.`,
    near ? `Did you mean "${near}"?` : `The classes are ${classes.slice(0, 30).join(', ')}.`,
  );
}

function wrong(what: string, hint: string): MillwrightError {
  return new MillwrightError('OPTION_INVALID', `The costs ${what}`, hint);
}
