import type { Alert } from '../../../engine/monitor/alert.js';
import type { PerformanceReport } from '../../../engine/monitor/performance/performance-report.js';
import type { AlertRecord } from '../../store/records.js';
import type { AlertSink } from './alert-sink.js';

/** How the origins of alerts of scores begin. */
const ORIGIN = 'serve/scores/';

/** Tells of scores that are worse than on the training rows: by the labels that came, and by estimate without. The store alone says what was told before. */
export class ScoresKeeper {
  /** By version and key, the origin under which it was told. */
  readonly #told = new Map<string, string>();
  readonly #known = new Set<string>();

  constructor(
    private readonly sink: AlertSink,
    /** What the store has of a model, the ended ones too. */
    private readonly recordsOf: (model: string) => Promise<readonly AlertRecord[]>,
    /** Milliseconds since 1970. */
    private readonly now: () => number,
  ) {}

  /** Takes how a version does now. @param dress adds what an alert costs @throws what the store throws; then all is told again */
  async take(model: string, version: string, report: PerformanceReport, dress: (alert: Alert) => void = () => {}): Promise<void> {
    const about = JSON.stringify([model, version]);
    const placeOf = (key: string): string => `${about}${key}`;
    if (!this.#known.has(about)) {
      for (const record of await this.recordsOf(model)) {
        const key = keyIn(record.origin);
        if (record.version === version && record.endedAt === undefined && key !== undefined) this.#told.set(placeOf(key), record.origin);
      }
      this.#known.add(about);
    }
    for (const key of KEYS) {
      const place = placeOf(key);
      const origin = this.#told.get(place);
      const alert = report.alerts.find((a) => a.state === 'open' && a.id.startsWith(`${a.kind}:${key}:`));
      if (alert) {
        dress(alert);
        const named = origin ?? `${ORIGIN}${key}/${this.now()}`;
        await this.sink.tell({ model, version }, named, alert);
        this.#told.set(place, named);
      } else if (origin !== undefined) {
        const ended = report.alerts.find((a) => a.id.startsWith(`${a.kind}:${key}:`));
        await this.sink.end({ model, version }, origin, ended ?? OVER);
        this.#told.delete(place);
      }
    }
  }
}

/** As `performanceAlerts` names what it tells of. */
const KEYS = ['performance:real', 'performance:estimated'] as const;

function keyIn(origin: string): string | undefined {
  return KEYS.find((key) => origin.startsWith(`${ORIGIN}${key}/`));
}

/** Stands for an alert whose windows are gone. */
const OVER = { kind: 'performance', severity: 'notice', what: 'The scores are as before.' } as const;
