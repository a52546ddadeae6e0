import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ProcessMetrics } from './siblings.js';

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What is counted of one model version; bound once, since counting by labels costs more than scoring. */
export interface ModelCounts {
  /** @param seconds from the arrival of the body to the answer */
  answered(rows: number, seconds: number): void;
  warned(kind: string, count: number): void;
}

/** Prometheus metrics of the service. */
export class ServiceMetrics {
  readonly registry = new Registry();
  readonly #requests = new Counter({
    name: 'millwright_requests_total',
    help: 'Requests answered, by route and status.',
    labelNames: ['route', 'status'],
    registers: [this.registry],
  });
  readonly #rows = new Counter({
    name: 'millwright_rows_total',
    help: 'Rows scored.',
    labelNames: ['model', 'version', 'role'],
    registers: [this.registry],
  });
  readonly #seconds = new Histogram({
    name: 'millwright_predict_seconds',
    help: 'Time from the arrival of a request to its answer.',
    labelNames: ['model', 'version'],
    buckets: SECONDS,
    registers: [this.registry],
  });
  readonly #warnings = new Counter({
    name: 'millwright_input_warnings_total',
    help: 'Cells and columns that did not fit the schema, by kind.',
    labelNames: ['model', 'kind'],
    registers: [this.registry],
  });
  readonly #turnedAway = new Counter({
    name: 'millwright_turned_away_total',
    help: 'Requests refused because there was no time for them (overload) or too many of one caller (rate).',
    labelNames: ['why'],
    registers: [this.registry],
  });
  readonly #unlogged = new Counter({
    name: 'millwright_answers_unlogged_total',
    help: 'Answers that could not be written to the prediction log.',
    registers: [this.registry],
  });
  readonly #counts = new Map<string, ModelCounts>();
  readonly #byRoute = new Map<string, { inc(): void }>();

  constructor(gauges: { busy: () => number; models: () => number }) {
    collectDefaultMetrics({ register: this.registry });
    const gauge = (name: string, help: string, read: () => number, aggregator: 'sum' | 'max' = 'sum'): Gauge =>
      new Gauge({
        name,
        help,
        aggregator,
        registers: [this.registry],
        collect() {
          this.set(read());
        },
      });
    gauge('millwright_busy_requests', 'Requests that are worked on over several turns of the event loop.', gauges.busy);
    gauge('millwright_models', 'Models that are served.', gauges.models, 'max');
    gauge('millwright_workers', 'Processes that answer.', () => 1);
  }

  /** Of this process alone. */
  own(): Promise<ProcessMetrics> {
    return this.registry.getMetricsAsJSON() as Promise<ProcessMetrics>;
  }

  /** The text for Prometheus, summed with the metrics of other processes. */
  async text(others: readonly ProcessMetrics[]): Promise<string> {
    return others.length === 0 ? this.registry.metrics() : AggregatorRegistry.aggregate([await this.own(), ...others]).metrics();
  }

  /** Counts an answered request. @param route the pattern, never the address */
  request(route: string, status: number): void {
    const key = `${route} ${status}`;
    let bound = this.#byRoute.get(key);
    if (!bound) {
      bound = this.#requests.labels({ route, status: String(status) });
      this.#byRoute.set(key, bound);
    }
    bound.inc();
  }

  /** @param role `answer`, or `shadow` for versions whose answers nobody sees */
  of(model: string, version: string, role: 'answer' | 'shadow' = 'answer'): ModelCounts {
    const key = JSON.stringify([model, version, role]);
    let found = this.#counts.get(key);
    if (!found) {
      const rows = this.#rows.labels({ model, version, role });
      const seconds = this.#seconds.labels({ model, version });
      found = {
        answered(count, time) {
          rows.inc(count);
          if (role === 'answer') seconds.observe(time);
        },
        warned: (kind, count) => this.#warnings.inc({ model, kind }, count),
      };
      this.#counts.set(key, found);
    }
    return found;
  }

  turnedAway(why: 'overload' | 'rate'): void {
    this.#turnedAway.inc({ why });
  }

  unlogged(count: number): void {
    this.#unlogged.inc(count);
  }
}
