import { MillwrightError } from '../../core/errors.js';
import type { Bundle } from '../../model/bundle.js';

/** An interval of `prediction ± width`, and the share of rows that it should hold. */
export interface IntervalWidth {
  readonly share: number;
  readonly width: number;
}

/**
 * The narrowest interval of a bundle that should hold this share of new rows: `metrics.intervals`, as the run measured them on rows that it had not fitted.
 * @throws MillwrightError `OPTION_INVALID` when it has none
 */
export function intervalWidth({ task, metrics }: Pick<Bundle, 'task' | 'metrics'>, share: number): IntervalWidth {
  const widths = intervalWidths(metrics);
  const found = widths.find((w) => w.share >= share - 1e-9);
  if (task.kind === 'regression' && found) return found;
  throw new MillwrightError(
    'OPTION_INVALID',
    `This model gives no interval that holds ${share} of the rows.`,
    task.kind !== 'regression'
      ? 'Intervals are for numbers; of classes, ask the probabilities.'
      : widths.length === 0
        ? 'Train it anew with this version.'
        : `It gives ${widths.map((w) => w.share).join(', ')}.`,
  );
}

/** Narrowest first. */
function intervalWidths({ intervals }: Record<string, unknown>): IntervalWidth[] {
  if (!Array.isArray(intervals)) return [];
  return (intervals as IntervalWidth[]).filter((i) => Number.isFinite(i?.share) && i.width >= 0).sort((a, b) => a.share - b.share);
}
