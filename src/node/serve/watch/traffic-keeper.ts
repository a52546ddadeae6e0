import { randomBytes } from 'node:crypto';
import { TrafficCounts } from '../../../engine/monitor/traffic/traffic-counts.js';
import { TrafficMonitor } from '../../../engine/monitor/traffic/traffic-monitor.js';
import type { AlertSink } from './alert-sink.js';
import { attempt, Chain } from './chain.js';
import { originOf, type WatchStates } from './keeper.js';
import type { TrafficTask } from './watch-task.js';

/** Milliseconds between two savings of what is known of a model's requests. */
const SAVE_MILLISECONDS = 60_000;
/** What it is kept under, beside the versions of a model. */
const PLACE = 'traffic';

/** A model whose requests are watched. */
export interface WatchedTraffic {
  readonly model: string;
  /** The version that answers: alerts are told of it. */
  version: string;
  readonly monitor: TrafficMonitor;
  /** Names this watching. */
  readonly begun: string;
  /** Alerts that the sink has as going on, and the version that they were told of. */
  readonly told: Map<string, string>;
  savedAt: number;
}

/** Watches the requests of all models of a service; what is done is done one after the other. */
export class TrafficKeeper {
  readonly #watched = new Map<string, WatchedTraffic>();
  readonly #chain = new Chain();

  constructor(
    private readonly sink: AlertSink,
    private readonly states: WatchStates,
    /** Milliseconds since 1970. */
    private readonly now: () => number,
    private readonly onFailure: (message: string) => void,
    private readonly beat = 60_000,
  ) {}

  of(model: string): WatchedTraffic | undefined {
    return this.#watched.get(model);
  }

  get watched(): readonly WatchedTraffic[] {
    return [...this.#watched.values()];
  }

  /** Takes what was counted, or what is served now. Resolves when it is done. */
  take(task: TrafficTask): Promise<void> {
    return this.#chain.do(async () => {
      for (const { model, version } of task.serving ?? []) await this.#open(model, version);
      if (task.serving) {
        const served = new Set(task.serving.map(({ model }) => model));
        for (const [model, watched] of this.#watched) if (!served.has(model)) await this.#close(watched);
      }
      for (const { model, counts } of task.counts ?? []) this.#watched.get(model)?.monitor.add(counts);
    });
  }

  /** Takes where answers lie, by `answerPlaces`; those of other versions than the one that answers are left out. */
  answers(model: string, version: string, answers: Float64Array): void {
    const watched = this.#watched.get(model);
    if (watched?.version !== version) return;
    const counts = new TrafficCounts();
    counts.answers.set(answers);
    watched.monitor.add(counts);
  }

  /** Closes the windows that are over, tells of what they came to, and saves. @param end saves all */
  tick(end = false): Promise<void> {
    return this.#chain.do(async () => {
      for (const watched of this.#watched.values()) {
        watched.monitor.tick(this.now());
        await this.#tell(watched);
        if (end || this.now() - watched.savedAt >= SAVE_MILLISECONDS) await this.#save(watched);
      }
    });
  }

  async #open(model: string, version: string): Promise<void> {
    const known = this.#watched.get(model);
    if (known) {
      known.version = version;
      return;
    }
    const kept = await this.#kept(model);
    const { monitor, begun, told } = kept ?? {
      monitor: new TrafficMonitor(this.beat),
      begun: randomBytes(6).toString('hex'),
      told: new Map<string, string>(),
    };
    this.#watched.set(model, { model, version, monitor, begun, told, savedAt: this.now() });
    monitor.tick(this.now());
    // raised after the last saving, and so not known any more: what goes on will be raised again
    const but = new Set([...told.keys()].map((id) => originOf(begun, id)));
    if (kept) await attempt(() => this.sink.forget({ model, version }, `${originOf(begun)}/`, but), this.onFailure);
  }

  /** A model that is not served any more: silence is no surprise. */
  async #close(watched: WatchedTraffic): Promise<void> {
    this.#watched.delete(watched.model);
    const { model, monitor, begun, told } = watched;
    for (const alert of monitor.alerts) {
      // neither is it missed when it is served again
      alert.state = 'ended';
      const version = told.get(alert.id);
      if (
        version !== undefined &&
        (await attempt(() => this.sink.end({ model, version }, originOf(begun, alert.id), alert), this.onFailure))
      )
        told.delete(alert.id);
    }
    await this.#save(watched);
  }

  async #kept(model: string): Promise<Pick<WatchedTraffic, 'monitor' | 'begun' | 'told'> | undefined> {
    try {
      const text = await this.states.read(model, PLACE);
      if (text === undefined) return undefined;
      const { begun, told, monitor } = JSON.parse(text) as { begun: string; told: [string, string][]; monitor: unknown };
      const restored = TrafficMonitor.fromJSON(monitor);
      return restored.beat === this.beat ? { monitor: restored, begun, told: new Map(told) } : undefined;
    } catch (error) {
      this.onFailure(`The watching of the requests of ${model} begins anew: ${(error as Error).message}`);
      return undefined;
    }
  }

  async #tell({ model, version, monitor, begun, told }: WatchedTraffic): Promise<void> {
    for (const alert of monitor.alerts) {
      const origin = originOf(begun, alert.id);
      const of = told.get(alert.id);
      if (alert.state === 'open') {
        if (of === undefined && (await attempt(() => this.sink.tell({ model, version }, origin, alert), this.onFailure)))
          told.set(alert.id, version);
      } else if (of !== undefined && (await attempt(() => this.sink.end({ model, version: of }, origin, alert), this.onFailure)))
        told.delete(alert.id);
    }
  }

  async #save(watched: WatchedTraffic): Promise<void> {
    const { model, begun, told, monitor } = watched;
    watched.savedAt = this.now();
    const state = JSON.stringify({ begun, told: [...told], monitor });
    await attempt(() => this.states.write(model, PLACE, state), this.onFailure);
  }
}
