import type { Schema, Task } from '../../core/schema.js';
import type { Bundle } from '../../model/bundle.js';
import type { Limits } from './limits/limits.js';
import type { Plan } from './plan.js';

/** A value with a 90 % interval. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
}

export interface LeaderboardRow {
  rank: number;
  id: string;
  learner: string;
  title: string;
  /** The plan's metric on out-of-fold (or validation) predictions. */
  validation: number;
  /** The plan's metric on the holdout; only the chosen model and the baseline are scored there. */
  holdout?: number;
  /** Share in the ensemble; absent for what is no part of it. */
  weight?: number;
  fitSeconds: number;
  rounds?: number;
  chosen: boolean;
  /** True when the deadline cut its training short. */
  cut: boolean;
}

/** Something that a person should know. */
export interface Finding {
  level: 'info' | 'repair' | 'warning' | 'danger';
  /** Short and stable, e.g. `leak-suspect`, `missing-values`. */
  code: string;
  column?: string;
  /** One or two plain sentences. */
  message: string;
}

/** Histogram of a column for the report. */
export interface ColumnProfile {
  name: string;
  bins?: { from: number; to: number; count: number }[];
  levels?: { level: string; count: number }[];
  /** Share missing in each of up to 50 equal slices of the rows, in file order. */
  missingBySlice: number[];
}

export interface Importance {
  column: string;
  /** Drop of the metric (in "higher is better" units) when the column is shuffled on the holdout. */
  drop: Estimate;
}

/** Mean prediction as one raw column takes other values, all else as it is. */
export interface Dependence {
  column: string;
  /** For numbers and dates (ms). */
  points?: { x: number; y: number[] }[];
  levels?: { level: string; y: number[] }[];
}

/** One row scored with knowledge of its answer. */
export interface ScoredRows {
  /** Index of each row in the data as read. */
  rows: Uint32Array;
  /** Class index or number. */
  actual: Float64Array;
  /** Row-major rows × outputs. */
  predicted: Float64Array;
}

/** A final model that could be had, fitted once; its cost is foreseen from counts. */
export interface TradeoffPoint {
  title: string;
  members: { id: string; weight: number }[];
  /** The plan's metric out of fold. */
  score: number;
  /** Microseconds a row. */
  latency: number;
  /** Bytes of the file. */
  size: number;
  /** Whether it keeps to the limits. */
  within: boolean;
  /** What was chosen, or what would be without limits when that is another. */
  role?: 'chosen' | 'unlimited';
}

/** Score against cost. */
export interface Tradeoff {
  limits: Limits;
  points: TradeoffPoint[];
  /** Nothing keeps to the limits. */
  missed: boolean;
}

/** Everything that a run found; the artefacts and the report are written from it. */
export interface RunResult {
  bundle: Bundle;
  plan: Plan;
  schema: Schema;
  task: Task;
  rows: { total: number; train: number; holdout: number };
  metric: string;
  /** Metric → estimate on the holdout. */
  holdoutMetrics: Record<string, Estimate>;
  baselineMetrics: Record<string, number>;
  leaderboard: LeaderboardRow[];
  holdout: ScoredRows;
  outOfFold: ScoredRows;
  /** Probability from which a row is called positive (binary only). */
  threshold?: number;
  importance: Importance[];
  dependence: Dependence[];
  profiles: ColumnProfile[];
  findings: Finding[];
  tradeoff: Tradeoff;
  /** True when interrupted or cut by the deadline. */
  cut: boolean;
  interrupted: boolean;
  seconds: number;
}

/** Progress of a run, for bars and logs. */
export interface RunProgress {
  step: 'read' | 'profile' | 'plan' | 'split' | 'train' | 'ensemble' | 'evaluate' | 'explain' | 'refit' | 'report' | 'save' | 'done';
  message: string;
  /** Share of the whole run, 0–1. */
  done: number;
  /** Best validation score so far, in the metric's own sign. */
  best?: number;
  metric?: string;
  secondsLeft?: number;
}
