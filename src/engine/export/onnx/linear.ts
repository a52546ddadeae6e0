import type { LinearModel } from '../../../model/linear.js';
import { clamp, finiteOrZero, link } from './elementwise.js';
import type { Frame } from './frame.js';

/** A linear model with its bends: rows × outputs. */
export function exportLinear(model: LinearModel, frame: Frame): string {
  const { graph } = frame;
  const { inputs, weights, intercept, hinges, range } = model;
  const width = inputs.length + hinges.of.length;
  const outputs = intercept.length;
  let scores = frame.filled(graph.doubles(intercept));
  if (width > 0) {
    let x = finiteOrZero(graph, frame.matrix(inputs));
    if (hinges.of.length > 0) {
      const bent = graph.op('Sub', [graph.op('Gather', [x, graph.ints(hinges.of)], { axis: 1 }), graph.doubles(hinges.at)]);
      x = graph.op('Concat', [x, graph.op('Max', [bent, graph.number(0)])], { axis: 1 });
    }
    const turned = Float64Array.from(
      { length: width * outputs },
      (_, i) => weights[(i % outputs) * width + Math.floor(i / outputs)] as number,
    );
    scores = graph.op('Add', [graph.op('MatMul', [x, graph.doubles(turned, [width, outputs])]), graph.doubles(intercept)]);
  }
  const said = link(graph, model.link, scores, outputs);
  return range ? clamp(graph, said, graph.number(range[0]), graph.number(range[1])) : said;
}
