import { KernelHost } from '../../kernels/kernel-host.js';
import type { FitContext, Fitted, Learner, Parameters, Sample } from '../learner.js';
import { fitBinsInSteps } from './bin-mapper.js';
import { binRowsInSteps } from './binned-rows.js';
import { Booster, type ValuedTree } from './booster.js';
import { limitsOf } from './constraints.js';
import { createObjective } from './objective.js';
import { checkTreesParameters, TREES_PARAMETERS } from './parameters.js';
import { finishInTime } from './steps.js';
import { toModel } from './to-model.js';

/** Rounds on end without a split after which there is nothing left to learn from samples of rows and columns. */
const IDLE_ROUNDS = 50;

/** Rows from which on trees are leafwise: below, symmetric ones won eleven times of thirteen, by 1.5 % of the loss on average. */
const SYMMETRIC_ROWS = 4000;

/**
 * Gradient-boosted decision trees on histograms (Friedman 2001; Ke et al. 2017, LightGBM): leaf-wise growth, native missing values and
 * categories, exact whole-number sums, so that any number of threads gives the same trees.
 * @example await boostedTrees.fit({ table, target }, undefined, { rounds: 100 }, context)
 */
export const boostedTrees: Learner = {
  id: 'boosted-trees',
  title: 'Boosted trees',
  input: 'trees',
  seeded: true,
  parameters: TREES_PARAMETERS,
  refitParameters,
  fit: fitBoostedTrees,
};

/** The shape that the folds settled, and the rounds that they stopped at, somewhat more for more rows: by the square root of their ratio. */
function refitParameters(parameters: Parameters, works: readonly Readonly<Record<string, number>>[], moreRows: number): Parameters {
  const rounds = works.reduce((sum, w) => sum + (w.rounds ?? 0), 0) / works.length;
  const settled = works.find((w) => w.symmetric !== undefined);
  const shape: Parameters = settled ? { shape: settled.symmetric === 1 ? 'symmetric' : 'leafwise' } : {};
  return { ...parameters, ...shape, rounds: Math.max(1, Math.round(rounds * Math.sqrt(moreRows))) };
}

async function fitBoostedTrees(
  train: Sample,
  validation: Sample | undefined,
  given: Parameters,
  context: FitContext,
  limits?: Record<string, number>,
): Promise<Fitted> {
  const parameters = checkTreesParameters(given);
  const { deadline, rng } = context;
  const objective = createObjective(context.task, parameters.objective, parameters.alpha, train.target, train.weights);
  const grow = limitsOf(parameters, objective, train.table.columns);
  const auto = parameters.shape === 'auto';
  const small = train.table.rows < SYMMETRIC_ROWS && objective.outputs === 1;
  const symmetric = !grow && (auto ? (limits?.symmetric ?? (small ? 1 : 0)) === 1 : parameters.shape === 'symmetric');
  // with limits the work is given, and the clock has no say
  const obeys = limits === undefined;
  const early = (): Fitted => ({ model: toModel([], objective, [], train.table), work: { rounds: 0 }, cut: true });
  const mappers = await finishInTime(fitBinsInSteps(train.table, parameters.maxBins, rng), deadline, obeys);
  if (!mappers) return early();
  const host = context.host ?? (await KernelHost.create());
  const mark = host.allocate(0);
  try {
    const binned = await finishInTime(binRowsInSteps(host, train.table, mappers, true), deadline, obeys);
    const held = binned && validation && (await finishInTime(binRowsInSteps(host, validation.table, mappers, false), deadline, obeys));
    if (!binned || (validation && !held)) return early();
    const watched = validation && held && { ...validation, binned: held };
    const booster = new Booster(host, objective, parameters, mappers, { ...train, binned }, watched, grow, symmetric);
    // trees a round
    const each = parameters.vectorLeaves ? 1 : objective.outputs;
    const most = limits?.rounds ?? parameters.rounds;
    const trees: ValuedTree[] = [];
    let best = watched ? booster.validationLoss() : 0;
    let bestRounds = 0;
    let cut = false;
    let idle = 0;
    // a tree that saw only some rows and columns may find nothing where the next one does
    const draws = parameters.rowSample < 1 || parameters.columnSample < 1 || parameters.columnSampleByNode < 1 || parameters.extraTrees;
    const mostIdle = draws ? IDLE_ROUNDS : 1;
    for (let round = 0; round < most; round++) {
      if (obeys && deadline.expired()) {
        cut = true;
        break;
      }
      const grown = await booster.round(round, rng, deadline, obeys);
      if (!grown) {
        cut = true;
        break;
      }
      trees.push(...grown);
      if (watched) {
        const loss = booster.validationLoss();
        if (loss < best) {
          best = loss;
          bestRounds = round + 1;
        } else if (!limits && round + 1 - bestRounds >= parameters.patience) break;
      } else bestRounds = round + 1;
      context.onProgress?.((round + 1) / most, watched ? best : undefined);
      await deadline.breathe();
      idle = grown.every((t) => t.tree.splits.length === 0) ? idle + 1 : 0;
      if (idle >= mostIdle) break;
    }
    const rounds = limits ? Math.min(most, trees.length / each) : bestRounds;
    const work: Record<string, number> = auto ? { rounds, symmetric: symmetric ? 1 : 0 } : { rounds };
    return { model: toModel(trees.slice(0, rounds * each), objective, mappers, train.table), work, cut };
  } finally {
    host.release(mark);
    if (!context.host) await host.close();
  }
}
