import { parentPort, workerData } from 'node:worker_threads';

const { module, memory, control, thread } = workerData as { module: WebAssembly.Module; memory: WebAssembly.Memory; control: number; thread: number };
const instance = new WebAssembly.Instance(module, { env: { memory } });
parentPort?.postMessage('ready');
(instance.exports.serve as (control: number, thread: number) => void)(control, thread);
