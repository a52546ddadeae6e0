import { parentPort, workerData } from 'node:worker_threads';

/** What is used of WebAssembly, which Node's types leave to the browser's library. */
interface WebAssemblyHost {
  Instance: new (module: object, imports: Record<string, Record<string, unknown>>) => { exports: Record<string, unknown> };
}

const { module, memory, control, thread } = workerData as { module: object; memory: object; control: number; thread: number };
const { Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyHost }).WebAssembly;
const instance = new Instance(module, { env: { memory } });
parentPort?.postMessage('ready');
(instance.exports.serve as (control: number, thread: number) => void)(control, thread);
