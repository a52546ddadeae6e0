import { conformalQuantiles } from './conformal-quantiles.js';

/** Predictions for rows that the model which made them had not seen. */
export interface Unseen {
  /** Number or class index. */
  readonly actual: Float64Array;
  /** Row-major. */
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
 * Half-widths of prediction intervals: quantiles of the absolute residuals of rows that were not seen in fitting.
 * @returns narrowest first; shares that the rows cannot bear are left out
 * @example conformalWidths([{ actual: Float64Array.of(1, 2, 3), predicted: Float64Array.of(1, 1, 1) }]) // [{ share: 0.5, width: 1 }]
 */
export function conformalWidths(parts: readonly Unseen[]): ConformalWidth[] {
  const residuals: number[] = [];
  const weights: number[] = [];
  for (const { actual, predicted, weights: own } of parts)
    for (let i = 0; i < actual.length; i++) {
      const residual = Math.abs((actual[i] as number) - (predicted[i] as number));
      const weight = own ? (own[i] as number) : 1;
      if (!Number.isFinite(residual) || !(weight > 0)) continue;
      residuals.push(residual);
      weights.push(weight);
    }
  return conformalQuantiles(residuals, weights).map(({ share, score }) => ({ share, width: score }));
}
