import { randomBytes } from 'node:crypto';
import type { Alert } from '../../../engine/monitor/alert.js';
import { Monitor, type MonitorOptions, type WindowSize } from '../../../engine/monitor/monitor.js';
import type { Reference } from '../../../engine/monitor/reference.js';
import { decodeReference } from '../../../engine/monitor/reference-json.js';
import { costOf, type Price } from '../../commands/alert-cost.js';
import type { AlertSink } from './alert-sink.js';
import { attempt, Chain } from './chain.js';
import type { TrafficTask, WatchedVersion, WatchTask } from './watch-task.js';

/** Milliseconds between two savings of what a version's watching knows. */
const SAVE_MILLISECONDS = 5000;
/** Windows that are told of; older ones are forgotten. */
const MOST_WINDOWS = 2000;

/** Where it is kept how far the watching is. */
export interface WatchStates {
  read(model: string, version: string): Promise<string | undefined>;
  write(model: string, version: string, state: string): Promise<void>;
}

/** A version under watch. */
export interface Watched {
  readonly about: WatchedVersion;
  readonly reference: Reference;
  readonly monitor: Monitor;
  /** Names this watching: rows are counted anew where nothing was kept. */
  readonly begun: string;
  readonly since: string;
  /** Ids of alerts that the sink has as going on. */
  readonly told: Set<string>;
  /** Seconds since 1970 over `every`, of windows by time. */
  bucket: number;
  windows: number;
  changed: boolean;
  savedAt: number;
}

/** Watches all versions of a service; what is done is done one after the other. */
export class Keeper {
  readonly #watched = new Map<string, Watched>();
  readonly #chain = new Chain();

  constructor(
    private readonly window: WindowSize,
    private readonly sink: AlertSink,
    private readonly states: WatchStates,
    /** Milliseconds since 1970. */
    private readonly now: () => number,
    private readonly onFailure: (message: string) => void,
    /** What a wrong prediction of a model costs. */
    private readonly priceOf: (model: string) => Promise<Price | undefined> = async () => undefined,
  ) {}

  /** By model; those that came last first. */
  get watched(): readonly Watched[] {
    return [...this.#watched.values()]
      .reverse()
      .sort((a, b) => (a.about.model < b.about.model ? -1 : a.about.model > b.about.model ? 1 : 0));
  }

  of(model: string, version: string): Watched | undefined {
    return this.#watched.get(keyOf(model, version));
  }

  /** Resolves when it is done. */
  take(task: Exclude<WatchTask, TrafficTask>): Promise<void> {
    return this.#chain.do(() => (task.kind === 'open' ? this.#open(task.version) : this.#rows(task)));
  }

  /** Closes windows whose time is over, and saves what has changed. @param end saves all */
  tick(end = false): Promise<void> {
    return this.#chain.do(async () => {
      for (const watched of this.#watched.values()) {
        if (this.#timeIsOver(watched)) await this.#closed(watched, () => watched.monitor.close());
        if (watched.changed && (end || this.now() - watched.savedAt >= SAVE_MILLISECONDS)) await this.#save(watched);
      }
    });
  }

  async #open(about: WatchedVersion): Promise<void> {
    const key = keyOf(about.model, about.version);
    if (this.#watched.get(key)?.about.sha256 === about.sha256) return;
    const reference = decodeReference(about.reference);
    const options: MonitorOptions = {
      // windows by time are closed by the clock: what rows say of their time may be anything
      window: 'rows' in this.window ? this.window : { rows: Number.MAX_SAFE_INTEGER },
      ignore: new Set(about.ignore),
    };
    const kept = await this.#kept(about, reference, options);
    const { monitor, begun, since } = kept ?? {
      monitor: new Monitor(reference, options),
      begun: randomBytes(6).toString('hex'),
      since: new Date(this.now()).toISOString(),
    };
    const told = new Set(monitor.alerts.filter((a) => a.state === 'open').map((a) => a.id));
    const more = { told, bucket: this.#bucket(), windows: monitor.windows.length, changed: false, savedAt: 0 };
    this.#watched.set(key, { about, reference, monitor, begun, since, ...more });
    // raised after the last saving, and so not known any more: what goes on will be raised again
    const known = new Set([...told].map((id) => originOf(begun, id)));
    await attempt(() => this.sink.forget(about, `${originOf(begun)}/`, known), this.onFailure);
  }

  async #kept(
    about: WatchedVersion,
    reference: Reference,
    options: MonitorOptions,
  ): Promise<{ monitor: Monitor; begun: string; since: string } | undefined> {
    try {
      const text = await this.states.read(about.model, about.version);
      if (text === undefined) return undefined;
      const { sha256, begun, since, monitor } = JSON.parse(text) as { sha256: string; begun: string; since: string; monitor: unknown };
      return sha256 === about.sha256 ? { monitor: Monitor.fromJSON(monitor, reference, options), begun, since } : undefined;
    } catch (error) {
      this.onFailure(`The watching of ${about.model}@${about.version} begins anew: ${(error as Error).message}`);
      return undefined;
    }
  }

  async #rows({ model, version, rows }: Extract<WatchTask, { kind: 'rows' }>): Promise<void> {
    const watched = this.#watched.get(keyOf(model, version));
    if (!watched) return;
    if (this.#timeIsOver(watched)) await this.#closed(watched, () => watched.monitor.close());
    await this.#closed(watched, () => watched.monitor.push(rows));
  }

  /** Tells of what began and ended when windows were closed. */
  async #closed(watched: Watched, work: () => unknown): Promise<void> {
    const { monitor, told, about, begun } = watched;
    const last = monitor.windows.at(-1)?.window;
    work();
    watched.changed = true;
    if (monitor.windows.at(-1)?.window === last) return;
    if (monitor.windows.length > MOST_WINDOWS) monitor.windows.splice(0, monitor.windows.length - MOST_WINDOWS);
    const price = monitor.alerts.some((a) => a.state === 'open') ? await this.#price(about.model) : undefined;
    for (const alert of monitor.alerts) {
      const origin = originOf(begun, alert.id);
      if (alert.state === 'open') {
        const cost = price && costOf(alert, monitor, price);
        if (cost) alert.cost = cost;
        else delete alert.cost;
        if (await attempt(() => this.sink.tell(about, origin, alert), this.onFailure)) told.add(alert.id);
      } else if (told.has(alert.id) && (await attempt(() => this.sink.end(about, origin, alert), this.onFailure))) told.delete(alert.id);
    }
  }

  async #price(model: string): Promise<Price | undefined> {
    try {
      return await this.priceOf(model);
    } catch (error) {
      this.onFailure((error as Error).message);
      return undefined;
    }
  }

  #bucket(): number {
    return 'milliseconds' in this.window ? Math.floor(this.now() / this.window.milliseconds) : 0;
  }

  #timeIsOver(watched: Watched): boolean {
    const bucket = this.#bucket();
    if (bucket === watched.bucket) return false;
    watched.bucket = bucket;
    return true;
  }

  async #save(watched: Watched): Promise<void> {
    const { about, begun, since, monitor } = watched;
    const state = JSON.stringify({ sha256: about.sha256, begun, since, monitor });
    watched.savedAt = this.now();
    if (await attempt(() => this.states.write(about.model, about.version, state), this.onFailure)) watched.changed = false;
  }
}

const keyOf = (model: string, version: string): string => JSON.stringify([model, version]);

export function originOf(begun: string, alert?: Alert['id']): string {
  return alert === undefined ? `serve/${begun}` : `serve/${begun}/${alert}`;
}
