import { exp, log } from '../../../core/math.js';
import { atLeastTail, chiSquareTail } from '../../../core/tails.js';
import { latencyQuantile } from './latency-places.js';
import type { Odd, SignalValue } from './signal.js';
import { ANSWER_PLACES, type TrafficCounts } from './traffic-counts.js';

/** What is watched of requests. */
export const SIGNALS = ['requests', 'refused', 'failed', 'typical', 'slow', 'answers'] as const;
export type SignalName = (typeof SIGNALS)[number];

/** Standard deviations that nothing falls below: logarithms, but for shares. */
export const FLOORS: Record<SignalName, number> = {
  requests: 0.05,
  refused: 0.002,
  failed: 0.001,
  typical: 0.05,
  slow: 0.08,
  answers: 0.2,
};
/** Requests of a window that a latency, or a distribution of answers, can be told from. */
const FEWEST = 20;
const FEWEST_SLOW = 60;
const FEWEST_ANSWERS = 40;

/** Share of the usual requests that an expected share is made of: the recent level has a memory of about 19 windows, the sum of 100. */
const REMEMBERED = 0.19;

/** What was before, to compare shares with. */
export interface Usual {
  /** Requests, of late. */
  requests: number;
  answers: Float64Array;
}

/** Makes a window's counts into a value to be judged; undefined where there are too few. @param time of its middle */
export function signalValue(name: SignalName, counts: TrafficCounts, usual: Usual, time: number): SignalValue | undefined {
  const { requests } = counts;
  if (name === 'requests')
    return {
      time,
      value: log(requests + 0.5),
      chance: (expected) => 1 / (exp(expected) + 0.5),
      exact: (expected, up) => poissonTail(requests, exp(expected), up),
    };
  if (name === 'refused' || name === 'failed') {
    if (requests === 0) return undefined;
    const hits = counts[name];
    const least = 1 / (usual.requests + 2);
    const fair = (share: number): number => Math.min(1 - 1e-9, Math.max(least, share));
    return {
      time,
      value: hits / requests,
      chance: (expected) => (fair(expected) * (1 - fair(expected))) / requests,
      rare: true,
      exact: (expected, up) => {
        // as many requests as the expected share comes from
        const before = Math.max(1, Math.round(REMEMBERED * usual.requests));
        return up ? atLeastTail(hits, requests, Math.round(Math.max(0, Math.min(1, expected)) * before), before) : 1;
      },
    };
  }
  if (name === 'answers') return answersValue(counts.answers, usual.answers, time);
  const well = requests - counts.refused - counts.failed;
  const slow = name === 'slow';
  if (well < (slow ? FEWEST_SLOW : FEWEST)) return undefined;
  // of a quantile of something like a log-normal
  return { time, value: log(latencyQuantile(counts.latency, slow ? 0.95 : 0.5)), chance: () => (slow ? 3 : 1) / well };
}

/** How far answers are from the usual ones, as the logarithm of χ² by its degrees of freedom. */
function answersValue(answers: Float64Array, usual: Float64Array, time: number): SignalValue | undefined {
  const rows = answers.reduce((a, b) => a + b, 0);
  const before = usual.reduce((a, b) => a + b, 0);
  if (rows < FEWEST_ANSWERS || before < 2 * FEWEST_ANSWERS) return undefined;
  let square = 0;
  let places = 0;
  for (let k = 0; k < ANSWER_PLACES; k++) {
    const [now, then] = [answers[k] as number, usual[k] as number];
    if (now + then === 0) continue;
    places++;
    const d = now * Math.sqrt(before / rows) - then * Math.sqrt(rows / before);
    square += (d * d) / (now + then);
  }
  const freedom = Math.max(1, places - 1);
  return {
    time,
    value: log(Math.max(0.05, square / freedom)),
    chance: () => 2 / freedom,
    rare: true,
    exact: (_, up) => (up ? chiSquareTail(square, freedom) : 1),
  };
}

/** Share of answers that lie elsewhere than usual. */
export function answersMoved(answers: Float64Array, usual: Float64Array): number {
  const [rows, before] = [answers, usual].map((counts) =>
    Math.max(
      1,
      counts.reduce((a, b) => a + b, 0),
    ),
  ) as [number, number];
  let apart = 0;
  for (let k = 0; k < ANSWER_PLACES; k++) apart += Math.abs((answers[k] as number) / rows - (usual[k] as number) / before) / 2;
  return apart;
}

/** Whether what is odd is worth a person's time. */
export function matters(name: SignalName, value: number, { up, expected }: Odd): boolean {
  const change = value - expected;
  switch (name) {
    case 'requests':
      return Math.abs(change) >= LOG_HALF_MORE;
    case 'refused':
      return up && change >= 0.02 && value >= 1.5 * expected;
    case 'failed':
      return up && change >= 0.01 && value >= 1.5 * expected;
    case 'answers':
      return up;
    default:
      return up && change >= LOG_HALF_MORE;
  }
}

/** Half as many again. */
const LOG_HALF_MORE = log(1.5);

/** Probability of a Poisson count as far out. */
export function poissonTail(count: number, mean: number, up: boolean): number {
  if (!up) return chiSquareTail(2 * mean, 2 * (count + 1));
  return count === 0 ? 1 : Math.max(0, 1 - chiSquareTail(2 * mean, 2 * count));
}
