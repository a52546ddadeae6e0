import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { MillwrightError } from '../../core/errors.js';
import { TRAFFIC_TAG } from '../commands/registry/canary-state.js';
import { findProject, openStore, type Project } from '../store/open-store.js';
import type { Store } from '../store/store.js';
import type { Caller, Verifier } from './access.js';
import type { Traffic } from './deployments.js';

/** Milliseconds between two looks at whether anything governed has changed. */
const POLL_MILLISECONDS = 1000;

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
    if (found.folder === undefined && found.artefacts.startsWith('s3:'))
      throw new MillwrightError(
        'STORE_MISSING',
        'Answers need a folder until the store has them, and there is none.',
        'Make one with `millwright init`.',
      );
    const logFolder = join(found.folder ?? found.artefacts, 'answers');
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

  /** Calls when models, aliases, tokens or anything else governed has changed; changes are told by the audit log's end. */
  watch(onChange: () => Promise<void>): void {
    let last: string | undefined;
    const look = async (): Promise<void> => {
      try {
        const { hash } = await this.store.audit.head();
        const changed = last !== undefined && hash !== last;
        last = hash;
        if (changed) await onChange();
      } catch {
        // told by onChange itself, or the store is away for a moment: what is loaded goes on answering
      }
      if (this.#poll) this.#poll = setTimeout(look, POLL_MILLISECONDS);
    };
    this.#poll = setTimeout(look, 0);
  }

  readonly verify: Verifier = async (secret) => {
    const token = await this.store.access.verify(secret);
    return token && { user: token.user, roles: token.roles, token: token.id, ...(token.models && { models: token.models }) };
  };

  /** Keeps how the requests of a model are divided, with an entry in the audit log. */
  async keepTraffic({ user, roles, token }: Caller, model: string, { canary, shadow }: Traffic): Promise<void> {
    const kept = { ...(canary && { canary }), shadow };
    const note = { action: 'traffic.set', subject: `model:${model}`, detail: kept };
    await this.store.act({ user, roles, via: 'rest', ...(token && { token }) }, note, async (governed) => {
      await governed.models.describe(model, { tags: new Map([[TRAFFIC_TAG, JSON.stringify(kept)]]) });
      await governed.note(note);
    });
  }

  /** Writes a refusal into the audit log. */
  async refused({ user, roles, token }: Caller, route: string, code: string): Promise<void> {
    await this.store.note(
      { user, roles, via: 'rest', ...(token && { token }) },
      { action: 'access.refuse', subject: `route:${route}`, detail: { code } },
    );
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
