import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { TRAFFIC_TAG } from '../commands/registry/canary-state.js';
import { findProject, openStore, type Project, workPlace } from '../store/open-store.js';
import type { Store } from '../store/store.js';
import { actorOf, type Caller, type Verifier } from './access.js';
import type { Traffic } from './deployments.js';

/** Milliseconds between two looks at whether anything governed has changed. */
const POLL_MILLISECONDS = 1000;
/** … and after looks that failed, at most. */
const LONGEST_WAIT = 15_000;

/** A server's ties to a project: its store, its tokens, its audit log, the thread that takes predictions over. */
export class ProjectLink {
  #drain: Worker | undefined;
  #drained: Promise<void> | undefined;
  #poll: NodeJS.Timeout | undefined;

  private constructor(
    readonly store: Store,
    readonly project: Project,
    /** Where predictions wait until the store has them. */
    readonly logFolder: string,
  ) {}

  /** @throws MillwrightError `STORE_…` */
  static async open(): Promise<ProjectLink> {
    const project = findProject();
    const store = await openStore(project);
    const found = project as Project;
    const logFolder = join(workPlace(found, 'Answers need a folder until the store has them'), 'answers');
    mkdirSync(logFolder, { recursive: true });
    return new ProjectLink(store, found, logFolder);
  }

  /** Starts taking predictions over. @param label how this process's log files begin */
  startDrain(label: string, onFailure: (message: string) => void): void {
    const workerData = { project: this.project, folder: this.logFolder, label };
    this.#drain = new Worker(new URL('./drain-worker.js', import.meta.url), { workerData });
    // heard from the beginning: a thread that failed has ended long before it is asked to
    this.#drained = new Promise((resolve) => this.#drain?.on('exit', () => resolve()));
    this.#drain.on('message', ({ failure }: { failure: string }) => onFailure(failure));
    this.#drain.on('error', (error) => onFailure(error.message));
  }

  /** Changes whenever anything governed does: the audit log's end. */
  async mark(): Promise<string> {
    return (await this.store.audit.head()).hash;
  }

  /**
   * Calls when models, aliases, tokens or anything else governed has changed, and again when that failed.
   * @param since the mark before what is known was read
   */
  watch(since: string, onChange: () => Promise<void>): void {
    let last = since;
    let wait = POLL_MILLISECONDS;
    const look = async (): Promise<void> => {
      try {
        const mark = await this.mark();
        if (mark !== last) await onChange();
        last = mark;
        wait = POLL_MILLISECONDS;
      } catch {
        // told by onChange itself, or the store is away for a moment: what is loaded goes on answering
        wait = Math.min(LONGEST_WAIT, 2 * wait);
      }
      if (this.#poll) this.#poll = setTimeout(look, wait);
    };
    this.#poll = setTimeout(look, 0);
  }

  readonly verify: Verifier = async (secret) => {
    const token = await this.store.access.verify(secret);
    return token && { user: token.user, roles: token.roles, token: token.id, ...(token.models && { models: token.models }) };
  };

  /** Keeps how the requests of a model are divided, with an entry in the audit log. */
  async keepTraffic(caller: Caller, model: string, { canary, shadow }: Traffic): Promise<void> {
    const kept = { ...(canary && { canary }), shadow };
    const note = { action: 'traffic.set', subject: `model:${model}`, detail: kept };
    await this.store.act(actorOf(caller), note, async (governed) => {
      await governed.models.describe(model, { tags: new Map([[TRAFFIC_TAG, JSON.stringify(kept)]]) });
      await governed.note(note);
    });
  }

  /** Writes a refusal into the audit log. */
  async refused(caller: Caller, route: string, code: string): Promise<void> {
    await this.store.note(actorOf(caller), { action: 'access.refuse', subject: `route:${route}`, detail: { code } });
  }

  /** Once the log is closed: takes over what is left of it. */
  async close(): Promise<void> {
    clearTimeout(this.#poll);
    this.#poll = undefined;
    this.#drain?.postMessage('end');
    await this.#drained;
    await this.store.close();
  }
}
