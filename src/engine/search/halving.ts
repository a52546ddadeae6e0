import type { Parameters } from '../learn/learner.js';
import type { Searcher } from './searcher.js';

/** A point to be tried with a share of the resource (rows, rounds), 0–1. */
export interface Job {
  readonly parameters: Parameters;
  readonly share: number;
  /** Which point it is: the same again with a larger share keeps its number. */
  readonly trial: number;
}

/** As a `Searcher`, with shares: many points get little, the best of them more. */
export interface Scheduler {
  /** The next job; `wait` while nothing can be begun before a job that was handed out is told; `undefined` at the end. */
  ask(): Job | 'wait' | undefined;
  /** @param loss smaller is better; NaN or infinite: it failed */
  tell(job: Job, loss: number): void;
}

export interface HalvingOptions {
  /** Of so many points one goes on, with so many times the share. Default 3. */
  readonly eta?: number;
  /** The least share that a point is tried with. Default 1/9. */
  readonly least?: number;
}

/** Steps from the least share up to the whole. */
function stepsFrom(least: number, eta: number): number {
  let steps = 0;
  for (let share = 1; share / eta >= least * (1 - 1e-9); share /= eta) steps++;
  return steps;
}

function power(base: number, exponent: number): number {
  let result = 1;
  for (let i = 0; i < exponent; i++) result *= base;
  return result;
}

const finite = (loss: number): number => (Number.isFinite(loss) ? loss : Number.POSITIVE_INFINITY);

/**
 * One bracket of successive halving (Jamieson & Talwalkar 2016): `points` points with the share eta^−steps, the best 1/eta of them with eta times
 * as much, and so on until the share is 1. A rung begins when the one before has ended.
 * @param firstTrial number of the first point
 */
export function successiveHalving(
  searcher: Searcher,
  points: number,
  steps: number,
  options: { eta?: number; firstTrial?: number } = {},
): Scheduler {
  const { eta = 3, firstTrial = 0 } = options;
  let rung = 0;
  let waiting: Job[] = [];
  let asked = 0;
  let out = 0;
  let ended: { job: Job; loss: number }[] = [];
  const share = (): number => 1 / power(eta, steps - rung);
  const climb = (): boolean => {
    if (rung === steps || ended.length === 0) return false;
    const kept = Math.max(1, Math.floor(ended.length / eta));
    const best = ended.sort((a, b) => (a.loss < b.loss ? -1 : a.loss > b.loss ? 1 : a.job.trial - b.job.trial)).slice(0, kept);
    rung++;
    waiting = best.map(({ job }) => ({ ...job, share: share() }));
    ended = [];
    return true;
  };
  return {
    ask() {
      for (;;) {
        if (rung === 0 && asked < points) {
          const parameters = searcher.ask();
          if (parameters) {
            out++;
            return { parameters, share: share(), trial: firstTrial + asked++ };
          }
          points = asked;
        }
        const job = waiting.shift();
        if (job) {
          out++;
          return job;
        }
        if (out > 0) return 'wait';
        if (!climb()) return undefined;
      }
    },
    tell(job, loss) {
      out--;
      ended.push({ job, loss: finite(loss) });
      searcher.tell(job.parameters, loss, job.share);
    },
  };
}

/**
 * Successive halving again and again, each time from eta^steps points with the least share down to one with the whole.
 * @example const s = repeatedHalving(randomSearch(space, rng), { eta: 3, least: 1 / 9 });
 */
export function repeatedHalving(searcher: Searcher, options: HalvingOptions = {}): Scheduler {
  const { eta = 3, least = 1 / 9 } = options;
  const steps = stepsFrom(least, eta);
  return brackets(searcher, eta, () => ({ points: power(eta, steps), steps }));
}

/**
 * Hyperband (Li et al. 2018): brackets of successive halving from many points with the least share to few with the whole, again and again, so
 * that nothing hangs on how telling small shares are. With a Bayesian searcher this is BOHB (Falkner et al. 2018).
 * @example const s = hyperband(randomSearch(space, rng), { eta: 3, least: 1 / 9 });
 */
export function hyperband(searcher: Searcher, options: HalvingOptions = {}): Scheduler {
  const { eta = 3, least = 1 / 9 } = options;
  const most = stepsFrom(least, eta);
  let next = most;
  return brackets(searcher, eta, () => {
    const steps = next;
    next = steps === 0 ? most : steps - 1;
    return { points: Math.ceil(((most + 1) / (steps + 1)) * power(eta, steps)), steps };
  });
}

/** One bracket of successive halving after another; the end when a whole bracket finds no point. */
function brackets(searcher: Searcher, eta: number, shape: () => { points: number; steps: number }): Scheduler {
  let trials = 0;
  const open = (): Scheduler => {
    const { points, steps } = shape();
    const made = successiveHalving(searcher, points, steps, { eta, firstTrial: trials });
    trials += points;
    return made;
  };
  let current = open();
  return {
    ask() {
      // a searcher that has no point left gives empty brackets
      for (let empty = 0; empty < 32; empty++) {
        const job = current.ask();
        if (job !== undefined) return job;
        current = open();
      }
      return undefined;
    },
    tell(job, loss) {
      current.tell(job, loss);
    },
  };
}

/**
 * Asynchronous successive halving (Li et al. 2020): a point goes on as soon as it is among the best 1/eta of those that ended its rung; otherwise a
 * new one begins. Nothing ever waits, so it suits many workers.
 */
export function asynchronousHalving(searcher: Searcher, options: HalvingOptions = {}): Scheduler {
  const { eta = 3, least = 1 / 9 } = options;
  const steps = stepsFrom(least, eta);
  const rungs = Array.from({ length: steps + 1 }, () => ({ ended: [] as { job: Job; loss: number }[], promoted: new Set<number>() }));
  let trials = 0;
  return {
    ask() {
      for (let r = steps - 1; r >= 0; r--) {
        const { ended, promoted } = rungs[r] as (typeof rungs)[number];
        const best = [...ended]
          .sort((a, b) => (a.loss < b.loss ? -1 : a.loss > b.loss ? 1 : a.job.trial - b.job.trial))
          .slice(0, Math.floor(ended.length / eta));
        const next = best.find(({ job }) => !promoted.has(job.trial));
        if (!next) continue;
        promoted.add(next.job.trial);
        return { ...next.job, share: 1 / power(eta, steps - r - 1) };
      }
      const parameters = searcher.ask();
      return parameters && { parameters, share: 1 / power(eta, steps), trial: trials++ };
    },
    tell(job, loss) {
      let rung = steps;
      for (let share = 1; rung > 0 && share > job.share * (1 + 1e-9); share /= eta) rung--;
      rungs[rung]?.ended.push({ job, loss: finite(loss) });
      searcher.tell(job.parameters, loss, job.share);
    },
  };
}
