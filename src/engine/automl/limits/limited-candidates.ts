import type { Plan } from '../plan.js';
import type { Limits } from './limits.js';

type Candidate = Plan['candidates'][number];

/** Learners whose models a person can read, and what else of them is worth a try when there is no other. */
const readable: ReadonlySet<string> = new Set(['baseline', 'linear', 'additive']);
const readableToo: readonly Candidate[] = [
  { learner: 'additive', parameters: {} },
  { learner: 'additive', parameters: { interactions: 0 } },
  { learner: 'additive', parameters: { leaves: 4, interactions: 2, learningRate: 0.06 } },
];
/** Nanoseconds and bytes of a tree, by its leaves, roughly. */
const shapes = [
  { leaves: 16, nanoseconds: 25, bytes: 370 },
  { leaves: 6, nanoseconds: 16, bytes: 130 },
];
/** Part of what is allowed that trees may take. */
const share = 0.7;
/** From so many rounds on the usual trees are small enough. */
const plenty = 500;

/**
 * Candidates for a small or readable model: what is readable when that is asked; few and strong trees, learnt faster, when the limits leave room for few.
 * @param candidates proposed without limits; the first of boosted trees lends its loss
 */
export function limitedCandidates(candidates: readonly Candidate[], { latency, size, interpretable }: Limits, scores: number): Candidate[] {
  if (interpretable) {
    // boosted trees show what it costs to be readable
    const trees = candidates.filter((c) => c.learner === 'boosted-trees').slice(0, 1);
    const [baseline, ...kept] = candidates.filter((c) => readable.has(c.learner));
    return [...(baseline ? [baseline] : []), ...kept.slice(0, 1), ...trees, ...readableToo, ...kept.slice(1)];
  }
  const first = candidates.findIndex((c) => c.learner === 'boosted-trees');
  const usual = candidates[first];
  if (!usual) return [...candidates];
  const small: Candidate[] = [];
  for (const { leaves, nanoseconds, bytes } of shapes) {
    const inTime = latency === null ? Number.POSITIVE_INFINITY : (share * latency * 1000) / nanoseconds;
    const inRoom = size === null ? Number.POSITIVE_INFINITY : (share * size) / (bytes * Math.max(1, 0.8 * scores));
    const rounds = Math.max(10, Math.floor(Math.min(inTime, inRoom)));
    if (rounds >= plenty) continue;
    const learningRate = Math.min(0.3, Math.max(0.05, Math.round((15 / rounds) * 100) / 100));
    small.push({ learner: 'boosted-trees', parameters: { ...usual.parameters, leaves, rounds, learningRate } });
  }
  return [...candidates.slice(0, first + 1), ...small, ...candidates.slice(first + 1)];
}
