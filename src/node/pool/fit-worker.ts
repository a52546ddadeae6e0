import { parentPort, workerData } from 'node:worker_threads';
import { Deadline } from '../../core/clock.js';
import { MillwrightError } from '../../core/errors.js';
import { Table } from '../../core/table.js';
import type { FitJob, NoFit } from '../../engine/automl/fit-team.js';
import { Fitter } from '../../engine/automl/fitter.js';
import { KernelHost } from '../../engine/kernels/kernel-host.js';
import { catalog } from '../commands/catalog.js';
import { nodeClock } from '../commands/node-clock.js';
import type { FitReply, FitRequest, SentError, SentOutcome, SharedSetting } from './fit-messages.js';

/** Milliseconds between two words on how far a fit is. */
const quiet = 150;

const { columns, rows, target, weights, ...setting } = workerData as SharedSetting;
const host = await KernelHost.create();
const fitter = new Fitter({ ...setting, answered: { table: new Table(columns, rows), target, weights } }, catalog, host);
let running: Deadline | undefined;

const send = (reply: FitReply): void => parentPort?.postMessage(reply);

async function fit(job: FitJob, onProgress: (done: number) => void): Promise<SentOutcome | NoFit> {
  running = new Deadline(nodeClock, Number.POSITIVE_INFINITY);
  const outcome = await fitter.fit(job, running, onProgress);
  if (typeof outcome === 'string') return outcome;
  const { model, ...rest } = outcome;
  const { head, blobs } = model.encode();
  return { ...rest, head: { ...head, kind: model.kind }, blobs };
}

function described(error: unknown): SentError {
  if (error instanceof MillwrightError) return { name: error.name, message: error.message, code: error.code, hint: error.hint };
  return error instanceof Error
    ? { name: error.name, message: error.message, stack: error.stack }
    : { name: 'Error', message: String(error) };
}

parentPort?.on('message', async (request: FitRequest) => {
  if ('stop' in request) {
    running?.expire();
    return;
  }
  const { id, job } = request;
  let said = nodeClock.now();
  try {
    const outcome = await fit(job, (done) => {
      if (nodeClock.now() - said < quiet) return;
      said = nodeClock.now();
      send({ id, done });
    });
    send({ id, outcome });
  } catch (error) {
    send({ id, error: described(error) });
  }
});
send({ ready: true });
