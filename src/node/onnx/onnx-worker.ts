import { createRequire } from 'node:module';
import { type MessagePort, workerData } from 'node:worker_threads';
import type { Asked, Feed, Reply } from './onnx-session.js';

/** What is used of the runtime, whose package is not there as a rule. */
interface Runtime {
  Tensor: new (type: string, data: Feed['data'], dims: readonly number[]) => unknown;
  InferenceSession: {
    create(model: Uint8Array, options: object): Promise<Session>;
  };
}
interface Session {
  run(feeds: Record<string, unknown>, fetches: string[]): Promise<Record<string, { data: ArrayLike<number | bigint> }>>;
}

const { port, flag, model, runtimes } = workerData as {
  port: MessagePort;
  flag: SharedArrayBuffer;
  model: Uint8Array;
  runtimes: readonly string[];
};
const bell = new Int32Array(flag);

function reply(message: Reply): void {
  port.postMessage(message);
  Atomics.store(bell, 0, 1);
  Atomics.notify(bell, 0);
}

let ort: Runtime | undefined;
let missing = '';
for (const name of runtimes)
  try {
    ort ??= createRequire(import.meta.url)(name) as Runtime;
  } catch (error) {
    missing ||= (error as Error).message.split('\n')[0] ?? '';
  }
if (!ort) reply({ missing });
if (ort) {
  const { Tensor } = ort;
  try {
    // one thread: a service has its own ways to use all cores, and sums keep their order
    const options = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4, executionProviders: ['cpu'] };
    const session = await ort.InferenceSession.create(model, options);
    const answer = async ({ feeds, output }: Asked): Promise<Reply> => {
      const tensors = Object.create(null) as Record<string, unknown>;
      for (const { name, type, data, dims } of feeds) tensors[name] = new Tensor(type, data, dims);
      const data = (await session.run(tensors, [output]))[output]?.data ?? [];
      return { values: data instanceof Float64Array ? data : Float64Array.from(data, Number) };
    };
    port.on('message', (asked: Asked) => {
      answer(asked)
        .then(reply)
        .catch((error: unknown) => reply({ failed: (error as Error).message }));
    });
    reply({ ready: true });
  } catch (error) {
    reply({ failed: (error as Error).message });
  }
}
