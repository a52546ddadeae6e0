import type { Alert, Moment } from './alert.js';
import type { Change, Found } from './test-window.js';

/** Windows in a row that must be quiet for an alert to end. */
const QUIET = 2;
/** Alerts that are kept at most; ended ones go first. */
const MOST = 1000;

interface Entry {
  key: string;
  alert: Alert;
  quiet: number;
  ended: number;
}

const GRAVITY = { danger: 0, warning: 1, notice: 2 } as const;

/** The order of alerts for people: open ones first, then the gravest, then the earliest. */
export function gravestFirst(a: Alert, b: Alert): number {
  const ended = (alert: Alert): number => (alert.state === 'open' ? 0 : 1);
  return ended(a) - ended(b) || GRAVITY[a.severity] - GRAVITY[b.severity] || a.raised.row - b.raised.row;
}

/** The alerts of a monitor through their lives: one for each change, however many windows show it. */
export class AlertBook {
  #entries: Entry[] = [];

  get alerts(): readonly Alert[] {
    return this.#entries.map((e) => e.alert).sort((a, b) => gravestFirst(a, b) || b.confidence - a.confidence);
  }

  /** Keys of what is open. */
  open(): Set<string> {
    return new Set(this.#entries.filter((e) => e.alert.state === 'open').map((e) => e.key));
  }

  /** Keys of what ended in a window after that one. */
  endedSince(window: number): Set<string> {
    return new Set(this.#entries.filter((e) => e.alert.state === 'ended' && e.ended > window).map((e) => e.key));
  }

  /** Enters what a window came to. @returns the new alerts, the surest first */
  enter({ changes, still }: Found, at: { window: number; from: Moment; to: Moment }): Alert[] {
    for (const entry of this.#entries) {
      if (entry.alert.state !== 'open') continue;
      if (still.has(entry.key)) {
        entry.quiet = 0;
        entry.alert.seen = at.to;
        entry.alert.windows++;
      } else if (++entry.quiet >= QUIET) {
        entry.alert.state = 'ended';
        entry.ended = at.window;
      }
    }
    const raised = changes.map((change) => alertOf(change, at));
    for (const [i, alert] of raised.entries()) this.#entries.push({ key: (changes[i] as Change).key, alert, quiet: 0, ended: -1 });
    while (this.#entries.length > MOST) {
      const first = this.#entries.findIndex((e) => e.alert.state === 'ended');
      this.#entries.splice(Math.max(0, first), 1);
    }
    return raised;
  }

  toJSON(): unknown {
    return this.#entries;
  }

  /** Goes on from what `toJSON` gave; only ever read from where it was written. */
  static fromJSON(json: unknown): AlertBook {
    const book = new AlertBook();
    book.#entries = json as Entry[];
    return book;
  }
}

function alertOf(change: Change, { from, to }: { from: Moment; to: Moment }): Alert {
  const row = change.since;
  return {
    id: `${change.said.kind}:${change.key}:${to.row}`,
    ...change.said,
    columns: change.names,
    ...(change.question && { question: change.question }),
    since: { row, ...(from.time !== undefined && row >= from.row && { time: from.time }) },
    raised: to,
    seen: to,
    state: 'open',
    windows: 1,
    confidence: 1 - change.p,
  };
}
