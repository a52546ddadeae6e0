import { figure } from '../../../core/figure.js';
import { normalCdf } from '../../../core/normal.js';
import type { Metric } from '../../evaluate/metrics/metric.js';
import { metric as metricOf } from '../../evaluate/metrics/registry.js';
import type { Alert, Severity } from '../alert.js';
import { AlertBook } from '../alert-book.js';
import type { Change } from '../test-window.js';
import { type Estimator, type ScoreEstimate, Z } from './estimator.js';
import type { PerformanceWindow } from './kept-rows.js';

/** Probability that a window of unchanged rows raises an alert of scores, real and estimated together. */
const ALPHA = 0.0005;
/** An open alert goes on while the score would be this unlikely. */
const STILL = 0.05;
/** Windows that are looked at together, beside each alone. */
const TOGETHER = 4;
/** Share of what the model knew (of the loss, where losing nothing is the best) that it must have lost to be worth a person's time. */
const FLOOR = 0.05;
const KINDS = ['real', 'estimated'] as const;

/** How far a score fell, in standard errors, and as a share of what there was to lose. */
interface Fall {
  p: number;
  share: number;
  value: number;
}

/**
 * Alerts where the model's own metric is worse than on the training rows: by the labels, and where there are none by the estimate. The chance that windows of
 * unchanged rows raise any is 1 in 2,000 each, in windows alone and in four together (docs/decisions/0011).
 * @param explain names columns that carry the fall, for the words of an alert
 */
export function performanceAlerts(
  windows: readonly PerformanceWindow[],
  estimator: Estimator | undefined,
  explain: (window: PerformanceWindow, kind: 'real' | 'estimated') => { columns: string[]; cause: string },
): readonly Alert[] {
  const reference = estimator?.scores[0];
  if (!reference) return [];
  const book = new AlertBook();
  const metric = metricOf(reference.metric);
  for (const [i, window] of windows.entries()) {
    const changes: Change[] = [];
    const still = new Set<string>();
    const open = book.open();
    for (const kind of KINDS) {
      const key = `performance:${kind}`;
      const scales = open.has(key) ? [1] : [1, TOGETHER];
      const falls = scales.flatMap((n) => fallOf(windows.slice(Math.max(0, i + 1 - n), i + 1), n, kind, reference, metric) ?? []);
      if (falls.some((f) => f.p < STILL)) still.add(key);
      const worst = falls.filter((f) => f.p * KINDS.length * scales.length <= ALPHA && f.share >= FLOOR).sort((a, b) => a.p - b.p)[0];
      if (!worst || open.has(key)) continue;
      const { columns, cause } = explain(window, kind);
      changes.push({
        key,
        columns: [],
        names: columns,
        said: said(kind, metric, reference.value, worst, cause),
        p: Math.min(1, worst.p * KINDS.length * scales.length),
        effect: worst.share,
        since: window.from.row,
      });
    }
    book.enter({ changes, still }, { window: i, from: window.from, to: window.to });
  }
  return book.alerts;
}

/** The mean of the last windows' scores beside that of training. */
function fallOf(
  windows: readonly PerformanceWindow[],
  wanted: number,
  kind: 'real' | 'estimated',
  reference: { metric: string; value: number; error: number },
  { greaterIsBetter, chance }: Metric,
): Fall | undefined {
  const found = windows.flatMap((w) => w.scores.find((s) => s.metric === reference.metric)?.[kind] ?? []);
  if (found.length < wanted) return undefined;
  const value = found.reduce((sum, { value: v }) => sum + v / found.length, 0);
  const worse = (greaterIsBetter ? 1 : -1) * (reference.value - value);
  // labels of several windows are as many lots; what an estimator does not see it does not see in any of them
  let noise = 0;
  for (const score of found) {
    const spread = spreadOf(score, greaterIsBetter);
    noise += (spread * spread) / found.length / (kind === 'real' ? found.length : 1);
  }
  const spread = Math.max(1e-12, Math.sqrt(noise + reference.error * reference.error));
  const lose = greaterIsBetter ? reference.value - (chance ?? 0) : reference.value;
  return { p: normalCdf(-worse / spread), share: worse / Math.max(1e-12, Math.abs(lose)), value };
}

/** The standard deviation that an interval tells, on the side of better scores: a worse score is tested by how near it could be to the old one. */
function spreadOf({ value, low, high }: ScoreEstimate, greaterIsBetter: boolean): number {
  const side = greaterIsBetter ? high - value : value - low;
  const other = greaterIsBetter ? value - low : high - value;
  // a bound cut off at the perfect score tells too little
  return Math.max(side, 0.5 * other) / Z;
}

function said(
  kind: 'real' | 'estimated',
  { id, title, greaterIsBetter }: Metric,
  before: number,
  { share, value }: Fall,
  cause: string,
): Change['said'] {
  const severity: Severity = share >= 0.25 ? 'danger' : share >= 0.1 ? 'warning' : 'notice';
  const way = greaterIsBetter ? 'fallen' : 'risen';
  return {
    kind: 'performance',
    severity,
    what:
      kind === 'real'
        ? `${title} by the labels has ${way} to ${figure(value)}; on the training rows it was ${figure(before)}.`
        : `${title} is estimated to have ${way} to ${figure(value)}, without labels; on the training rows it was ${figure(before)}.`,
    cause,
    action:
      kind === 'real'
        ? 'Retrain the model on recent rows, and compare both on the latest labels before it replaces this one.'
        : 'Get labels for some of these rows to confirm it; if it is so, retrain the model on recent rows.',
    figure: { name: id, reference: before, current: value },
  };
}
