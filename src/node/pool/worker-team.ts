import { Worker } from 'node:worker_threads';
import type { ThreadTeam } from '../../engine/kernels/threads.js';

/**
 * A team of `worker_threads` for the kernels.
 * @param count threads in all, the calling one included; ≥ 1
 */
export function workerTeam(count: number): ThreadTeam {
  let workers: Worker[] = [];
  return {
    count,
    async attach(module, memory, control) {
      const started: Promise<void>[] = [];
      for (let thread = 1; thread < count; thread++) {
        const worker = new Worker(new URL('./kernel-worker.js', import.meta.url), { workerData: { module, memory, control, thread } });
        workers.push(worker);
        started.push(
          new Promise((resolve, reject) => {
            worker.once('message', () => {
              // only while it starts may it keep the process alive
              worker.unref();
              resolve();
            });
            worker.once('error', reject);
          }),
        );
      }
      await Promise.all(started);
    },
    async close() {
      const all = workers;
      workers = [];
      await Promise.all(all.map((w) => w.terminate()));
    },
  };
}
