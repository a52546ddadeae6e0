import type { Alert } from '../../../engine/monitor/alert.js';
import { PerformanceBook, type PerformanceOptions, type PerformanceRows } from '../../../engine/monitor/performance/performance-book.js';
import { alertsOf } from '../../../engine/monitor/performance/performance-report.js';

interface Saved {
  book: unknown;
  told: [string, Alert][];
  over: Alert[];
}

/** Alerts that are over and remembered. */
const MOST_OVER = 100;

/** The scores of rows that come one by one, and of answers that come later: an alert is told once, and again when it is over. */
export class ScoreWatch {
  readonly book: PerformanceBook;
  /** By labels or by estimate: what was told and is not over. */
  readonly #told: Map<string, Alert>;
  readonly #over: Alert[];
  #looked: string | undefined;

  /** @param saved what `toJSON` gave @throws MillwrightError `BUNDLE_UNREADABLE` */
  constructor(
    options: PerformanceOptions,
    private readonly ignore: ReadonlySet<string>,
    saved: unknown,
  ) {
    const { book, told = [], over = [] } = (saved ?? {}) as Partial<Saved>;
    this.book = book === undefined ? new PerformanceBook(options) : PerformanceBook.fromJSON(book, options);
    this.#told = new Map(told);
    this.#over = over;
  }

  add(rows: PerformanceRows): void {
    this.book.add(rows);
  }

  /** What was told, those that are over last. */
  get alerts(): readonly Alert[] {
    return [...this.#told.values(), ...this.#over];
  }

  /** Looks at the windows that are full. @param end whether the one under way counts as full @returns alerts that have begun */
  look(end = false): Alert[] {
    const windows = this.book.windows(end);
    const state = JSON.stringify([windows.length, windows.map((w) => w.answered)]);
    if (state === this.#looked) return [];
    this.#looked = state;
    const raised: Alert[] = [];
    const found = new Map(alertsOf(this.book, windows, this.ignore).flatMap((a) => (a.state === 'open' ? [[kindOf(a), a] as const] : [])));
    for (const [kind, alert] of found) {
      const before = this.#told.get(kind);
      // labels that come later may move where it began: it is the same one all the same
      if (before) Object.assign(before, { seen: alert.seen, windows: alert.windows, figure: alert.figure });
      else {
        this.#told.set(kind, alert);
        raised.push(alert);
      }
    }
    for (const [kind, alert] of this.#told) {
      if (found.has(kind)) continue;
      this.#told.delete(kind);
      this.#over.unshift({ ...alert, state: 'ended' });
    }
    this.#over.splice(MOST_OVER);
    return raised;
  }

  toJSON(): Saved {
    return { book: this.book.toJSON(), told: [...this.#told], over: this.#over };
  }
}

/** `performance:real` or `performance:estimated`: of each one alert is open at a time. */
function kindOf({ id }: Alert): string {
  return id.slice(0, id.lastIndexOf(':'));
}
