import type { ArtefactRef, Scored } from './records.js';

/** One rule of the policy, and whether a version keeps it. */
export interface GateResult {
  rule: string;
  passed: boolean;
  detail: string;
}

/** A score of the candidate beside the champion's. */
export interface Comparison {
  metric: string;
  higherIsBetter: boolean;
  candidate?: Scored;
  champion?: Scored;
}

/** What a person needs in order to decide. */
export interface Evidence {
  report?: ArtefactRef;
  champion?: number;
  /** Whether both scores come from the same data. */
  sameData: boolean;
  comparisons: readonly Comparison[];
  gates: readonly GateResult[];
  /** SHA-256 of the policy that was held against it. */
  policy: string;
  /** Of a retrained version: both models on the same rows, which neither has learned from. */
  paired?: Paired;
  /** The case for it in plain words. */
  case?: { markdown: ArtefactRef; html: ArtefactRef };
}

/** How much better a version is than the champion on the same rows. */
export interface Paired {
  metric: string;
  champion: number;
  rows: number;
  challenger: number;
  former: number;
  /** Above 0 is better, whatever the metric's sign; 90 % interval. */
  gain: number;
  low: number;
  high: number;
  /** Of classes: by what share Brier's loss is larger than the champion's, and the upper end of its 90 % interval. */
  excess?: number;
  excessHigh?: number;
}
