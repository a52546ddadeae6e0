import * as z from 'zod';
import { MillwrightError } from '../../../core/errors.js';
import type { ChosenWindow } from '../../../engine/automl/choose-window.js';
import type { PairedDifference } from '../../../engine/evaluate/paired-bootstrap.js';
import type { Json } from '../../store/records.js';

/** Kind of the jobs that train a model anew. */
export const RETRAIN = 'retrain';
/** Tag of a version that names the job which made it. */
export const JOB_TAG = 'millwright.job';

const input = z.object({
  model: z.string(),
  /** In words: what a person is told. */
  reason: z.string().max(2000),
  trigger: z.enum(['hand', 'schedule', 'labels', 'performance', 'drift']).default('hand'),
  /** Files or a database to train on, instead of the champion's source and the labelled rows of the store. */
  data: z.array(z.string()).default([]),
  sql: z.string().optional(),
  /** Where relative paths begin. */
  folder: z.string().optional(),
  /** Milliseconds of a full search. */
  budget: z.number().positive().optional(),
  seed: z.number().int().min(0).max(0xffffffff).optional(),
});

/** What is asked of a retraining. Any program that puts this on the queue is a trigger. */
export type RetrainInput = z.infer<typeof input>;

/** @throws MillwrightError `OPTION_INVALID` */
export function parseRetrain(value: Json): RetrainInput {
  const parsed = input.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new MillwrightError('OPTION_INVALID', `The job cannot be done: ${issue?.path.join('.')}: ${issue?.message}.`);
}

/** Rows as they were gathered, kept among the store's files. */
export interface Gathered {
  /** SHA-256 of the CSV with the rows to train on, in the order of time, and of those to compare on. */
  pool: string;
  test: string;
  poolRows: number;
  testRows: number;
  /** Rows of the pool that the champion has not learned from. */
  fresh: number;
  /** Rows of all that came from feedback. */
  fromFeedback: number;
  /** What the champion's successor will have learned from: feedback that was told before this. */
  until: string;
  /** Rows of the champion's source, where it could be read: its successor will have learned from them. */
  source?: number;
  champion: number;
  notes: string[];
}

/** Challenger (the first) against a champion. */
export type Difference = PairedDifference & {
  metric: string;
  champion: number;
  /** Of classes: by what share Brier's loss is larger than the champion's on the same rows. */
  excess?: number;
  /** The upper end of its 90 % interval: below 0 the probabilities are surely nearer to what happened. */
  excessHigh?: number;
};

/** How far a retraining is. Each step is kept before the next begins. */
export interface RetrainProgress {
  gathered?: Gathered;
  chosen?: ChosenWindow;
  /** Name of the run's folder, which is its id in the store. */
  run?: string;
  difference?: Difference;
  version?: number;
  request?: string;
}

/** What came of it. */
export interface RetrainResult extends RetrainProgress {
  outcome: 'too-few-labels' | 'no-gain' | 'refused' | 'requested' | 'promoted';
  /** In words. */
  why: string;
}
