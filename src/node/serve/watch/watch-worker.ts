import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { writeWhole } from '../../commands/atomic-file.js';
import { packageVersion } from '../../commands/version.js';
import { openStore } from '../../store/open-store.js';
import { IpcCalls } from '../ipc-calls.js';
import { logSink, storeSink } from './alert-sink.js';
import { InTurn } from './in-turn.js';
import { Keeper, type WatchStates } from './keeper.js';
import { servedScores } from './served-scores.js';
import { watchPage } from './watch-page.js';
import type { PageTask, WatchTask } from './watch-task.js';
import type { WatchNote, WatchPlace } from './watch-thread.js';

// A thread of its own: testing a window would hold up answers.

const TICK_MILLISECONDS = 1000;
const { window, project, folder } = workerData as WatchPlace;
const note = (told: WatchNote): void => parentPort?.postMessage({ note: told });
const store = project && (await openStore(project));
const keeper = new Keeper(
  window,
  store ? storeSink(store) : logSink((fields, message) => note({ fields, message })),
  store ? { read: (m, v) => store.alerts.monitor(m, v), write: (m, v, state) => store.alerts.keepMonitor(m, v, state) } : statesIn(folder),
  Date.now,
  (reason) => note({ fields: { reason }, message: 'watching waits' }),
);
const pages = new InTurn<string>();
const ticking = setInterval(() => void keeper.tick(), TICK_MILLISECONDS);
const calls = new IpcCalls(
  (message) => parentPort?.postMessage(message),
  async (task: WatchTask | PageTask | { kind: 'end' }) => {
    if (task.kind === 'page') {
      const context = { at: new Date().toISOString(), millwright: packageVersion(), served: true };
      // each scores thousands of rows again: who asks often must not pile them up
      return pages.do(JSON.stringify(task.models ?? null), () =>
        watchPage(
          keeper.watched,
          task.models,
          async (model) => (await store?.alerts.list({ models: [model], limit: 10_000 })) ?? [],
          // scores that cannot be had are no reason to show no page
          async (model, version) => store && servedScores(store, model, version, window).catch(() => undefined),
          context,
        ),
      );
    }
    if (task.kind !== 'end') return keeper.take(task);
    clearInterval(ticking);
    await keeper.tick(true);
    await store?.close();
    setImmediate(() => parentPort?.close());
    return undefined;
  },
);
parentPort?.on('message', (message) => calls.receive(message));

/** Files of a folder, or nothing. */
function statesIn(place: string | undefined): WatchStates {
  if (place === undefined) return { read: async () => undefined, write: async () => undefined };
  const pathOf = (model: string, version: string): string =>
    join(place, `monitor-${encodeURIComponent(`${model}@${version}`).slice(0, 200)}.json`);
  return {
    read: (model, version) =>
      readFile(pathOf(model, version), 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      }),
    write: (model, version, state) => writeWhole(pathOf(model, version), state),
  };
}
