import { argsort } from '../../core/argsort.js';

/** Shares of rows for which a model keeps the half-width of an interval. */
const SHARES = [0.5, 0.8, 0.9, 0.95, 0.99];

/** Predictions for rows that the model which made them had not seen. */
interface Unseen {
  readonly actual: Float64Array;
  readonly predicted: Float64Array;
  readonly weights?: Float64Array;
}

/** An interval of `prediction ± width` holds at least this share of new rows. */
export interface ConformalWidth {
  readonly share: number;
  /** In units of the target. */
  readonly width: number;
}

/**
 * Half-widths of prediction intervals by split conformal prediction (Lei et al. 2018, cross-conformal over folds: Vovk 2015): quantiles of the absolute residuals of
 * rows that were not seen in fitting, the new row counted among them, so that n rows bear a share up to n / (n + 1).
 * @returns narrowest first; shares that the rows cannot bear are left out
 * @example conformalWidths([{ actual: Float64Array.of(1, 2, 3), predicted: Float64Array.of(1, 1, 1) }]) // [{ share: 0.5, width: 1 }]
 */
export function conformalWidths(parts: readonly Unseen[]): ConformalWidth[] {
  const residuals: number[] = [];
  const weights: number[] = [];
  let total = 0;
  for (const { actual, predicted, weights: own } of parts)
    for (let i = 0; i < actual.length; i++) {
      const residual = Math.abs((actual[i] as number) - (predicted[i] as number));
      const weight = own ? (own[i] as number) : 1;
      if (!Number.isFinite(residual) || !(weight > 0)) continue;
      residuals.push(residual);
      weights.push(weight);
      total += weight;
    }
  const order = argsort(Float64Array.from(residuals));
  // the row to come weighs as much as one of these
  const all = total + total / residuals.length;
  const widths: ConformalWidth[] = [];
  let at = 0;
  let passed = 0;
  for (const share of SHARES) {
    while (at < order.length && passed < share * all - 1e-9) passed += weights[order[at++] as number] as number;
    if (at === 0 || passed < share * all - 1e-9) break;
    widths.push({ share, width: residuals[order[at - 1] as number] as number });
  }
  return widths;
}
