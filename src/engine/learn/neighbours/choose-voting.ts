import { log } from '../../../core/math.js';
import type { NearestRows } from '../../../model/nearest-rows.js';
import { answerOf, type NeighbourAnswers, type Voting } from '../../../model/neighbours.js';

/** Neighbours that are tried. */
const COUNTS = [1, 2, 3, 4, 6, 8, 11, 15, 20, 28, 40, 55, 75, 100, 150, 220];
/** Beyond the first counts, neighbours are this share of the rows at most. */
const MOST_SHARE = 0.1;
const VOTINGS: readonly Voting[] = ['uniform', 'distance'];

/** Rows with known answers, to be predicted. */
export interface Questions {
  readonly count: number;
  /** Writes the coordinates of a question, and returns the row of the search that is the question itself, or −1. */
  readonly ask: (i: number, query: Float32Array) => number;
  readonly target: (i: number) => number;
  readonly weight: (i: number) => number;
}

export interface ChosenVoting {
  readonly k: number;
  readonly voting: Voting;
  /** Mean log loss, or mean squared error. */
  readonly loss: number;
  /** False when `proceed` ended it. */
  readonly whole: boolean;
}

/**
 * The number of neighbours and the voting with the least loss; one search serves them all.
 * @param proceed asked before every 16th question; false ends with the questions so far
 * @returns undefined when no question was answered
 */
export async function chooseVoting(
  nearest: NearestRows,
  answers: NeighbourAnswers,
  smoothing: number,
  questions: Questions,
  proceed: () => Promise<boolean>,
): Promise<ChosenVoting | undefined> {
  const counts = COUNTS.filter((k) => k <= Math.max(1, nearest.count - 1) && (k <= 40 || k <= MOST_SHARE * nearest.count));
  const loss = new Float64Array(counts.length * VOTINGS.length);
  const query = new Float32Array(nearest.width);
  const outputs = answers.prior.length;
  const out = new Float64Array(Math.max(1, outputs));
  let weight = 0;
  let whole = true;
  for (let i = 0; i < questions.count; i++) {
    if (i % 16 === 0 && !(await proceed())) {
      whole = false;
      break;
    }
    const own = questions.ask(i, query);
    const held = nearest.find(query, counts[counts.length - 1] as number, own);
    if (held === 0) continue;
    const w = questions.weight(i);
    const y = questions.target(i);
    weight += w;
    for (let c = 0; c < counts.length; c++)
      for (let v = 0; v < VOTINGS.length; v++) {
        answerOf(nearest, held, answers, { k: counts[c] as number, voting: VOTINGS[v] as Voting, smoothing }, out, 0);
        const at = c * VOTINGS.length + v;
        const off = outputs > 0 ? -log(Math.max(1e-15, out[y] as number)) : ((out[0] as number) - y) * ((out[0] as number) - y);
        loss[at] = (loss[at] as number) + w * off;
      }
  }
  if (!(weight > 0)) return undefined;
  let best = 0;
  for (let at = 1; at < loss.length; at++) if ((loss[at] as number) < (loss[best] as number)) best = at;
  return {
    k: counts[Math.floor(best / VOTINGS.length)] as number,
    voting: VOTINGS[best % VOTINGS.length] as Voting,
    loss: (loss[best] as number) / weight,
    whole,
  };
}
