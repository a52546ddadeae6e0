import { parentPort, workerData } from 'node:worker_threads';
import { serveKernels } from '../../engine/kernels/barrier.js';

const { module, memory, control, thread } = workerData as { module: object; memory: object; control: number; thread: number };
parentPort?.postMessage('ready');
serveKernels(module, memory, control, thread);
