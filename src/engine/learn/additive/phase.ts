import type { Deadline } from '../../../core/clock.js';
import type { CyclicBooster, Effects } from './booster.js';

export interface PhaseOptions {
  /** Rounds at most; exactly so many when `exact`. */
  readonly rounds: number;
  readonly patience: number;
  /** Repeat recorded work: neither the clock nor a loss has a say. */
  readonly exact: boolean;
  readonly deadline: Deadline;
  readonly onRound?: (done: number, loss?: number) => void;
}

export interface PhaseResult {
  readonly effects: Effects;
  readonly rounds: number;
  readonly cut: boolean;
}

/** Boosts round by round until the held rows stop improving; gives the effects after the best whole round. */
export async function boostPhase(
  booster: CyclicBooster,
  { rounds, patience, exact, deadline, onRound }: PhaseOptions,
): Promise<PhaseResult> {
  const kept = booster.effects.map((bag) => bag.map((effect) => effect.slice()));
  const keep = (round: number): void => {
    kept.forEach((bag, b) => {
      for (const [t, effect] of bag.entries()) effect.set(booster.effects[b]?.[t] as Float64Array);
    });
    keptRounds = round;
  };
  let best = exact ? undefined : booster.heldLoss();
  let keptRounds = 0;
  for (let round = 1; round <= rounds; round++) {
    const steps = booster.round();
    while (!steps.next().done) {
      await deadline.breathe();
      if (!exact && deadline.expired()) return { effects: kept, rounds: keptRounds, cut: true };
    }
    const loss = exact ? undefined : booster.heldLoss();
    onRound?.(round / rounds, loss);
    if (loss === undefined || best === undefined) {
      if (round < rounds && exact) continue;
      keep(round);
    } else if (loss < best) {
      best = loss;
      keep(round);
    } else if (round - keptRounds >= patience) break;
  }
  return { effects: kept, rounds: keptRounds, cut: false };
}
