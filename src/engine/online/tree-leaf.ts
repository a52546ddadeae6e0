import type { FeatureKind } from './online-learner.js';
import type { Split } from './split.js';

/** What all leaves of a tree share. */
export interface TreeContext {
  readonly kinds: readonly FeatureKind[];
  /** Probability that a split is not the best one. */
  readonly delta: number;
  /** Below this bound the better of near equals is taken. */
  readonly tau: number;
}

/** The split that a leaf is sure enough of. */
export type Verdict = Split<unknown> | undefined;

/** What a Hoeffding tree needs of its leaves; `y` is a class or a number. */
export interface Leaf {
  /** Rows seen, by weight; what a split let it inherit counts. */
  readonly weight: number;
  /** `weight` at the last look for a split. */
  lookedAt: number;
  /** Numbers held at the last look. */
  readonly size: number;
  learn(x: Float64Array, z: Float64Array, y: number, weight: number): void;
  predict(x: Float64Array, z: Float64Array, out: Float64Array): void;
  look(): Verdict;
  /** A leaf below this one. @param stats a side of the split */
  child(features: readonly number[], stats: unknown): Leaf;
  save(): object;
}
