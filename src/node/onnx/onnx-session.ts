import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { MillwrightError } from '../../core/errors.js';
import { unusable } from './onnx-file.js';

/** A tensor that goes in. */
export interface Feed {
  readonly name: string;
  readonly type: string;
  readonly data: Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array | string[];
  readonly dims: readonly number[];
}

export interface Asked {
  readonly feeds: readonly Feed[];
  readonly output: string;
}

/** What comes out of a model. */
export interface Answer {
  readonly values: Float64Array;
}

export type Reply = Answer | { readonly ready: true } | { readonly failed: string } | { readonly missing: string };

/** The native one, and the same in WebAssembly. */
const RUNTIMES = ['onnxruntime-node', 'onnxruntime-web'];
/** Milliseconds that a model may take to load or to answer. */
const PATIENCE = 30_000;

/**
 * A model in a thread of its own, asked as if it were a function: scoring is one plain call everywhere, and the runtime only has promises. A question costs
 * about 40 µs. A model that does not answer is given up, and with it the thread.
 */
export class OnnxSession {
  readonly #bell: Int32Array;
  readonly #port: MessagePort;
  readonly #patience: number;
  #stuck = false;

  /**
   * @param model the bytes of an ONNX file that was looked through
   * @param patience milliseconds that it may take
   * @throws MillwrightError `RUNTIME_MISSING` without a runtime, `ONNX_UNUSABLE` when it does not load
   */
  constructor(model: Uint8Array, patience = PATIENCE) {
    const flag = new SharedArrayBuffer(4);
    this.#bell = new Int32Array(flag);
    this.#patience = patience;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    // where the runtime lies when it is not installed beside Millwright
    const asked = process.env.MILLWRIGHT_ONNXRUNTIME;
    const runtimes = asked === undefined ? RUNTIMES : [asked];
    const worker = new Worker(new URL('./onnx-worker.js', import.meta.url), {
      workerData: { port: port2, flag, model, runtimes },
      transferList: [port2],
      // options of the process, such as --input-type, could keep it from starting
      execArgv: [],
      // its notes would otherwise stand among the rows that go to standard output
      stdout: true,
      stderr: true,
    });
    // without it, a thread that dies would end the process
    worker.on('error', () => {});
    worker.unref();
    const reply = this.#wait();
    if ('missing' in reply)
      throw new MillwrightError(
        'RUNTIME_MISSING',
        `This model is ONNX, and neither onnxruntime-node nor onnxruntime-web, which run it, is here (${reply.missing}).`,
        'Install one: npm install onnxruntime-web, or the quicker onnxruntime-node (with ONNXRUNTIME_NODE_INSTALL=skip).',
      );
    if ('failed' in reply) throw unusable(`The runtime does not load it: ${reply.failed}`);
  }

  /** @throws MillwrightError `MODEL_FAILED` */
  run(asked: Asked): Answer {
    if (this.#stuck) throw failed('It did not answer before');
    this.#port.postMessage(asked);
    const reply = this.#wait();
    if ('values' in reply) return reply;
    throw failed('failed' in reply ? reply.failed : 'It gave no answer');
  }

  #wait(): Reply {
    if (Atomics.wait(this.#bell, 0, 0, this.#patience) === 'timed-out') {
      this.#stuck = true;
      // a thread inside native code cannot be ended, and would keep the process for ever
      process.once('exit', () => process.kill(process.pid, 'SIGKILL'));
      throw failed(`It did not answer in ${this.#patience / 1000} s`);
    }
    Atomics.store(this.#bell, 0, 0);
    return (receiveMessageOnPort(this.#port) as { message: Reply }).message;
  }
}

function failed(what: string): MillwrightError {
  return new MillwrightError('MODEL_FAILED', `The ONNX model failed. ${what}.`, 'Look at the model where it was made, or at the rows.');
}
