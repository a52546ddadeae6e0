import { Worker } from 'node:worker_threads';
import { MillwrightError } from '../../core/errors.js';
import { reportDeath } from '../../engine/kernels/barrier.js';
import type { ThreadTeam } from '../../engine/kernels/threads.js';

/**
 * A team of `worker_threads` for the kernels.
 * @param count threads in all, the calling one included; ≥ 1
 */
export function workerTeam(count: number): ThreadTeam {
  let workers: Worker[] = [];
  const close = async (): Promise<void> => {
    const all = workers;
    workers = [];
    await Promise.all(all.map((w) => w.terminate()));
  };
  return {
    count,
    async attach(module, memory, control) {
      const started: Promise<void>[] = [];
      const ints = new Int32Array((memory as { buffer: SharedArrayBuffer }).buffer, control, 16);
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
            worker.on('error', reject);
            worker.once('exit', () => {
              // whatever ended it, nobody may wait for it any more
              reportDeath(ints);
              reject(new MillwrightError('INTERNAL', 'A thread that helps with training did not start.', 'Run again with --threads 1.'));
            });
          }),
        );
      }
      try {
        await Promise.all(started);
      } catch (error) {
        await close();
        throw error;
      }
    },
    close,
  };
}
