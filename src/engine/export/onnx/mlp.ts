import type { MlpModel } from '../../../model/mlp.js';
import { clamp, double, finiteOrZero, link } from './elementwise.js';
import type { Frame } from './frame.js';
import { FLOAT, type Graph } from './graph.js';

/** Beyond ±87 the kernel's e^x stays where it is. */
const STEEPEST = 87;
const SELU_SCALE = Math.fround(1.05070098);
const SELU_ALPHA = Math.fround(1.75809934);

/** A multilayer perceptron, its sums in doubles: the model's own are of 32-bit floats, so that both differ by the rounding of these. */
export function exportMlp({ head, arrays }: MlpModel, frame: Frame): string {
  const { graph } = frame;
  const { inputs, widths, activation, scale } = head;
  const outputs = widths.at(-1) as number;
  let values = inputs.length === 0 ? undefined : read(graph, frame.matrix(inputs), arrays.centre, arrays.factor);
  let [from, weight, bias] = [inputs.length, 0, 0];
  widths.forEach((to, layer) => {
    const b = frame.graph.doubles(Float64Array.from(arrays.biases.subarray(bias, bias + to)));
    if (values === undefined) values = frame.filled(b);
    else {
      // kept as the floats that they are
      const w = graph.constant({ type: 'float', shape: [from, to], values: arrays.weights.subarray(weight, weight + from * to) });
      values = graph.op('Add', [graph.op('MatMul', [values, double(graph, w)]), b]);
    }
    if (layer + 1 < widths.length) values = activation === 'selu' ? selu(graph, values) : mish(graph, values);
    weight += from * to;
    bias += to;
    from = to;
  });
  if (!scale) return link(graph, 'softmax', values as string, outputs);
  const [location, spread, low, high] = scale.map((v) => graph.number(v)) as [string, string, string, string];
  return clamp(graph, graph.op('Add', [graph.op('Mul', [values as string, spread]), location]), low, high);
}

/** Inputs centred, scaled and softly clipped, rounded to floats. */
function read(graph: Graph, x: string, centre: Float64Array, factor: Float64Array): string {
  const v = graph.op('Mul', [graph.op('Sub', [finiteOrZero(graph, x), graph.doubles(centre)]), graph.doubles(factor)]);
  const t = graph.op('Div', [v, graph.number(3)]);
  const clipped = graph.op('Div', [v, graph.op('Sqrt', [graph.op('Add', [graph.op('Mul', [t, t]), graph.number(1)])])]);
  return double(graph, graph.op('Cast', [clipped], { to: FLOAT }));
}

function selu(graph: Graph, x: string): string {
  const low = graph.op('Exp', [graph.op('Max', [graph.op('Min', [x, graph.number(0)]), graph.number(-STEEPEST)])]);
  const below = graph.op('Mul', [graph.op('Sub', [low, graph.number(1)]), graph.number(SELU_ALPHA)]);
  return graph.op('Where', [graph.op('Greater', [x, graph.number(0)]), graph.op('Mul', [x, graph.number(SELU_SCALE)]), below]);
}

/** x · tanh(log(1 + e^x)). */
function mish(graph: Graph, x: string): string {
  const e = graph.op('Exp', [graph.op('Max', [graph.op('Min', [x, graph.number(20)]), graph.number(-STEEPEST)])]);
  const n = graph.op('Mul', [e, graph.op('Add', [e, graph.number(2)])]);
  return graph.op('Div', [graph.op('Mul', [x, n]), graph.op('Add', [n, graph.number(2)])]);
}
