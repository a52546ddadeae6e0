import { AdditiveModel } from '../../../model/additive.js';
import { EnsembleModel } from '../../../model/ensemble.js';
import { LinearModel } from '../../../model/linear.js';
import { MlpModel } from '../../../model/mlp.js';
import type { Model } from '../../../model/model.js';
import { NeighboursModel } from '../../../model/neighbours.js';
import type { StepData } from '../../../model/step.js';
import type { OneHotStep } from '../../../model/steps/one-hot.js';
import { type TreeArrays, TreesModel } from '../../../model/trees.js';
import { recipeCost } from './recipe-cost.js';

/** What a part of a final model costs, foreseen from counts alone, so that equal runs choose equally. */
export interface Cost {
  /** Nanoseconds to answer one row, on one thread of a usual machine, warm. */
  readonly nanoseconds: number;
  /** Bytes in the model's file, compressed. */
  readonly bytes: number;
}

export const noCost: Cost = { nanoseconds: 0, bytes: 0 };

export function plus(a: Cost, b: Cost): Cost {
  return { nanoseconds: a.nanoseconds + b.nanoseconds, bytes: a.bytes + b.bytes };
}

export function times(cost: Cost, factor: number): Cost {
  return { nanoseconds: cost.nanoseconds * factor, bytes: cost.bytes * factor };
}

// Nanoseconds; `npm run bench -- latency` compares what they foresee with what a row takes.
const CALL = 300;
const INPUT = 10;
const TREE = 5;
/** A step down a tree, and what it takes more when all trees are more than a processor's nearest memory holds. */
const NODE = 2.5;
const NODE_AFAR = 2;
const FAR_BYTES = 1.5e6;
const LEAF_VALUE = 2;
const LINE_TERM = 3;
const PRODUCT = 1.1;
const EXPONENTIAL = 25;
const WEIGHT = 5;
const COORDINATE = 0.8;
const NEIGHBOUR = 25;

/** Bytes of a node, of a leaf and of a number that has no pattern, as they are compressed. */
const NODE_BYTES = 13.5;
const LEAF_BYTES = 10;
const NUMBER_BYTES = 7.5;
const SINGLE_BYTES = 3.8;

/** What a model costs that reads a prepared row. @param recipe what prepares it */
export function modelCost(model: Model, recipe: readonly StepData[]): Cost {
  if (model instanceof TreesModel) return treesCost(model);
  if (model instanceof LinearModel) {
    const terms = model.weights.length;
    return { nanoseconds: CALL + WEIGHT * terms + INPUT * terms, bytes: 300 + NUMBER_BYTES * terms };
  }
  if (model instanceof MlpModel) return networkCost(model, recipe);
  if (model instanceof NeighboursModel) return neighboursCost(model);
  if (model instanceof AdditiveModel) {
    const outputs = model.intercept.length;
    const cells = [...model.columns, ...model.pairs].reduce((sum, term) => sum + term.scores.length, 0);
    return {
      nanoseconds: CALL + model.columns.length * (90 + 10 * outputs) + model.pairs.length * 25 + EXPONENTIAL * outputs,
      bytes: 200 + 60 * model.columns.length + (NUMBER_BYTES + 4) * cells,
    };
  }
  if (model instanceof EnsembleModel) {
    let sum: Cost = noCost;
    for (const { recipe: own, members } of model.branches) {
      sum = plus(sum, recipeCost(own));
      for (const member of members) sum = plus(sum, plus(modelCost(member.model, own), memberCost(model.outputs)));
    }
    return sum;
  }
  return { nanoseconds: CALL, bytes: 200 };
}

/** What it takes to add a member's answer to those of the others. */
export function memberCost(outputs: number): Cost {
  return { nanoseconds: 60 + EXPONENTIAL * outputs, bytes: 150 };
}

function treesCost({ head, trees }: TreesModel): Cost {
  const { outputs, vector, inputs } = head;
  const nodes = trees.feature.length;
  const leaves = trees.leafCover.length;
  const values = trees.leaf.length / Math.max(1, leaves);
  const terms = trees.lineFeature?.length ?? 0;
  const bytes =
    400 +
    30 * inputs.length +
    NODE_BYTES * nodes +
    (LEAF_BYTES + NUMBER_BYTES * (values - 1)) * leaves +
    3.5 * trees.sets.length +
    (terms > 0 ? (NUMBER_BYTES + 2) * terms + 3 * NUMBER_BYTES * leaves : 0);
  const away = Math.min(1, (nodes * 40 + trees.leaf.length * 8) / FAR_BYTES);
  const steps = stepsOf(trees);
  const nanoseconds =
    CALL +
    INPUT * inputs.length +
    trees.roots.length * (TREE + LEAF_VALUE * (vector ? values : 1)) +
    steps * (NODE + NODE_AFAR * away) +
    (terms / Math.max(1, leaves)) * trees.roots.length * LINE_TERM +
    EXPONENTIAL * outputs;
  return { nanoseconds, bytes };
}

/** Steps that a row takes in all trees together: a walk of four trees takes as many as the deepest of them, and trees of like depth go together. */
export function stepsOf({ roots, left, right }: TreeArrays): number {
  const depth = new Uint16Array(left.length);
  for (let i = left.length - 1; i >= 0; i--) {
    const [a, b] = [left[i] as number, right[i] as number];
    depth[i] = 1 + Math.max(a >= 0 ? (depth[a] as number) : 0, b >= 0 ? (depth[b] as number) : 0);
  }
  let steps = 0;
  for (const root of roots) if (root >= 0) steps += depth[root] as number;
  return steps;
}

function networkCost({ head, arrays }: MlpModel, recipe: readonly StepData[]): Cost {
  const { inputs, widths } = head;
  // of the columns of a category one is not 0
  let zeros = 0;
  for (const step of recipe)
    if (step.kind === 'one-hot') for (const { outputs } of (step as OneHotStep).columns) zeros += Math.max(0, outputs.length - 1);
  let from = Math.max(1, inputs.length - zeros);
  let products = 0;
  let units = 0;
  for (const width of widths) {
    products += from * Math.ceil(width / 4) * 4;
    units += width;
    from = width;
  }
  return {
    nanoseconds: 2 * CALL + inputs.length * (INPUT + 8) + PRODUCT * products + EXPONENTIAL * units,
    bytes: 500 + 25 * inputs.length + SINGLE_BYTES * (arrays.weights.length + arrays.biases.length),
  };
}

function neighboursCost({ nearest, head, answers }: NeighboursModel): Cost {
  const { count, width } = nearest;
  // in many dimensions the tree spares little, but most rows are given up after a part of their coordinates
  const looked = Math.min(count, 16 * (1 << Math.min(20, width)) + 32 * head.k);
  const coordinates = Math.min(width, 6 + 0.2 * width);
  return {
    nanoseconds: 2 * CALL + width * (INPUT + 6) + looked * (1 + COORDINATE * coordinates) + head.k * NEIGHBOUR,
    bytes: 600 + 25 * width + 2.6 * count * width + 2 * count * (answers.prior.length > 0 ? 0.3 : 2),
  };
}
