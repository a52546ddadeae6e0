import type { Alert } from '../../engine/monitor/alert.js';
import type { Binning } from '../../engine/monitor/binning.js';
import { type ColumnFigures, expectedCounts, figuresOf } from '../../engine/monitor/column-figures.js';
import type { Monitor, WindowSummary } from '../../engine/monitor/monitor.js';
import type { PerformanceReport } from '../../engine/monitor/performance/performance-report.js';
import { inputCount } from '../../engine/monitor/reference.js';
import type { TrafficPoint } from '../../engine/monitor/traffic/traffic-monitor.js';

/** Shares of a column's values before and now, place by place. */
export interface BeforeAfter {
  /** Of numbers the upper bound of each bin, of categories the level. */
  readonly places: readonly string[];
  readonly named: boolean;
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** An alert with what a project knows of it. */
export interface ShownAlert extends Alert {
  /** Of the record in the store. */
  readonly record?: string;
  readonly handling?: string;
}

export interface ViewColumn extends ColumnFigures {
  readonly shares: BeforeAfter;
  /** Its numbers are times. */
  readonly dates: boolean;
  /** Its numbers are lengths of texts. */
  readonly lengths: boolean;
}

/** The requests of a model. */
export interface TrafficView {
  readonly points: readonly TrafficPoint[];
  /** All so far. */
  readonly requests: number;
  readonly alerts: readonly ShownAlert[];
}

/** How a version of a model fares, for a page. */
export interface MonitorView {
  readonly model: string;
  /** Beside what. */
  readonly against: string;
  readonly rows: number;
  readonly health: 'healthy' | 'notice' | 'warning' | 'danger';
  readonly alerts: readonly ShownAlert[];
  readonly windows: readonly WindowSummary[];
  readonly columns: readonly ViewColumn[];
  /** Of how many windows the columns' present values are: the latest, or all. */
  readonly columnsOf: number;
  /** How many of the last columns are the model's outputs. */
  readonly predictions: number;
  /** What expectations were not met. */
  readonly unmet: readonly string[];
  /** Scores by window, real and estimated. */
  readonly performance?: PerformanceReport;
  readonly traffic?: TrafficView;
}

/** More columns are left to `--json`. */
const MOST_COLUMNS = 60;

/**
 * What a monitor knows, for a page: the columns that moved most first, predictions last.
 * @param about.latest columns as the latest windows have them, as suits rows that never end; else as all rows have them
 */
export function monitorView(
  monitor: Monitor,
  about: Pick<MonitorView, 'model' | 'against' | 'unmet' | 'performance' | 'traffic'> & {
    readonly alerts?: readonly ShownAlert[];
    readonly latest?: boolean;
  },
): MonitorView {
  const { reference } = monitor;
  const latest = monitor.latest;
  const now = about.latest ? latest.sketch : monitor.total;
  const alerts = about.alerts ?? [...monitor.alerts, ...(about.performance?.alerts ?? [])];
  const health = healthOf([...alerts, ...(about.traffic?.alerts ?? [])], about.unmet);
  const inputs = inputCount(reference);
  const known = now.rows === 0 ? [] : reference.binnings.map((_, c) => ({ c, ...figuresOf(reference, reference.sketch, now, c) }));
  const sorted = known.slice(0, inputs).sort((a, b) => b.psi - a.psi || a.c - b.c);
  const isDates = (c: number): boolean => {
    const binning = reference.binnings[c] as Binning;
    // a binning does not know: what moves on by itself and is as large as milliseconds since 1970
    return binning.name === reference.season.column || (reference.moving[c] === true && binning.kind === 'number' && binning.center > 1e10);
  };
  const columns = [...sorted.slice(0, MOST_COLUMNS), ...known.slice(inputs)].map(({ c, ...figures }) => ({
    ...figures,
    dates: isDates(c),
    lengths: isLength(reference.binnings[c] as Binning),
    shares: sharesOf(
      reference.binnings[c] as Binning,
      expectedCounts(reference, reference.sketch, now, c),
      now.counts[c] as Float64Array,
      c < inputs,
      isDates(c),
    ),
  }));
  return {
    ...{ model: about.model, against: about.against, rows: monitor.total.rows, health, alerts, windows: monitor.windows, columns },
    columnsOf: about.latest ? latest.windows : monitor.windows.length,
    predictions: reference.predictions,
    unmet: about.unmet,
    ...(about.performance && { performance: about.performance }),
    ...(about.traffic && { traffic: about.traffic }),
  };
}

/** A version of which nothing but its requests is known. */
export function trafficOnly(model: string, traffic: TrafficView): MonitorView {
  const none = { rows: 0, alerts: [], windows: [], columns: [], columnsOf: 0, predictions: 0, unmet: [] };
  return { model, against: 'nothing, for it holds no sketch of its training rows', health: healthOf(traffic.alerts, []), ...none, traffic };
}

function healthOf(alerts: readonly ShownAlert[], unmet: readonly string[]): MonitorView['health'] {
  const open = alerts.filter((a) => a.state === 'open');
  const gravest = (['danger', 'warning', 'notice'] as const).find((s) => open.some((a) => a.severity === s));
  return gravest ?? (unmet.length > 0 ? 'warning' : 'healthy');
}

const MOST_NAMED = 8;
/** Most bars of a histogram; categories keep the most frequent, numbers are put together in pairs until they fit. */
const MOST_BARS = 16;

function sharesOf(binning: Binning, expected: Float64Array, current: Float64Array, withMissing: boolean, dates: boolean): BeforeAfter {
  const from = withMissing ? 0 : 1;
  const sum = (counts: Float64Array): number =>
    Math.max(
      1e-9,
      counts.subarray(from).reduce((a, b) => a + b, 0),
    );
  const share = (counts: Float64Array, places: readonly number[]): number =>
    places.reduce((all, k) => all + (counts[k] as number), 0) / sum(counts);
  let whole = false;
  const groups: { place: string; codes: number[] }[] = [];
  if (binning.kind === 'number') {
    const bins = binning.uppers.length;
    const step = Math.max(1, Math.ceil(bins / (MOST_BARS - 2)));
    // bins of one whole number each say which, others up to where they go
    whole = step === 1 && !dates && binning.uppers.every((u, b) => u === binning.lowest + b);
    groups.push({ place: 'below', codes: [1] });
    for (let b = 0; b < bins; b += step) {
      const codes = Array.from({ length: Math.min(step, bins - b) }, (_, i) => b + i + 2);
      groups.push({ place: `${whole ? '' : '≤ '}${brief(binning.uppers[Math.min(bins, b + step) - 1] as number, dates)}`, codes });
    }
    groups.push({ place: 'above', codes: [bins + 2] });
  } else {
    const order = binning.levels.map((level, i) => ({ place: level, codes: [i + 1] }));
    order.sort((a, b) => share(current, b.codes) + share(expected, b.codes) - share(current, a.codes) - share(expected, a.codes));
    groups.push(...order.slice(0, MOST_BARS));
    const rest = order.slice(MOST_BARS).flatMap((g) => g.codes);
    const others = Array.from({ length: current.length - binning.levels.length - 1 }, (_, i) => binning.levels.length + 1 + i);
    groups.push({ place: 'others', codes: [...rest, ...others] });
  }
  if (withMissing) groups.push({ place: 'missing', codes: [0] });
  const shown = groups.filter(({ codes }) => share(expected, codes) + share(current, codes) > 0);
  return {
    places: shown.map((g) => g.place),
    // a few whole numbers are named like categories
    named: binning.kind === 'category' || (whole && shown.length <= MOST_NAMED),
    before: shown.map((g) => share(expected, g.codes)),
    after: shown.map((g) => share(current, g.codes)),
  };
}

function isLength(binning: Binning): boolean {
  return binning.kind === 'number' && binning.measure === 'length';
}

function brief(x: number, dates: boolean): string {
  const date = dates ? new Date(x) : undefined;
  if (date && !Number.isNaN(date.getTime())) return date.toISOString().slice(0, 7);
  return String(Number(x.toPrecision(3)));
}
