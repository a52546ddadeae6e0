import type { Rng } from '../../../core/rng.js';
import type { KernelHost } from '../../kernels/kernel-host.js';
import type { FitContext, Sample } from '../learner.js';
import type { BinMapper } from './bin-mapper.js';
import type { BinnedRows } from './binned-rows.js';
import { Booster, type ValuedTree } from './booster.js';
import { limitsOf } from './constraints.js';
import type { Objective } from './objective.js';
import type { TreesParameters } from './parameters.js';
import { RecalibratedLoss } from './recalibrated-loss.js';

/** Rounds on end without a split after which there is nothing left to learn from samples of rows and columns. */
const IDLE_ROUNDS = 50;

/** Rows from which on trees are leafwise: below, symmetric ones won eleven times of thirteen, by 1.5 % of the loss on average. */
const SYMMETRIC_ROWS = 4000;

export interface BinnedSample extends Sample {
  readonly binned: BinnedRows;
}

/** What all kinds of trees share. */
export interface BoostTask {
  readonly host: KernelHost;
  readonly objective: Objective;
  readonly mappers: readonly BinMapper[];
  readonly train: BinnedSample;
  readonly validation: BinnedSample | undefined;
}

export interface Boosted {
  readonly trees: readonly ValuedTree[];
  readonly rounds: number;
  /** The least loss on validation rows, where there are some. */
  readonly loss?: number;
  readonly cut: boolean;
}

/** Whether trees of these parameters are symmetric: asked for, or on few rows where the shape is left open. */
export function isSymmetric(parameters: TreesParameters, { train, objective }: BoostTask): boolean {
  if (limitsOf(parameters, objective, train.table.columns)) return false;
  if (parameters.shape !== 'auto') return parameters.shape === 'symmetric';
  return train.table.rows < SYMMETRIC_ROWS && objective.outputs === 1;
}

/**
 * Adds trees round by round, until the validation rows gain no more from them.
 * @param rounds given: exactly so many at most, whatever validation and the clock say
 */
export async function boost(
  task: BoostTask,
  parameters: TreesParameters,
  symmetric: boolean,
  rng: Rng,
  { deadline, onProgress }: FitContext,
  rounds?: number,
): Promise<Boosted> {
  const { host, objective, mappers, train, validation } = task;
  const obeys = rounds === undefined;
  const limits = limitsOf(parameters, objective, train.table.columns);
  const booster = new Booster(host, objective, parameters, mappers, train, validation, limits, symmetric);
  // trees a round
  const each = parameters.vectorLeaves ? 1 : objective.outputs;
  const most = rounds ?? parameters.rounds;
  const trees: ValuedTree[] = [];
  const recalibrated = parameters.stopBy === 'recalibrated' && objective.name === 'logistic' ? new RecalibratedLoss() : undefined;
  const lossNow = (): number => (recalibrated ? recalibrated.of(booster.validationRows()) : booster.validationLoss());
  let best = validation ? lossNow() : 0;
  let bestRounds = 0;
  let cut = false;
  let idle = 0;
  // a tree that saw only some rows and columns may find nothing where the next one does
  const draws = parameters.rowSample < 1 || parameters.columnSample < 1 || parameters.columnSampleByNode < 1 || parameters.extraTrees;
  const mostIdle = draws ? IDLE_ROUNDS : 1;
  for (let round = 0; round < most; round++) {
    const grown = obeys && deadline.expired() ? undefined : await booster.round(round, rng, deadline, obeys);
    if (!grown) {
      cut = true;
      break;
    }
    trees.push(...grown);
    if (validation) {
      const loss = lossNow();
      if (loss < best) {
        best = loss;
        bestRounds = round + 1;
      } else if (obeys && round + 1 - bestRounds >= parameters.patience) break;
    } else bestRounds = round + 1;
    onProgress?.((round + 1) / most, validation ? best : undefined);
    await deadline.breathe();
    idle = grown.every((t) => t.tree.splits.length === 0) ? idle + 1 : 0;
    if (idle >= mostIdle) break;
  }
  const kept = obeys ? bestRounds : Math.min(most, trees.length / each);
  return { trees: trees.slice(0, kept * each), rounds: kept, ...(validation && { loss: best }), cut };
}
