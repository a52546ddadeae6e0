import { Deadline } from '../../src/core/clock.js';
import { Rng } from '../../src/core/rng.js';
import { type Column, Table } from '../../src/core/table.js';
import { serveKernels } from '../../src/engine/kernels/barrier.js';
import { KernelHost } from '../../src/engine/kernels/kernel-host.js';
import type { ThreadTeam } from '../../src/engine/kernels/threads.js';
import type { Parameters } from '../../src/engine/learn/learner.js';
import { boostedTrees } from '../../src/engine/learn/trees/boosted-trees.js';
import { packBlobs } from '../../src/model/blobs.js';
import { sha256 } from '../../src/model/sha256.js';

// One recipe of training for every runtime. It runs from the source in Node, and bundled by train-in-browser.test.ts elsewhere.

const ROWS = 17_000;
const CLASSES = { binary: ['no', 'yes'], multiclass: ['a', 'b', 'c'], regression: [] };

function sample(outcomes: number): { table: Table; target: Float64Array; weights: Float64Array } {
  const rng = new Rng(outcomes + 5);
  const columns = Array.from({ length: 9 }, (_, c): Column => {
    const name = c === 0 ? '__proto__' : `c${c}`;
    if (c >= 7) {
      const levels = Array.from({ length: c === 7 ? 4 : 80 }, (_, i) => `l${i}`);
      return { kind: 'category', name, levels, codes: Int32Array.from({ length: ROWS }, () => rng.below(levels.length + 1) - 1) };
    }
    return {
      kind: 'numeric',
      name,
      values: Float64Array.from({ length: ROWS }, () => (c === 2 && rng.below(5) === 0 ? Number.NaN : rng.float())),
    };
  });
  const [a, b, d] = [0, 1, 8].map((c) => columns[c]);
  const target = Float64Array.from({ length: ROWS }, (_, i) => {
    const known = a?.kind === 'numeric' && b?.kind === 'numeric' && d?.kind === 'category' && [a.values[i], b.values[i], d.codes[i]];
    const [x, y, code] = known as [number, number, number];
    const z = x * y + (code % 3) * 0.2 + 0.3 * rng.float();
    return outcomes > 0 ? Math.min(outcomes - 1, Math.floor(z * outcomes)) : 100 * z;
  });
  return { table: new Table(columns), target, weights: Float64Array.from({ length: ROWS }, () => rng.below(3)) };
}

const FITS: [keyof typeof CLASSES, Parameters][] = [
  ['binary', { rounds: 6, rowSample: 0.9, columnSample: 0.8 }],
  ['multiclass', { rounds: 3 }],
  ['regression', { rounds: 5 }],
  ['regression', { rounds: 3, objective: 'quantile', alpha: 0.7 }],
  ['regression', { rounds: 4, objective: 'poisson' }],
];

/** SHA-256 of the trees' bytes and of the predictions of each fit. */
export async function trainAll(team?: ThreadTeam): Promise<string[]> {
  const host = await KernelHost.create(team);
  const found: string[] = [];
  for (const [kind, parameters] of FITS) {
    const train = sample(CLASSES[kind].length);
    const deadline = new Deadline({ now: () => 0, pause: async () => {} }, Number.POSITIVE_INFINITY);
    const task = { kind, target: 'y', classes: CLASSES[kind], reason: 'test' };
    const { model } = await boostedTrees.fit(train, sample(CLASSES[kind].length), parameters, { task, rng: new Rng(3), deadline, host });
    const predicted = model.predict(train.table);
    found.push(`${await sha256(packBlobs(model.encode().blobs).bytes)} ${await sha256(new Uint8Array(predicted.buffer))}`);
  }
  await host.close();
  return found;
}

/** What the browser has and the engine may not know. */
interface Scope {
  postMessage(message: unknown): void;
  onmessage: ((event: { data: unknown }) => void) | null;
  readonly crossOriginIsolated: boolean;
}
declare class WebWorker {
  constructor(url: string, options: { type: 'module' });
  postMessage(message: unknown): void;
  onmessage: ((event: { data: unknown }) => void) | null;
  onerror: ((event: { message: string }) => void) | null;
  terminate(): void;
}

/** A team of Web Workers that load this same script. */
export function webTeam(script: string, count: number): ThreadTeam {
  const Worker = (globalThis as unknown as { Worker: typeof WebWorker }).Worker;
  let workers: WebWorker[] = [];
  return {
    count,
    async attach(module, memory, control) {
      workers = Array.from({ length: count - 1 }, () => new Worker(script, { type: 'module' }));
      const start = (worker: WebWorker, i: number): Promise<void> =>
        new Promise((resolve, reject) => {
          worker.onmessage = () => resolve();
          worker.onerror = (event) => reject(new Error(event.message));
          worker.postMessage({ module, memory, control, thread: i + 1 });
        });
      await Promise.all(workers.map(start));
    },
    async close() {
      for (const worker of workers.splice(0)) worker.terminate();
    },
  };
}

/** As a thread of a team. */
export function listen(scope: Scope): void {
  scope.onmessage = ({ data }) => {
    const { module, memory, control, thread } = data as { module: object; memory: object; control: number; thread: number };
    scope.postMessage('ready');
    serveKernels(module, memory, control, thread);
  };
}
