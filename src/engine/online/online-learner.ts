/** A row as online learners see it. */
export interface OnlineRow {
  /** By feature: a number, or the code of a category; NaN is missing. */
  readonly x: Float64Array;
  /** By feature: numbers less their mean so far, over their standard deviation so far; 0 for missing ones and categories. */
  readonly z: Float64Array;
}

/** How a feature is held in `OnlineRow.x`. `part`: a number with few values (an hour, a month), which linear models take as a category. */
export type FeatureKind = 'number' | 'part' | 'category';

/** Learns from rows one after the other, in bounded memory. The same rows and seed give the same state. */
export interface OnlineLearner {
  /** Writes a probability for each class known so far (all 0 before anything was learned), or the one number, to `out`. */
  predict(row: OnlineRow, out: Float64Array): void;
  /** @param y the index of the class, or the number */
  learn(row: OnlineRow, y: number): void;
  /** Plain data from which its `load` makes the learner again, to the bit. */
  save(): object;
  /** What there is to say about its shape: nodes, drifts. */
  facts(): Record<string, number>;
}
