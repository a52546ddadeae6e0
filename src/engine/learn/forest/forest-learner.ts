import { KernelHost } from '../../kernels/kernel-host.js';
import type { FitContext, Fitted, Learner, Parameters, Sample } from '../learner.js';
import { checkParameters } from '../parameters.js';
import { fitBinsInSteps } from '../trees/bin-mapper.js';
import { binRowsInSteps } from '../trees/binned-rows.js';
import { finishInTime } from '../trees/steps.js';
import { ForestAssembly } from './assemble.js';
import { type ForestParameters, forestSpecs } from './parameters.js';
import { ForestSlots } from './slots.js';
import { type ForestTarget, forestTarget } from './target.js';

/**
 * Random forest (Breiman 2001): deep trees on rows drawn with replacement, some columns tried at each leaf, and the mean of the leaves' means or
 * shares of classes. Native missing values and categories, whole-number sums: the same trees on any number of threads.
 * @example await randomForest.fit({ table, target }, undefined, { trees: 100 }, context)
 */
export const randomForest: Learner = forest('random-forest', 'Random forest', false);

/**
 * Extremely randomised trees (Geurts, Ernst and Wehenkel 2006): as a random forest, but on all rows, and with one threshold drawn for each column
 * tried, evenly among the bins between the leaf's least and greatest.
 * @example await extraTrees.fit({ table, target }, undefined, { trees: 100 }, context)
 */
export const extraTrees: Learner = forest('extra-trees', 'Extremely randomised trees', true);

function forest(id: string, title: string, drawn: boolean): Learner {
  const parameters = { ...forestSpecs(!drawn) };
  return {
    id,
    title,
    input: 'trees',
    seeded: true,
    parameters,
    fit: (train, _validation, given, context, limits) =>
      fitForest(train, checkParameters(id, parameters, given) as unknown as ForestParameters, drawn, context, limits),
  };
}

async function fitForest(
  train: Sample,
  parameters: ForestParameters,
  drawn: boolean,
  context: FitContext,
  limits?: Parameters,
): Promise<Fitted> {
  const { deadline, rng } = context;
  // with limits the work is given, and the clock has no say
  const obeys = limits === undefined;
  const target = forestTarget(context.task, train.target, train.weights);
  const none = (): Fitted => ({ model: modelOf(new ForestAssembly([], target.outputs), 0, target, train), work: { rounds: 0 }, cut: true });
  const mappers = await finishInTime(fitBinsInSteps(train.table, parameters.maxBins, rng), deadline, obeys);
  if (!mappers) return none();
  const host = context.host ?? (await KernelHost.create());
  const mark = host.allocate(0);
  try {
    const binned = await finishInTime(binRowsInSteps(host, train.table, mappers, true), deadline, obeys);
    if (!binned) return none();
    const usable = mappers.filter((m) => m.bins > 1).length;
    const most = Math.min(parameters.trees, Number(limits?.rounds ?? parameters.trees));
    const slots = new ForestSlots(host, binned, mappers, target.values, target.weights, {
      kinds: target.outputs,
      columnsTried: columnsTried(parameters.columnShare, usable, target.classes),
      minRowsInLeaf: parameters.minRowsInLeaf || (target.classes ? 2 : 1),
      maxDepth: parameters.maxDepth,
      // by the trees asked for, not by those that time allows: a repeated fit gives the same trees
      maxLeaves: Math.max(2, Math.min(parameters.leaves, train.table.rows, Math.floor(parameters.totalLeaves / parameters.trees))),
      bootstrap: parameters.bootstrap,
      drawn,
    });
    const assembly = new ForestAssembly(mappers, target.outputs);
    let cut = false;
    while (assembly.trees < most && !cut) {
      const batch = Math.min(slots.count, most - assembly.trees);
      for (let s = 0; s < batch; s++) slots.begin(s, rng.child('tree', assembly.trees + s).uint32());
      let done = false;
      while (!done && !cut) {
        cut = obeys && deadline.expired();
        if (!cut) done = slots.grow(batch);
        await deadline.breathe();
      }
      if (!done) break;
      for (let s = 0; s < batch; s++) assembly.add(slots.read(s));
      context.onProgress?.(assembly.trees / most);
    }
    return { model: modelOf(assembly, assembly.trees, target, train), work: { rounds: assembly.trees }, cut };
  } finally {
    host.release(mark);
    if (!context.host) await host.close();
  }
}

/** Classes: the square root of the columns, as in scikit-learn; numbers: half, between its all and Breiman's third. */
function columnsTried(share: number, usable: number, classes: boolean): number {
  const some = share > 0 ? Math.round(share * usable) : classes ? Math.round(Math.sqrt(usable)) : Math.ceil(usable / 2);
  return Math.max(1, Math.min(usable, some));
}

/** Shares of classes get one more tree that knows the classes' frequencies alone, so that no class is ever impossible. */
function modelOf(assembly: ForestAssembly, trees: number, target: ForestTarget, train: Sample): Fitted['model'] {
  const { classes, prior, scale } = target;
  const share = classes ? 1 / (trees + 1) : 1 / Math.max(1, trees);
  const start = Array.from(prior, (p) => (classes ? p * share : trees > 0 ? 0 : p));
  return assembly.model(trees, train.table, classes ? 'mean' : 'identity', start, share, scale);
}
