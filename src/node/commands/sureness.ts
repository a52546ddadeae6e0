import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import type { Bundle } from '../../model/bundle.js';
import { calledClass } from '../../model/predict.js';
import type { Sureness } from './prediction-rows.js';

/** An interval of `prediction ± width`, and the share of rows that it should hold. */
export interface IntervalWidth {
  readonly share: number;
  readonly width: number;
}

/** The classes of a row whose probability is `least` or more; they should hold the right one for this share of rows. */
export interface PredictionSet {
  readonly share: number;
  /** The likeliest first; the class called is always among them. */
  classes(values: Float64Array, row: number): string[];
}

/** An option that is a share of rows. */
export function shareAsked(option: string): z.ZodOptional<z.ZodCoercedNumber> {
  return z.coerce
    .number({ error: `${option} must be a share of the rows, for instance 0.9` })
    .min(0.5)
    .max(0.99)
    .optional();
}

/** @throws MillwrightError `OPTION_INVALID` when the bundle does not give what is asked for */
export function surenessOf(bundle: Bundle, { interval, set }: { interval?: number; set?: number }): Sureness {
  return {
    ...(interval !== undefined && { width: intervalWidth(bundle, interval).width }),
    ...(set !== undefined && { set: predictionSet(bundle, set).classes }),
  };
}

/**
 * The narrowest interval of a bundle that should hold this share of new rows: `metrics.intervals`, as the run measured them on rows that it had not fitted.
 * @throws MillwrightError `OPTION_INVALID` when it has none
 */
export function intervalWidth({ task, metrics }: Pick<Bundle, 'task' | 'metrics'>, share: number): IntervalWidth {
  const widths = kept<IntervalWidth>(metrics.intervals).filter((w) => Number.isFinite(w.width) && w.width >= 0);
  const found = widths.find((w) => w.share >= share - 1e-9);
  if (task.kind === 'regression' && found) return found;
  const hint = task.kind === 'regression' ? otherShares(widths) : 'Intervals are for numbers; for classes ask for a set.';
  throw new MillwrightError('OPTION_INVALID', `This model gives no interval that holds ${share} of the rows.`, hint);
}

/**
 * The smallest sets of a bundle that should hold the right class of this share of new rows: `metrics.sets`, as the run measured them on rows that it had not fitted.
 * @throws MillwrightError `OPTION_INVALID` when it has none
 */
export function predictionSet({ task, metrics, threshold, costs }: Bundle, share: number): PredictionSet {
  const sets = kept<{ share: number; least: number }>(metrics.sets).filter((s) => Number.isFinite(s.least));
  const found = sets.find((s) => s.share >= share - 1e-9);
  if (task.kind === 'regression' || !found) {
    const hint = task.kind === 'regression' ? 'Sets are for classes; for numbers ask for an interval.' : otherShares(sets);
    throw new MillwrightError('OPTION_INVALID', `This model gives no sets that hold the right class of ${share} of the rows.`, hint);
  }
  const { least } = found;
  const { classes } = task;
  return {
    share: found.share,
    classes(values, row) {
      const at = row * classes.length;
      const called = calledClass(task, values, row, threshold, costs);
      const probability = (k: number): number => values[at + k] as number;
      return classes
        .map((_, k) => k)
        .filter((k) => k === called || probability(k) >= least)
        .sort((a, b) => probability(b) - probability(a) || a - b)
        .map((k) => classes[k] as string);
    },
  };
}

/** What a bundle gives beside its predictions: intervals or sets that hold these shares of rows. */
export function sharesOf({ task, metrics }: Bundle): number[] {
  return kept(task.kind === 'regression' ? metrics.intervals : metrics.sets).map(({ share }) => share);
}

/** By share; bundles come from outside. */
function kept<T extends { share: number }>(list: unknown): T[] {
  return Array.isArray(list) ? (list as T[]).filter((i) => Number.isFinite(i?.share)).sort((a, b) => a.share - b.share) : [];
}

function otherShares(found: readonly { share: number }[]): string {
  return found.length === 0 ? 'Train it anew with this version.' : `It gives ${found.map((w) => w.share).join(', ')}.`;
}
