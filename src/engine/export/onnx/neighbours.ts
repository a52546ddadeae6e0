import { isLeaf, middleOf } from '../../../model/kd-shape.js';
import { FARTHEST, type NeighboursModel } from '../../../model/neighbours.js';
import { clamp, double, finite } from './elementwise.js';
import type { Frame } from './frame.js';
import { DOUBLE, FLOAT, type Graph } from './graph.js';

/**
 * Nearest neighbours, found among all rows: their distances as sums of floats in the order of the coordinates, and of equally near ones those that the
 * model's k-d tree comes to first, so that the same rows vote.
 */
export function exportNeighbours(model: NeighboursModel, frame: Frame): string {
  const { graph } = frame;
  const { head, scale, nearest, answers } = model;
  const { count, width, rows } = nearest;
  const x = width === 0 ? undefined : coordinates(graph, frame.matrix(head.inputs), scale);
  const distances =
    x === undefined
      ? frame.filled(graph.constant({ type: 'float', shape: [1, count], values: new Float32Array(count) }))
      : far(graph, x, rows, count);
  const order = x === undefined ? graph.doubles(Array.from({ length: count }, (_, i) => i)) : visits(graph, x, model);
  const k = graph.ints([head.k]);
  const [least] = topK(graph, distances, k);
  const last = graph.op('Gather', [least, graph.ints([head.k - 1])], { axis: 1 });
  const nearer = graph.op('Less', [distances, last]);
  const among = graph.op('Where', [graph.op('Equal', [distances, last]), order, graph.number(Number.POSITIVE_INFINITY)]);
  const [, found] = topK(graph, graph.op('Where', [nearer, graph.number(-1), among]), k);
  const at = double(graph, graph.op('GatherElements', [distances, found], { axis: 1 }));
  return answer(graph, at, found, head, answers);
}

function topK(graph: Graph, values: string, k: string): [values: string, places: string] {
  const outputs: [string, string] = [graph.fresh(), graph.fresh()];
  graph.opInto(outputs, 'TopK', [values, k], { axis: 1, largest: 0, sorted: 1 });
  return outputs;
}

function coordinates(graph: Graph, x: string, scale: Float64Array): string {
  const scaled = clamp(graph, graph.op('Mul', [x, graph.doubles(scale)]), graph.number(-FARTHEST), graph.number(FARTHEST));
  return graph.op('Cast', [graph.op('Where', [finite(graph, x), scaled, graph.number(0)])], { to: FLOAT });
}

/** Squared distances to all rows: rows × kept rows, float. */
function far(graph: Graph, x: string, rows: Float32Array, count: number): string {
  const width = rows.length / count;
  let sum: string | undefined;
  for (let j = 0; j < width; j++) {
    const values = Float32Array.from({ length: count }, (_, i) => rows[i * width + j] as number);
    const away = graph.op('Sub', [
      graph.op('Gather', [x, graph.ints([j])], { axis: 1 }),
      graph.constant({ type: 'float', shape: [1, count], values }),
    ]);
    const square = graph.op('Mul', [away, away]);
    sum = sum === undefined ? square : graph.op('Add', [sum, square]);
  }
  return sum as string;
}

/**
 * When the search comes to each kept row: rows × kept rows, the first ones least. At each node it goes first to the side of the query; so the turn of a leaf
 * has, from the root down, a binary digit a node: whether the leaf is on the other side.
 */
