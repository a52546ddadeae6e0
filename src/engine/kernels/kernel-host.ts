import { MillwrightError } from '../../core/errors.js';
import { fromBase64 } from '../../model/from-base64.js';
import { dismiss, together } from './barrier.js';
import { KERNELS, KERNELS_SHARED } from './module.js';
import type { ThreadTeam } from './threads.js';

/** Jobs of kernels/index.ts. */
export const Job = {
  quit: 0,
  sumRows: 1,
  gradient: 2,
  quantise: 3,
  loss: 4,
  partition: 5,
  addLeaves: 6,
  addTree: 7,
  search: 8,
  binColumns: 9,
  fitLeaves: 10,
  addLinear: 11,
  project: 12,
  sumClasses: 13,
  addVectors: 14,
  searchLevel: 15,
  growForest: 16,
} as const;

/** Bytes of scratch a thread, as in kernels/index.ts. */
export const THREAD_SCRATCH = 512 * 72;

interface KernelExports {
  work(control: number, thread: number): void;
  best(candidates: number, columns: number): number;
  total(gh: number, rows: number, count: number, out: number): void;
}

const PAGE = 65536;
const CONTROL_BYTES = 4096;
/** Words of the control block, as in kernels/control.ts. */
const NEXT = 2;
const JOB = 3;
const PARAMETERS = 64;
const NUMBERS = 192;
const TOTALS = 320;
/** Where the kernels' own data end. */
const HEAP_BASE = 1024;
const SHARED_PAGES = 65536;

/**
 * The kernels with their memory: a stack of blocks that a fit takes and gives back. With a team of threads the memory is shared with them.
 * @example const host = await KernelHost.create(); const block = host.allocate(1024); host.release(block);
 */
export class KernelHost {
  readonly #memory: WebAssembly.Memory;
  readonly #exports: KernelExports;
  readonly #control: number;
  readonly threads: number;
  #top: number;
  #ints: Int32Array;
  #numbers: Float64Array;
  #team: ThreadTeam | undefined;

  private constructor(memory: WebAssembly.Memory, exports: KernelExports, team: ThreadTeam | undefined) {
    this.#memory = memory;
    this.#exports = exports;
    this.#team = team;
    this.threads = team ? team.count : 1;
    this.#control = HEAP_BASE;
    this.#top = HEAP_BASE + CONTROL_BYTES;
    this.#ints = new Int32Array(memory.buffer);
    this.#numbers = new Float64Array(memory.buffer);
  }

  /** @param team threads to share the work with; absent: the calling thread alone, in memory that needs no cross-origin isolation */
  static async create(team?: ThreadTeam): Promise<KernelHost> {
    const shared = team !== undefined && team.count > 1;
    const memory = shared
      ? new WebAssembly.Memory({ initial: 16, maximum: SHARED_PAGES, shared: true })
      : new WebAssembly.Memory({ initial: 16 });
    const module = new WebAssembly.Module(fromBase64(shared ? KERNELS_SHARED : KERNELS));
    const instance = new WebAssembly.Instance(module, { env: { memory } });
    const host = new KernelHost(memory, instance.exports as unknown as KernelExports, shared ? team : undefined);
    try {
      if (shared) await team.attach(module, memory, HEAP_BASE);
    } catch (error) {
      await team?.close();
      throw error;
    }
    return host;
  }

  /** Bytes in use. */
  get used(): number {
    return this.#top;
  }

  /**
   * A zeroless block aligned to 64 bytes; released in the reverse order of allocation.
   * @throws MillwrightError `DATA_TOO_LARGE` beyond 4 GiB, or when the system has no more memory
   */
  allocate(bytes: number): number {
    const at = Math.ceil(this.#top / 64) * 64;
    const end = at + bytes;
    const have = this.#memory.buffer.byteLength;
    if (end > have) {
      const pages = Math.ceil((end - have) / PAGE);
      if (end > SHARED_PAGES * PAGE)
        throw new MillwrightError(
          'DATA_TOO_LARGE',
          `Training needs ${Math.round(end / 2 ** 20)} MiB; the kernels can hold 4096.`,
          'Use fewer rows (--max-rows) or drop columns (--drop).',
        );
      try {
        this.#memory.grow(pages);
      } catch (cause) {
        throw new MillwrightError(
          'DATA_TOO_LARGE',
          `Training needs ${Math.round(end / 2 ** 20)} MiB; the system refuses so much.`,
          'Use fewer rows (--max-rows), drop columns (--drop) or free some memory.',
          { cause },
        );
      }
      this.#ints = new Int32Array(this.#memory.buffer);
      this.#numbers = new Float64Array(this.#memory.buffer);
    }
    this.#top = end;
    return at;
  }

  /** Gives back this block and all that were taken after it. */
  release(block: number): void {
    this.#top = block;
  }

  f64(at: number, length: number): Float64Array {
    return new Float64Array(this.#memory.buffer as ArrayBuffer, at, length);
  }
  f32(at: number, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer as ArrayBuffer, at, length);
  }
  i32(at: number, length: number): Int32Array {
    return new Int32Array(this.#memory.buffer as ArrayBuffer, at, length);
  }
  u32(at: number, length: number): Uint32Array {
    return new Uint32Array(this.#memory.buffer as ArrayBuffer, at, length);
  }
  u8(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer as ArrayBuffer, at, length);
  }

  /** Sets a whole-number parameter of the next job. */
  int(i: number, value: number): void {
    this.#ints[(this.#control + PARAMETERS) / 4 + i] = value;
  }

  /** Sets a number parameter of the next job; they keep their values from job to job. */
  number(i: number, value: number): void {
    this.#numbers[(this.#control + NUMBERS) / 8 + i] = value;
  }

  /** Sets the sums of the small (0) or large (1) child for `Job.search`. */
  sums(i: 0 | 1, gradient: number, hessian: number): void {
    const at = (this.#control + TOTALS) / 4 + i * 2;
    this.#ints[at] = hessian;
    this.#ints[at + 1] = gradient;
  }

  /** Runs a job on all threads, or on the calling one alone when `alone` (small jobs are not worth waking others for). */
  run(job: number, alone = false): void {
    const words = this.#control / 4;
    this.#ints[words + JOB] = job;
    this.#ints[words + NEXT] = 0;
    if (alone || this.threads === 1) this.#exports.work(this.#control, 0);
    else together(this.#ints, words, this.threads - 1, () => this.#exports.work(this.#control, 0));
  }

  get kernels(): Omit<KernelExports, 'work'> {
    return this.#exports;
  }

  /** Stops the threads; the memory goes with the last reference. */
  async close(): Promise<void> {
    if (!this.#team) return;
    this.#ints[this.#control / 4 + JOB] = Job.quit;
    dismiss(this.#ints, this.#control / 4);
    await this.#team.close();
    this.#team = undefined;
  }
}
