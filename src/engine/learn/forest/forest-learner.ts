import type { TreesModel } from '../../../model/trees.js';
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

/** Rows in a leaf that are tried on validation rows, and the trees that each is tried with. */
const LEAF_ROWS = [1, 3, 8, 20];
const TRIAL_TREES = 32;
/** Rows in a leaf when nothing says better. */
const USUAL_LEAF_ROWS = 2;

function forest(id: string, title: string, drawn: boolean): Learner {
  const parameters = { ...forestSpecs(!drawn) };
  return {
    id,
    title,
    input: 'trees',
    seeded: true,
    forest: true,
    parameters,
    refitParameters,
    fit: async (train, validation, given, context, limits) => {
      const checked = checkParameters(id, parameters, given) as unknown as ForestParameters;
      const host = context.host ?? (await KernelHost.create());
      const mark = host.allocate(0);
      try {
        return await fitForest(host, train, validation, checked, drawn, context, limits);
      } finally {
        host.release(mark);
        if (!context.host) await host.close();
      }
    },
  };
}

/** The rows in a leaf that the folds settled: the middle one of them. */
function refitParameters(parameters: Parameters, works: readonly Readonly<Record<string, number>>[]): Parameters {
  const settled = works.flatMap((w) => (w.minRowsInLeaf ? [w.minRowsInLeaf] : [])).sort((a, b) => a - b);
  const middle = settled[Math.floor((settled.length - 1) / 2)];
  return middle === undefined ? parameters : { ...parameters, minRowsInLeaf: middle };
}

async function fitForest(
  host: KernelHost,
  train: Sample,
  validation: Sample | undefined,
  parameters: ForestParameters,
  drawn: boolean,
  context: FitContext,
  limits?: Readonly<Record<string, number>>,
): Promise<Fitted> {
  const { deadline, rng } = context;
  // with limits the work is given, and the clock has no say
  const obeys = limits === undefined;
  const target = forestTarget(context.task, train.target, train.weights);
  const settled = parameters.minRowsInLeaf || limits?.minRowsInLeaf;
  const fitted = (assembly: ForestAssembly, minRowsInLeaf: number, cut: boolean): Fitted => ({
    model: modelOf(assembly, 0, assembly.trees, target, train),
    work: { rounds: assembly.trees, minRowsInLeaf },
    cut,
  });
  const none = (): Fitted => fitted(new ForestAssembly([], target.outputs), settled || USUAL_LEAF_ROWS, true);
  const mappers = await finishInTime(fitBinsInSteps(train.table, parameters.maxBins, rng), deadline, obeys);
  if (!mappers) return none();
  const binned = await finishInTime(binRowsInSteps(host, train.table, mappers, true), deadline, obeys);
  if (!binned) return none();
  const usable = mappers.filter((m) => m.bins > 1).length;
  const slots = new ForestSlots(host, binned, mappers, target.values, target.weights, {
    kinds: target.outputs,
    columnsTried: columnsTried(parameters.columnShare, usable, target.classes),
    maxDepth: parameters.maxDepth,
    // by the trees asked for, not by those that time allows: a repeated fit gives the same trees
    maxLeaves: Math.max(2, Math.min(parameters.leaves, train.table.rows, Math.floor(parameters.totalLeaves / parameters.trees))),
    bootstrap: parameters.bootstrap,
    drawn,
  });
  const most = Math.min(parameters.trees, limits?.rounds ?? parameters.trees);
  /** Adds trees until there are as many as wanted; false when the clock ran out first. */
  const grow = async (assembly: ForestAssembly, wanted: number, minRows: number, report: boolean): Promise<boolean> => {
    while (assembly.trees < wanted) {
      const batch = Math.min(slots.count, wanted - assembly.trees);
      for (let s = 0; s < batch; s++) slots.begin(s, rng.child('tree', assembly.trees + s).uint32());
      for (let done = false; !done; ) {
        if (obeys && deadline.expired()) return false;
        done = slots.grow(batch, minRows);
        await deadline.breathe();
      }
      for (let s = 0; s < batch; s++) assembly.add(slots.read(s));
      if (report) context.onProgress?.(assembly.trees / most);
    }
    return true;
  };
  let best = new ForestAssembly(mappers, target.outputs);
  let minRows = settled || USUAL_LEAF_ROWS;
  if (!settled && validation && validation.table.rows > 0) {
    let least = Number.POSITIVE_INFINITY;
    for (const rows of LEAF_ROWS) {
      const trial = new ForestAssembly(mappers, target.outputs);
      const whole = await grow(trial, Math.min(most, TRIAL_TREES), rows, false);
      if (!whole && (best.trees > 0 || trial.trees === 0))
        return fitted(best.trees > 0 ? best : trial, best.trees > 0 ? minRows : rows, true);
      const loss = lossOfMany(trial, target, train, validation, parameters.trees);
      if (loss < least) [least, minRows, best] = [loss, rows, trial];
      if (!whole) return fitted(best, minRows, true);
    }
  }
  const whole = await grow(best, most, minRows, true);
  return fitted(best, minRows, !whole);
}

/** Classes: the square root of the columns, as in scikit-learn; numbers: half, between its all and Breiman's third. */
function columnsTried(share: number, usable: number, classes: boolean): number {
  const some = share > 0 ? Math.round(share * usable) : classes ? Math.round(Math.sqrt(usable)) : Math.ceil(usable / 2);
  return Math.max(1, Math.min(usable, some));
}

/** Shares of classes get one more tree that knows the classes' frequencies alone, so that no class is ever impossible. */
function modelOf(assembly: ForestAssembly, from: number, to: number, target: ForestTarget, train: Sample): TreesModel {
  const { classes, prior, scale } = target;
  const trees = to - from;
  const share = classes ? 1 / (trees + 1) : 1 / Math.max(1, trees);
  const start = Array.from(prior, (p) => (classes ? p * share : trees > 0 ? 0 : p));
  return assembly.model(from, to, train.table, classes ? 'mean' : 'identity', start, share, scale);
}

/**
 * The squared error that a forest of `many` trees would have, from few: the part that falls with the number of trees shows in the difference between
 * all of them and each half.
 */
function lossOfMany(assembly: ForestAssembly, target: ForestTarget, train: Sample, validation: Sample, many: number): number {
  const { trees } = assembly;
  const half = trees >> 1;
  const errorOf = (from: number, to: number): number => squaredError(modelOf(assembly, from, to, target, train), target, validation);
  const all = errorOf(0, trees);
  if (half === 0) return all;
  const spread = (errorOf(0, half) + errorOf(half, 2 * half)) / 2 - all;
  return all - Math.max(0, spread) * (1 - trees / Math.max(trees, many));
}

function squaredError(model: TreesModel, { classes }: ForestTarget, { table, target, weights }: Sample): number {
  const predicted = model.predict(table);
  const width = predicted.length / Math.max(1, table.rows);
  let sum = 0;
  for (let row = 0; row < table.rows; row++) {
    let own = 0;
    for (let k = 0; k < width; k++) {
      const wanted = classes ? (target[row] === k ? 1 : 0) : (target[row] as number);
      const error = (predicted[row * width + k] as number) - wanted;
      own += error * error;
    }
    sum += own * (weights ? (weights[row] as number) : 1);
  }
  return sum;
}