function visits(graph: Graph, x: string, { nearest: { of, at, count } }: NeighboursModel): string {
  const leaves: { readonly low: number; readonly path: readonly { readonly node: number; readonly right: boolean }[] }[] = [];
  const visit = (node: number, low: number, high: number, path: readonly { node: number; right: boolean }[]): void => {
    if (isLeaf(low, high)) {
      leaves.push({ low, path });
      return;
    }
    const middle = middleOf(low, high);
    visit(2 * node + 1, low, middle, [...path, { node, right: false }]);
    visit(2 * node + 2, middle, high, [...path, { node, right: true }]);
  };
  visit(0, 0, count, []);
  const within = graph.doubles(Array.from({ length: count }, (_, i) => i));
  if (of.length === 0) return within;
  const deepest = Math.max(...leaves.map((leaf) => leaf.path.length));
  // 1 where the query is on the right of a node
  const query = graph.op('Gather', [x, graph.ints(of)], { axis: 1 });
  const right = graph.op('Cast', [graph.op('Greater', [query, graph.constant({ type: 'float', shape: [1, at.length], values: at })])], {
    to: DOUBLE,
  });
  let turn = graph.doubles(new Float64Array(leaves.length));
  for (let depth = 0; depth < deepest; depth++) {
    const digit = powerOfTwo(deepest - depth - 1);
    const nodes = leaves.map((leaf) => leaf.path[depth]);
    // |leaf − query| = leaf + query · (1 − 2 · leaf)
    const own = nodes.map((n) => (n?.right ? digit : 0));
    const times = nodes.map((n) => (n === undefined ? 0 : n.right ? -digit : digit));
    const there = graph.op('Gather', [right, graph.ints(nodes.map((n) => n?.node ?? 0))], { axis: 1 });
    turn = graph.op('Add', [turn, graph.op('Add', [graph.op('Mul', [there, graph.doubles(times)]), graph.doubles(own)])]);
  }
  // rows of a leaf in their order
  const leafOf = new Int32Array(count);
  leaves.forEach(({ low }, leaf) => {
    leafOf.fill(leaf, low);
  });
  const turns = graph.op('Gather', [turn, graph.ints(leafOf)], { axis: 1 });
  return graph.op('Add', [graph.op('Mul', [turns, graph.number(count)]), within]);
}

function powerOfTwo(n: number): number {
  let power = 1;
  for (let i = 0; i < n; i++) power *= 2;
  return power;
}

/** The votes of the rows found. @param at their squared distances, double */
function answer(
  graph: Graph,
  at: string,
  found: string,
  { voting, smoothing }: NeighboursModel['head'],
  { target, weights, prior }: NeighboursModel['answers'],
): string {
  const table = (values: Float64Array): string => graph.op('Gather', [graph.doubles(values, [values.length]), found], { axis: 0 });
  const sum = (of: string): string => graph.op('ReduceSum', [of, graph.ints([1])], { keepdims: 1 });
  let weight = table(weights);
  let vote = weight;
  if (voting === 'distance') {
    const zero = graph.number(0);
    const here = graph.op('Equal', [graph.op('ReduceMin', [at, graph.ints([1])], { keepdims: 1 }), zero]);
    const silent = graph.op('And', [here, graph.op('Greater', [at, zero])]);
    weight = graph.op('Where', [silent, zero, weight]);
    const near = graph.op('Where', [here, graph.number(1), graph.op('Reciprocal', [graph.op('Sqrt', [at])])]);
    vote = graph.op('Mul', [weight, near]);
  }
  if (prior.length === 0) return graph.op('Div', [sum(graph.op('Mul', [vote, table(target)])), sum(vote)]);
  const classes = prior.length;
  const same = graph.op('Equal', [
    graph.op('Unsqueeze', [table(target), graph.ints([2])]),
    graph.doubles(
      Array.from({ length: classes }, (_, c) => c),
      [1, 1, classes],
    ),
  ]);
  const votes = graph.op('Where', [same, graph.op('Unsqueeze', [vote, graph.ints([2])]), graph.number(0)]);
  const shares = graph.op('Div', [graph.op('ReduceSum', [votes, graph.ints([1])], { keepdims: 0 }), sum(vote)]);
  const rows = sum(weight);
  const smoothed = graph.op('Add', [graph.op('Mul', [rows, shares]), graph.doubles(prior.map((p) => smoothing * p))]);
  return graph.op('Div', [smoothed, graph.op('Add', [rows, graph.number(smoothing)])]);
}
