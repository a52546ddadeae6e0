import { DOUBLE, type Graph } from './graph.js';

/** Whether cells are numbers, neither missing nor infinite. */
export function finite(graph: Graph, x: string): string {
  return graph.op('LessOrEqual', [graph.op('Abs', [x]), graph.number(Number.MAX_VALUE)]);
}

/** `x` where it is finite, 0 elsewhere. */
export function finiteOrZero(graph: Graph, x: string): string {
  return graph.op('Where', [finite(graph, x), x, graph.number(0)]);
}

/** Within [low, high]; NaN stays, which Min and Max do not promise. */
export function clamp(graph: Graph, x: string, low: string, high: string): string {
  const raised = graph.op('Where', [graph.op('Less', [x, low]), low, x]);
  return graph.op('Where', [graph.op('Greater', [raised, high]), high, raised]);
}

/** 1 / (1 + e^−x). */
export function sigmoid(graph: Graph, x: string): string {
  return graph.op('Reciprocal', [graph.op('Add', [graph.op('Exp', [graph.op('Neg', [x])]), graph.number(1)])]);
}

/** Probabilities of two classes from that of the second: rows × 1 to rows × 2. */
export function bothClasses(graph: Graph, p: string): string {
  return graph.op('Concat', [graph.op('Sub', [graph.number(1), p]), p], { axis: 1 });
}

/** From summed scores to predictions; `mean`: clipped shares. */
export function link(graph: Graph, kind: 'identity' | 'exp' | 'logistic' | 'softmax' | 'mean', scores: string, outputs: number): string {
  switch (kind) {
    case 'identity':
      return scores;
    case 'exp':
      return graph.op('Exp', [scores]);
    case 'logistic':
      return bothClasses(graph, sigmoid(graph, scores));
    case 'softmax':
      return graph.op('Softmax', [scores], { axis: 1 });
    case 'mean': {
      const clipped = graph.op('Max', [scores, graph.number(0)]);
      if (outputs === 1) return bothClasses(graph, graph.op('Min', [clipped, graph.number(1)]));
      const total = graph.op('ReduceSum', [clipped, graph.ints([1])], { keepdims: 1 });
      const some = graph.op('Greater', [total, graph.number(0)]);
      return graph.op('Where', [some, graph.op('Div', [clipped, total]), graph.number(1 / outputs)]);
    }
  }
}

/** float32 made double. */
export function double(graph: Graph, x: string): string {
  return graph.op('Cast', [x], { to: DOUBLE });
}
