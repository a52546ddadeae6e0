import { parentPort, workerData } from 'node:worker_threads';
import { Deliverer } from '../commands/webhooks/deliverer.js';
import { openStore, type Project } from '../store/open-store.js';
import { Drain } from './drain.js';

// A thread of its own: writing to the store would hold up answers.

const { project, folder, label } = workerData as { project: Project; folder: string; label: string };
const PAUSE_MILLISECONDS = 200;

/** Files begin with the id of their process; ours are whole once the server has ended. */
let ended = false;
function isLive(file: string): boolean {
  if (file.startsWith(label)) return !ended;
  const pid = Number(/^(\d+)-/.exec(file)?.[1]);
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const store = await openStore(project);
const drain = new Drain(store, folder, isLive);
let wake: () => void = () => {};
const stop = new AbortController();
const delivering = new Deliverer(store).run(stop.signal, (failure) => parentPort?.postMessage({ failure }));
parentPort?.on('message', () => {
  ended = true;
  stop.abort();
  wake();
});
for (;;) {
  const last = ended;
  try {
    await drain.once();
  } catch (error) {
    // the log keeps what the store does not take now
    parentPort?.postMessage({ failure: (error as Error).message });
    if (last) break;
  }
  if (last) break;
  await new Promise<void>((resolve) => {
    wake = resolve;
    if (ended) resolve();
    else setTimeout(resolve, PAUSE_MILLISECONDS);
  });
}
await delivering;
await store.close();
parentPort?.close();
