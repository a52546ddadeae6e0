import { MillwrightError } from '../../core/errors.js';
import type { Alert } from '../../engine/monitor/alert.js';
import { expectedCounts } from '../../engine/monitor/column-figures.js';
import type { Monitor } from '../../engine/monitor/monitor.js';

/** Tag of a model that keeps what a wrong prediction of it costs, as `--value` takes it. */
export const VALUE_TAG = 'millwright.value';

/** What a wrong prediction costs, in the unit of the model's owner. */
export interface Price {
  value: number;
  unit: string;
}

/** `12`, `12 EUR`, `0.5 USD`. @throws MillwrightError `OPTION_INVALID` */
export function parsePrice(text: string): Price {
  const match = /^(\d+(?:\.\d+)?)\s*([^\d\s.].{0,19})?$/.exec(text.trim());
  const value = Number(match?.[1]);
  if (!match || !(value > 0) || !Number.isFinite(value))
    throw new MillwrightError(
      'OPTION_INVALID',
      `--value "${text}" is no price.`,
      'Write what a wrong prediction costs, for example "12 EUR".',
    );
  return { value, unit: match[2] ?? '' };
}

/**
 * What an alert costs. Of scores: the price, times what the score fell, times the rows since then. Of a column: the price, times the rows since then whose value
 * is not where it was (the total variation between both distributions) — what is at stake if the model is wrong on all of these. Others have none.
 */
export function costOf(alert: Alert, monitor: Monitor, price: Price): Alert['cost'] {
  const rows = Math.max(0, alert.seen.row + 1 - alert.since.row);
  if (alert.kind === 'performance') {
    const { reference, current } = alert.figure;
    return { value: price.value * Math.abs(current - reference) * rows, unit: price.unit };
  }
  if (alert.kind !== 'drift' && alert.kind !== 'missing' && alert.kind !== 'outside') return undefined;
  const { reference, total } = monitor;
  const column = reference.binnings.findIndex(({ name }) => name === alert.columns[0]);
  if (column < 0 || total.rows === 0) return undefined;
  const expected = expectedCounts(reference, reference.sketch, total, column);
  const current = total.counts[column] as Float64Array;
  const sum = expected.reduce((a, b) => a + b, 0);
  let apart = 0;
  for (let k = 0; k < current.length; k++) apart += Math.abs((current[k] as number) / total.rows - (expected[k] as number) / sum) / 2;
  return { value: price.value * Math.min(rows, apart * total.rows), unit: price.unit };
}
