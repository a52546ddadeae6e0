import { attributes, nanoseconds, OtlpTarget, Sender } from './otlp.js';
import type { ProcessMetrics } from './siblings.js';

/** Milliseconds between two messages to the collector, where `OTEL_METRIC_EXPORT_INTERVAL` does not say. */
const PAUSE = 60_000;
const CUMULATIVE = 2;

/** Sends the metrics of this process to an OpenTelemetry collector: OTLP over HTTP in JSON, under the names that `/metrics` has, counted since the process began. */
export class MetricExport {
  readonly #began = performance.timeOrigin;
  readonly #sender: Sender;

  constructor(
    private readonly target: OtlpTarget,
    private readonly read: () => Promise<ProcessMetrics>,
    private readonly onFailure: (reason: string) => void,
    pause = PAUSE,
  ) {
    this.#sender = new Sender(() => this.#send(), pause);
  }

  /** As the variables of OpenTelemetry say; nothing when they name no collector. */
  static fromEnvironment(
    environment: NodeJS.ProcessEnv,
    read: () => Promise<ProcessMetrics>,
    onFailure: (reason: string) => void,
  ): MetricExport | undefined {
    const target = OtlpTarget.fromEnvironment(environment, 'metrics');
    const pause = Number(environment.OTEL_METRIC_EXPORT_INTERVAL);
    return target && new MetricExport(target, read, onFailure, pause >= 1 && pause < 2 ** 31 ? pause : PAUSE);
  }

  close(): Promise<void> {
    return this.#sender.close();
  }

  async #send(): Promise<boolean> {
    try {
      const metrics = otlpMetrics(await this.read(), this.#began, performance.timeOrigin + performance.now());
      const scopeMetrics = [{ scope: { name: 'millwright' }, metrics }];
      await this.target.post({ resourceMetrics: [{ resource: this.target.resource(), scopeMetrics }] });
      return true;
    } catch (error) {
      this.onFailure((error as Error).message);
      return false;
    }
  }
}

type Point = ProcessMetrics[number]['values'][number];

/**
 * Metrics of the Prometheus library as OTLP has them: counters as sums, histograms with the counts of each bucket alone.
 * @param began @param now milliseconds since 1970
 */
export function otlpMetrics(metrics: ProcessMetrics, began: number, now: number): object[] {
  const times = { startTimeUnixNano: nanoseconds(began), timeUnixNano: nanoseconds(now) };
  return metrics.flatMap(({ name, help, type, values }): object[] => {
    // the library writes types as their names
    const kind = String(type);
    const head = { name, description: help, ...(unitOf(name) && { unit: unitOf(name) }) };
    if (kind === 'histogram')
      return [{ ...head, histogram: { aggregationTemporality: CUMULATIVE, dataPoints: histograms(name, values, times) } }];
    // JSON has no NaN, and a collector refuses the whole message for one
    const known = values.filter(({ value }) => Number.isFinite(value));
    const dataPoints = known.map(({ labels, value }) => ({
      attributes: attributes(labels as Record<string, string>),
      ...times,
      asDouble: value,
    }));
    if (kind === 'counter') return [{ ...head, sum: { aggregationTemporality: CUMULATIVE, isMonotonic: true, dataPoints } }];
    return kind === 'gauge' ? [{ ...head, gauge: { dataPoints } }] : [];
  });
}

/** Points that differ in more than their bucket. */
function histograms(name: string, values: readonly Point[], times: object): object[] {
  const found = new Map<string, { labels: Record<string, string>; bounds: number[]; upTo: number[]; sum: number; count: number }>();
  for (const { metricName, labels, value } of values as (Point & { metricName?: string })[]) {
    const { le, ...own } = labels as Record<string, string>;
    const key = JSON.stringify(own);
    const one = found.get(key) ?? { labels: own, bounds: [], upTo: [], sum: 0, count: 0 };
    found.set(key, one);
    if (metricName === `${name}_sum`) one.sum = value;
    else if (metricName === `${name}_count`) one.count = value;
    else if (Number.isFinite(Number(le))) {
      one.bounds.push(Number(le));
      one.upTo.push(value);
    }
  }
  return [...found.values()].map(({ labels, bounds, upTo, sum, count }) => ({
    attributes: attributes(labels),
    ...times,
    count: String(count),
    sum,
    explicitBounds: bounds,
    bucketCounts: [...upTo, count].map((n, i) => String(n - (upTo[i - 1] ?? 0))),
  }));
}

function unitOf(name: string): string | undefined {
  if (/_seconds(_total)?$/.test(name)) return 's';
  return /_bytes(_total)?$/.test(name) ? 'By' : undefined;
}
