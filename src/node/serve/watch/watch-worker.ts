import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { Alert } from '../../../engine/monitor/alert.js';
import { answerPlaces } from '../../../engine/monitor/traffic/answer-places.js';
import { costOf, type Price, parsePrice, VALUE_TAG } from '../../commands/alert-cost.js';
import { writeWhole } from '../../commands/atomic-file.js';
import { shortName } from '../../commands/short-name.js';
import { packageVersion } from '../../commands/version.js';
import { ALERT_STATES } from '../../store/alerts.js';
import { openStore, type Project } from '../../store/open-store.js';
import type { Store } from '../../store/store.js';
import { IpcCalls } from '../ipc-calls.js';
import { logSink, storeSink } from './alert-sink.js';
import { InTurn } from './in-turn.js';
import { Keeper, type WatchStates } from './keeper.js';
import { ScoresKeeper } from './scores-keeper.js';
import { servedScores } from './served-scores.js';
import { TrafficKeeper } from './traffic-keeper.js';
import { watchPage } from './watch-page.js';
import type { PageTask, WatchTask } from './watch-task.js';
import type { WatchNote, WatchPlace } from './watch-thread.js';

// A thread of its own: testing a window would hold up answers.

const TICK_MILLISECONDS = 1000;
const { window, project, folder, price } = workerData as WatchPlace;
const note = (told: WatchNote): void => parentPort?.postMessage({ note: told });
const store = project && (await openPatiently(project));
const sink = store ? storeSink(store) : logSink((fields, message) => note({ fields, message }));
const states: WatchStates = store
  ? { read: (m, v) => store.alerts.monitor(m, v), write: (m, v, state) => store.alerts.keepMonitor(m, v, state) }
  : statesIn(folder);
const onFailure = (reason: string): void => note({ fields: { reason }, message: 'watching waits' });
const keeper = new Keeper(window, sink, states, Date.now, onFailure, priceOf);
const traffic = new TrafficKeeper(sink, states, Date.now, onFailure);
const placesOf = new WeakMap<object, ReturnType<typeof answerPlaces>>();

/** A database that cannot be reached just now is asked again, for a quarter of a minute in all: who watches must not be lost to a restart of it. */
async function openPatiently(place: Project): Promise<Store> {
  for (let wait = 500; wait <= 8000; wait *= 2)
    try {
      return await openStore(place);
    } catch (error) {
      note({ fields: { reason: (error as Error).message }, message: 'the store does not open yet' });
      await pause(wait);
    }
  return openStore(place);
}

/** What a wrong prediction of a model costs: as the project keeps it now, else as the server was told. */
async function priceOf(model: string): Promise<Price | undefined> {
  const kept = (await store?.models.get(model))?.tags.get(VALUE_TAG);
  return kept === undefined ? price : parsePrice(kept);
}

async function take(task: WatchTask): Promise<void> {
  if (task.kind === 'traffic') return traffic.take(task);
  await keeper.take(task);
  if (task.kind !== 'rows') return;
  const { model, version, rows } = task;
  const watched = keeper.of(model, version);
  if (!watched) return;
  const { reference } = watched;
  const places = placesOf.get(reference) ?? answerPlaces(reference);
  placesOf.set(reference, places);
  traffic.answers(model, version, places(rows));
}

/** Milliseconds between two looks at the scores of what was answered lately. */
const SCORES_MILLISECONDS = 300_000;
const scores =
  store && new ScoresKeeper(sink, (model) => store.alerts.list({ models: [model], states: ALERT_STATES, limit: 10_000 }), Date.now);
let looking = false;
let scoredAt = Date.now();

/** Scores anew what was answered lately, and the labels that came for it. */
async function lookAtScores(): Promise<void> {
  if (!store || !scores || looking || Date.now() - scoredAt < SCORES_MILLISECONDS) return;
  looking = true;
  try {
    for (const { about, monitor } of keeper.watched) {
      if (traffic.of(about.model)?.version !== about.version) continue;
      const report = await servedScores(store, about.model, about.version, window);
      const known = report && (await priceOf(about.model));
      const dress = (alert: Alert): void => {
        const cost = known && costOf(alert, monitor, known);
        if (cost) alert.cost = cost;
      };
      if (report) await scores.take(about.model, about.version, report, dress);
    }
  } catch (error) {
    onFailure((error as Error).message);
  } finally {
    looking = false;
    scoredAt = Date.now();
  }
}

let ticks = false;
const ticking = setInterval(() => {
  void lookAtScores();
  // while the store keeps one waiting, no others pile up
  if (ticks) return;
  ticks = true;
  Promise.all([keeper.tick(), traffic.tick()])
    .catch((error: Error) => onFailure(error.message))
    .finally(() => {
      ticks = false;
    });
}, TICK_MILLISECONDS);
const pages = new InTurn<string>();
const calls = new IpcCalls(
  (message) => parentPort?.postMessage(message),
  async (task: WatchTask | PageTask | { kind: 'end' }) => {
    if (task.kind === 'page') {
      const context = { at: new Date().toISOString(), millwright: packageVersion(), served: true };
      // each scores thousands of rows again: who asks often, or for columns that are none, must not pile them up
      const by = (task.by ?? []).filter((name) => keeper.watched.some(({ reference }) => reference.binnings.some((b) => b.name === name)));
      return pages.do(JSON.stringify([task.models ?? null, by]), () =>
        watchPage(
          keeper.watched,
          traffic.watched,
          task.models,
          async (model) => (await store?.alerts.list({ models: [model], limit: 10_000 })) ?? [],
          // scores that cannot be had are no reason to show no page
          async (model, version) => store && servedScores(store, model, version, window, by).catch(() => undefined),
          context,
        ),
      );
    }
    if (task.kind !== 'end') return take(task);
    clearInterval(ticking);
    await keeper.tick(true);
    await traffic.tick(true);
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
    join(place, `monitor-${shortName(encodeURIComponent(`${model}@${version}`), 200)}.json`);
  return {
    read: (model, version) =>
      readFile(pathOf(model, version), 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      }),
    write: (model, version, state) => writeWhole(pathOf(model, version), state),
  };
}
