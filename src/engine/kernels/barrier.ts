/**
 * The barrier of the thread team, in JavaScript: waiting inside WebAssembly repeats jobs on some engines (seen on V8 11.3: a local is lost over
 * `memory.atomic.wait32`). Words of the control block: 0 the number of the present job, 1 helpers that are through with it, 3 the job (0: quit).
 */
const EPOCH = 0;
const DONE = 1;
const JOB = 3;

/** Looks this often before sleeping: jobs follow each other within microseconds. */
const SPINS = 4000;
const SLEEP_MS = 50;

/** Wakes the helpers, does the caller's share and returns when all are through. Where the caller may not sleep (a page's main thread) it spins. */
export function together(ints: Int32Array, words: number, helpers: number, share: () => void): void {
  Atomics.store(ints, words + DONE, 0);
  Atomics.add(ints, words + EPOCH, 1);
  Atomics.notify(ints, words + EPOCH);
  share();
  let spins = 0;
  for (let done = Atomics.load(ints, words + DONE); done < helpers; done = Atomics.load(ints, words + DONE))
    if (++spins > SPINS && maySleep) sleep(ints, words + DONE, done);
}

/** False once this thread was refused to sleep. */
let maySleep = true;

function sleep(ints: Int32Array, word: number, value: number): void {
  try {
    Atomics.wait(ints, word, value, SLEEP_MS);
  } catch {
    maySleep = false;
  }
}

/** Wakes the helpers for good. */
export function dismiss(ints: Int32Array, words: number): void {
  Atomics.add(ints, words + EPOCH, 1);
  Atomics.notify(ints, words + EPOCH);
}

/**
 * What a helping thread runs until it is dismissed.
 * @param module and memory as given to `ThreadTeam.attach`
 * @param thread 1…count − 1
 */
export function serveKernels(module: object, memory: object, control: number, thread: number): void {
  const instance = new WebAssembly.Instance(module as WebAssembly.Module, { env: { memory } });
  const work = instance.exports.work as (control: number, thread: number) => void;
  const ints = new Int32Array((memory as WebAssembly.Memory).buffer, control, 16);
  for (let seen = 0; ; ) {
    let spins = 0;
    while (Atomics.load(ints, EPOCH) === seen) if (++spins > SPINS) Atomics.wait(ints, EPOCH, seen);
    seen = Atomics.load(ints, EPOCH);
    if (Atomics.load(ints, JOB) === 0) return;
    work(control, thread);
    Atomics.add(ints, DONE, 1);
    Atomics.notify(ints, DONE);
  }
}
