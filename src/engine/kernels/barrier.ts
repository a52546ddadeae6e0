import { MillwrightError } from '../../core/errors.js';

/**
 * The barrier of the thread team, in JavaScript: waiting inside WebAssembly repeats jobs on some engines (seen on V8 11.3: a local is lost over
 * `memory.atomic.wait32`). Words of the control block: 0 the number of the present job, 1 helpers that are through with it, 3 the job (0: quit),
 * 4 not 0 once a helper died.
 */
const EPOCH = 0;
const DONE = 1;
const JOB = 3;
const DEAD = 4;

/** Looks this often before sleeping: jobs follow each other within microseconds. */
const SPINS = 4000;
const SLEEP_MS = 50;
/** Sleeps on end without news of any helper after which one must be dead: a minute, for work that takes milliseconds. */
const PATIENCE = 1200;

/**
 * Wakes the helpers, does the caller's share and returns when all are through. Where the caller may not sleep (a page's main thread) it spins.
 * @param patience sleeps without progress before the helpers are given up
 * @throws MillwrightError `INTERNAL` when a helper died
 */
export function together(ints: Int32Array, words: number, helpers: number, share: () => void, patience = PATIENCE): void {
  if (Atomics.load(ints, words + DEAD) !== 0) throw dead();
  Atomics.store(ints, words + DONE, 0);
  Atomics.add(ints, words + EPOCH, 1);
  Atomics.notify(ints, words + EPOCH);
  share();
  let spins = 0;
  let sleeps = 0;
  let before = 0;
  for (let done = Atomics.load(ints, words + DONE); done < helpers; done = Atomics.load(ints, words + DONE)) {
    if (++spins <= SPINS || !maySleep) {
      if (spins % SPINS === 0 && Atomics.load(ints, words + DEAD) !== 0) throw dead();
      continue;
    }
    sleeps = done === before ? sleeps + 1 : 0;
    before = done;
    if (sleeps > patience || Atomics.load(ints, words + DEAD) !== 0) {
      reportDeath(ints, words);
      throw dead();
    }
    sleep(ints, words + DONE, done);
  }
}

/** Says that a helper died, so that no one waits for it any more. */
export function reportDeath(ints: Int32Array, words = 0): void {
  Atomics.store(ints, words + DEAD, 1);
  Atomics.notify(ints, words + DONE);
}

function dead(): MillwrightError {
  return new MillwrightError('INTERNAL', 'A thread that helps with training stopped.', 'Run again, with --threads 1 if it happens again.');
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
  const ints = new Int32Array((memory as WebAssembly.Memory).buffer, control, 16);
  try {
    const instance = new WebAssembly.Instance(module as WebAssembly.Module, { env: { memory } });
    const work = instance.exports.work as (control: number, thread: number) => void;
    for (let seen = 0; ; ) {
      let spins = 0;
      while (Atomics.load(ints, EPOCH) === seen) if (++spins > SPINS) Atomics.wait(ints, EPOCH, seen);
      seen = Atomics.load(ints, EPOCH);
      if (Atomics.load(ints, JOB) === 0) return;
      work(control, thread);
      Atomics.add(ints, DONE, 1);
      Atomics.notify(ints, DONE);
    }
  } catch (error) {
    reportDeath(ints);
    throw error;
  }
}
