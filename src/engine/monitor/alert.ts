import type { Pair, Question } from './column-figures.js';

export type AlertKind =
  | 'missing'
  | 'outside'
  | 'drift'
  | 'season'
  | 'joint'
  | 'prediction'
  | 'expectation'
  | 'performance'
  | 'traffic'
  | 'errors'
  | 'latency'
  | 'answers';
export type Severity = 'notice' | 'warning' | 'danger';

/** A place in the stream: the row, counted from 0, and when it happened where that is known (UTC milliseconds). */
export interface Moment {
  row: number;
  time?: number;
}

/** One thing that has changed, for a person to act on: plain data, one record for its whole life. */
export interface Alert {
  /** The same for the same change in the same rows. */
  id: string;
  kind: AlertKind;
  severity: Severity;
  /** The column at fault first, then those that it no longer goes together with. */
  columns: string[];
  /** In words: what changed. */
  what: string;
  /** In words: the likely cause. */
  cause: string;
  /** In words: what to do. */
  action: string;
  /** When it began, by estimate. */
  since: Moment;
  /** The end of the window that showed it. */
  raised: Moment;
  /** The end of the last window that still showed it. */
  seen: Moment;
  state: 'open' | 'ended';
  /** Windows that showed it. */
  windows: number;
  /** How sure, 0 to 1: one minus the probability that chance alone raised any alert in that window, at most. */
  confidence: number;
  /** The figure behind it: `psi`, `share`, `correlation`, `season`, `rows`, or the id of a metric. */
  figure: { name: string; reference: number; current: number };
  question?: Question;
  /** What it costs, in the unit of the model's owner; for those who know the worth of calls. */
  cost?: { value: number; unit: string };
}

/** Ratios of units that people mix up. */
const UNITS: readonly (readonly [number, string])[] = [
  [10, 'ten'],
  [100, 'a hundred (a share and a percentage?)'],
  [1000, 'a thousand (grams and kilograms, metres and kilometres, seconds and milliseconds?)'],
  [60, 'sixty (seconds, minutes and hours?)'],
  [3600, '3600 (seconds and hours?)'],
  [24, '24 (hours and days?)'],
  [12, 'twelve (months and years, inches and feet?)'],
  [2.54, '2.54 (inches and centimetres?)'],
  [0.3048, '0.3048 (feet and metres?)'],
  [1.609344, '1.609 (miles and kilometres?)'],
  [0.45359237, '0.4536 (pounds and kilograms?)'],
  [3.785411784, '3.785 (gallons and litres?)'],
];

/** The words for a unit change when a column's mean and spread have grown alike by a known ratio. */
export function unitChange(mean: Pair | undefined, spread: Pair | undefined): string | undefined {
  if (!mean || !spread) return undefined;
  const byMean = mean.current / mean.reference;
  const bySpread = spread.current / spread.reference;
  if (!(bySpread > 0)) return undefined;
  const celsius = Math.abs(bySpread / 1.8 - 1) < 0.06 && Math.abs(mean.current - (mean.reference * 1.8 + 32)) < 0.3 * spread.current;
  if (celsius) return 'the numbers look as if Celsius had become Fahrenheit';
  for (const [ratio, words] of UNITS) {
    for (const r of [ratio, 1 / ratio])
      if (Math.abs(byMean / r - 1) < 0.08 && Math.abs(bySpread / r - 1) < 0.08)
        return `all numbers are ${r === ratio ? 'multiplied' : 'divided'} by about ${words}: a change of unit`;
  }
  return undefined;
}
