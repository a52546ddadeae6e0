import { KernelHost } from '../../kernels/kernel-host.js';
import type { FitContext, Fitted, Learner, Parameters, Sample } from '../learner.js';
import { fitBinsInSteps } from './bin-mapper.js';
import { binRowsInSteps } from './binned-rows.js';
import { type Boosted, type BoostTask, boost, isSymmetric } from './boost.js';
import { type Facts, formatKinds, type Kind, kindsOf, kindsOfWork, parametersOf, weightsOf, workOfKinds } from './kinds.js';
import { createObjective } from './objective.js';
import { checkTreesParameters, TREES_PARAMETERS, type TreesParameters } from './parameters.js';
import { finishInTime } from './steps.js';
import { toModel } from './to-model.js';

type Work = Readonly<Record<string, number>>;

/**
 * Gradient-boosted decision trees on histograms (Friedman 2001; Ke et al. 2017, LightGBM): leaf-wise growth, native missing values and
 * categories, exact whole-number sums, so that any number of threads gives the same trees. With its defaults it averages two or three unlike kinds of them.
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

/** The shapes and weights that the folds settled, and the rounds that they stopped at, somewhat more for more rows: by the square root of their ratio. */
function refitParameters(parameters: Parameters, works: readonly Work[], moreRows: number): Parameters {
  const mean = (of: (fold: number) => number | undefined, factor = 1): number => {
    const sum = works.reduce((total, _, fold) => total + (of(fold) ?? 0), 0);
    return Math.max(1, Math.round((sum / works.length) * factor));
  };
  const more = Math.sqrt(moreRows);
  const folds = works.map(kindsOfWork);
  const kinds = (folds[0] as Kind[]).map(({ name, weight }, i) => ({
    name,
    rounds: mean((fold) => folds[fold]?.[i]?.rounds, more),
    ...(weight !== undefined && { weight: mean((fold) => folds[fold]?.[i]?.weight) }),
  }));
  if (kinds.length > 0) return { ...parameters, kinds: formatKinds(kinds) };
  const settled = works.find((w) => w.symmetric !== undefined);
  const shape: Parameters = settled ? { shape: settled.symmetric === 1 ? 'symmetric' : 'leafwise' } : {};
  return { ...parameters, ...shape, rounds: mean((fold) => works[fold]?.rounds, more) };
}

/** A kind that leaves its shape open goes by the one it got. */
function settledName({ name }: Kind, { shape }: TreesParameters, symmetric: boolean): string {
  return name === 'plain' && shape === 'auto' ? (symmetric ? 'symmetric' : 'leafwise') : name;
}

/** Weights from validation rows, unless they are given. */
function weigh(done: readonly (Boosted & Kind)[]): readonly (Boosted & Kind)[] {
  const losses = done.flatMap(({ loss }) => loss ?? []);
  if (done.length < 2 || losses.length < done.length || done.some(({ weight }) => weight !== undefined)) return done;
  const weights = weightsOf(losses);
  return done.map((boosted, i) => ({ ...boosted, weight: weights[i] as number }));
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
  const answers = context.task.kind === 'regression' ? 'number' : objective.outputs > 1 ? 'classes' : 'two-classes';
  const facts: Facts = { rows: train.table.rows, answers };
  const recorded = limits ? kindsOfWork(limits) : [];
  const kinds = recorded.length > 0 ? recorded : kindsOf(given, facts);
  const each = kinds.map((kind) => checkTreesParameters(parametersOf(kind, given, facts)));
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
    const task: BoostTask = {
      host,
      objective,
      mappers,
      train: { ...train, binned },
      validation: validation && held && { ...validation, binned: held },
    };
    const done: (Boosted & Kind)[] = [];
    let cut = false;
    for (const [i, own] of each.entries()) {
      const kind = kinds[i] as Kind;
      const symmetric = limits?.symmetric === undefined ? isSymmetric(own, task) : limits.symmetric === 1;
      const space = host.allocate(0);
      const onProgress = context.onProgress && ((share: number, loss?: number) => context.onProgress?.((i + share) / each.length, loss));
      const rounds = limits && (recorded.length > 0 ? kind.rounds : (limits.rounds ?? own.rounds));
      const boosted = await boost(task, own, symmetric, i === 0 ? rng : rng.child('kind', i), { ...context, onProgress }, rounds);
      host.release(space);
      cut = boosted.cut;
      // of several kinds a half-grown one would count as much as the others
      if (!cut || done.length === 0) done.push({ ...kind, name: settledName(kind, own, symmetric), ...boosted });
      if (cut) break;
    }
    const rounds = done[0]?.rounds ?? 0;
    const single: Work = parameters.shape === 'auto' ? { rounds, symmetric: done[0]?.name === 'symmetric' ? 1 : 0 } : { rounds };
    const weighed = weigh(done);
    const all = weighed.reduce((sum, { weight = 1 }) => sum + weight, 0);
    const shares = weighed.map(({ trees, weight = 1 }) => ({ trees, share: weight / all }));
    const work = kinds.length > 1 || recorded.length > 0 ? workOfKinds(weighed) : single;
    return { model: toModel(shares, objective, mappers, train.table), work, cut };
  } finally {
    host.release(mark);
    if (!context.host) await host.close();
  }
}
