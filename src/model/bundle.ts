import type { Schema, Task } from '../core/schema.js';
import type { Model } from './model.js';
import type { StepData } from './step.js';

/** What a bundle came from; no times and no paths, so that equal work gives equal bytes. */
export interface Lineage {
  millwright: string;
  /** SHA-256 of the data as read. */
  dataHash: string;
  rows: number;
  seed: number;
  /** The plan as run, with its work counts. */
  plan: unknown;
}

/** A row an actual class, a column a called one. */
export type CostMatrix = readonly (readonly number[])[];

/** A model with all that is needed to score raw rows: the content of a `.mill` file. */
export interface Bundle {
  schema: Schema;
  task: Task;
  /** Fitted steps, raw table → prepared table. */
  recipe: StepData[];
  model: Model;
  metrics: Record<string, unknown>;
  /** Probability from which a row is called positive (binary only). */
  threshold?: number;
  /** What calls cost, by actual and called class; decides between more than two. */
  costs?: CostMatrix;
  lineage: Lineage;
  /** Sketch of the training rows, for watching; plain data that `src/engine/monitor` makes and checks. */
  reference?: unknown;
}
