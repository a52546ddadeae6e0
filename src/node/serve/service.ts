import { randomBytes } from 'node:crypto';
import type { Caller } from './access.js';
import { AnswerBox } from './answer-box.js';
import type { AnswerLog } from './answer-log.js';
import { type Deployment, Deployments, parseTraffic, type Traffic } from './deployments.js';
import { Gate } from './gate.js';
import type { ServedModel } from './served-model.js';
import { ServiceMetrics } from './service-metrics.js';
import type { ServeSettings } from './settings.js';
import type { Siblings } from './siblings.js';
import type { Watcher } from './watch/watcher.js';

/** Everything that the routes share. */
export class Service {
  readonly deployments = new Deployments();
  readonly gate: Gate;
  readonly metrics: ServiceMetrics;
  readonly box: AnswerBox;
  /** False while it ends: then nothing new should be sent here. */
  ready = false;
  /** Takes answered rows to whoever watches them. */
  watcher: Watcher | undefined;
  /** The page of what is watched; absent when nothing is. @param models that may be seen @param by columns to tell scores by */
  watchPage: ((models?: readonly string[], by?: readonly string[]) => Promise<string>) | undefined;
  /** Reads the models again. @throws MillwrightError; then all stays as it was */
  reload: () => Promise<void> = async () => {};
  /** Names of answers begin with this, so that no two processes give the same. */
  readonly #begin = `${randomBytes(8).toString('hex')}-`;
  #answers = 0;

  constructor(
    readonly settings: ServeSettings,
    readonly log: AnswerLog | undefined,
    onLogFailure: (error: unknown) => void,
    readonly onShadowFailure: (model: ServedModel, error: unknown) => void,
    /** The other processes of the service. */
    readonly siblings?: Siblings,
    /** Keeps traffic that was set for the next start, in a project. */
    readonly keepTraffic?: (caller: Caller, name: string, traffic: Traffic) => Promise<void>,
  ) {
    this.gate = new Gate(() => performance.now(), 16);
    this.metrics = new ServiceMetrics({ busy: () => this.gate.busy, models: () => this.deployments.list().length });
    this.box = new AnswerBox((lines, count) => {
      try {
        this.log?.write(lines);
      } catch (error) {
        this.metrics.unlogged(count);
        onLogFailure(error);
      }
    });
  }

  /**
   * Divides the requests of a model anew.
   * @throws Refusal `REQUEST_INVALID`, `NOT_FOUND`
   */
  setTraffic(name: string, asked: unknown): Deployment {
    const changed = this.plannedTraffic(name, asked);
    this.deployments.replace(this.deployments.list().map((d) => (d.name === name ? changed : d)));
    return changed;
  }

  /** What `setTraffic` would make of a model. @throws Refusal `REQUEST_INVALID`, `NOT_FOUND` */
  plannedTraffic(name: string, asked: unknown): Deployment {
    const deployment = this.deployments.get(name);
    const changed = { ...deployment, traffic: parseTraffic(asked, deployment.traffic.champion) };
    const { canary, shadow } = changed.traffic;
    for (const version of [...(canary ? [canary.version] : []), ...shadow]) this.deployments.version(deployment, version);
    return changed;
  }

  /** A name for an answer. */
  nextId(): string {
    return this.#begin + (this.#answers++).toString(36);
  }
}
