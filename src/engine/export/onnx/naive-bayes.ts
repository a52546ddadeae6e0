import { BELL, LEAST, type NaiveBayesModel } from '../../../model/naive-bayes.js';
import { finite } from './elementwise.js';
import type { Frame } from './frame.js';
import type { Graph } from './graph.js';

/** Naive Bayes: probabilities of classes, or for numbers their mean. */
export function exportNaiveBayes({ inputs, levels, prior, parts, values }: NaiveBayesModel, frame: Frame): string {
  const { graph } = frame;
  const classes = prior.length;
  const bells: { name: string; begin: number }[] = [];
  let sum = graph.doubles(prior);
  let begin = 0;
  inputs.forEach((name, j) => {
    const count = levels[j] as number;
    if (count === 0) bells.push({ name, begin });
    else sum = graph.op('Add', [sum, levelPart(name, count, parts.subarray(begin, begin + (count + 1) * classes), classes, frame)]);
    begin += (count === 0 ? BELL : count + 1) * classes;
  });
  if (bells.length > 0) sum = graph.op('Add', [sum, bellParts(bells, parts, classes, frame)]);
  const told = inputs.length === 0 ? frame.filled(sum) : sum;
  const probabilities = graph.op('Softmax', [told], { axis: 1 });
  return values ? graph.op('MatMul', [probabilities, graph.doubles(values, [classes, 1])]) : probabilities;
}

function atLeast(graph: Graph, said: string): string {
  return graph.op('Max', [said, graph.number(LEAST)]);
}

/** A category's log-likelihoods: rows × classes. `part`: class by class, of a missing cell and of each level. */
function levelPart(name: string, levels: number, part: Float64Array, classes: number, frame: Frame): string {
  const { graph } = frame;
  const own = frame.category(name).levels?.length ?? 0;
  const table = new Float64Array((own + 2) * classes);
  for (let place = 0; place < own + 2; place++) {
    // places 0 and 1 are missing, 2 is the first level; a level that training had not says nothing
    const at = Math.max(0, place - 1);
    for (let c = 0; c < classes; c++) table[place * classes + c] = at <= levels ? (part[c * (levels + 1) + at] as number) : 0;
  }
  const row = graph.op('Reshape', [frame.codes(name), graph.ints([-1])]);
  return atLeast(graph, graph.op('Gather', [graph.doubles(table, [own + 2, classes]), row], { axis: 0 }));
}

/** Log-likelihoods of all numbers together: rows × classes. */
function bellParts(bells: readonly { name: string; begin: number }[], parts: Float64Array, classes: number, frame: Frame): string {
  const { graph } = frame;
  // 1 × numbers × classes
  const [centre, width, height, missing] = [0, 1, 2, 3].map((of) =>
    graph.doubles(
      bells.flatMap(({ begin }) => Array.from({ length: classes }, (_, c) => parts[begin + c * BELL + of] as number)),
      [1, bells.length, classes],
    ),
  ) as [string, string, string, string];
  const x = graph.op('Unsqueeze', [frame.matrix(bells.map((b) => b.name)), graph.ints([2])]);
  const away = graph.op('Sub', [x, centre]);
  const bell = graph.op('Add', [height, graph.op('Mul', [graph.op('Mul', [width, away]), away])]);
  const said = graph.op('Where', [finite(graph, x), bell, missing]);
  return graph.op('ReduceSum', [atLeast(graph, said), graph.ints([1])], { keepdims: 0 });
}
