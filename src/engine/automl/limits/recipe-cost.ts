import type { StepData } from '../../../model/step.js';
import type { Cost } from './model-cost.js';

/** Nanoseconds and bytes for each column that a step works on; those of lists of levels come beside it. */
const COLUMN: Readonly<Record<string, readonly [nanoseconds: number, bytes: number]>> = {
  'date-parts': [220, 90],
  'text-stats': [2500, 200],
  'text-score': [6000, 500],
  'category-codes': [50, 12],
  'category-frequency': [60, 25],
  'one-hot': [60, 20],
  impute: [12, 12],
  standardise: [14, 45],
  'target-encoding': [70, 40],
  combine: [25, 25],
  'group-statistic': [70, 40],
  cross: [110, 40],
  holidays: [90, 110],
  select: [0, 6],
};
const otherwise = [100, 50] as const;
const LEVEL_BYTES = 7;
const CELL_BYTES = 6;
/** Texts longer than this hold numbers in base64. */
const LONG = 200;

/** What a preparation costs. */
export function recipeCost(recipe: readonly StepData[]): Cost {
  let nanoseconds = 0;
  let bytes = 0;
  for (const step of recipe) {
    const [time, room] = Object.hasOwn(COLUMN, step.kind) ? (COLUMN[step.kind] as readonly [number, number]) : otherwise;
    for (const column of (step as StepData & { columns?: readonly Record<string, unknown>[] }).columns ?? []) {
      nanoseconds += time;
      bytes += room;
      for (const [name, value] of Object.entries(column)) {
        if (typeof value === 'string' && value.length > LONG) bytes += 0.75 * value.length;
        if (!Array.isArray(value)) continue;
        bytes += value.length * (typeof value[0] === 'string' ? LEVEL_BYTES : CELL_BYTES);
        if (name === 'outputs') nanoseconds += 4 * value.length;
      }
    }
  }
  return { nanoseconds, bytes };
}
