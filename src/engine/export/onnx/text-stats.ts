import { LONGEST, type TextStat, type TextStatsStep } from '../../../model/steps/text-stats.js';
import { BOOL, type Graph } from './graph.js';
import { Ints } from './ints.js';
import { isOneOf, type Letters, rangesOf } from './letters.js';

const PUNCTUATION: readonly [number, number][] = [
  [33, 47],
  [58, 64],
  [91, 96],
  [123, 126],
];

/** Measures of texts and how often words occur in them, in the order of the step: rows × columns. */
export function textMeasures(graph: Graph, letters: Letters, missing: string, column: TextStatsStep['columns'][number]): string {
  const i = new Ints(graph);
  const wide = i.notBelow(letters.own, 0x10000);
  const own = firstUnits(i, letters.own);
  const lower = firstUnits(i, letters.lower);
  const inWord = isOneOf(
    graph,
    lower,
    rangesOf((c) => /[\p{L}\p{N}]/u.test(c)),
  );
  const sum = (condition: string): string => i.toDouble(graph.op('ReduceSum', [i.toInt(condition), graph.ints([1])], { keepdims: 1 }));
  const length = graph.op('Add', [sum(i.notBelow(letters.own, 0)), sum(wide)]);
  const looked = graph.op('Min', [length, graph.number(LONGEST)]);
  const edge = i.column(lower, -1);
  const before = graph.op('Cast', [graph.op('Concat', [i.column(lower, 0), i.toInt(inWord)], { axis: 1 })], { to: BOOL });
  const width = graph.op('Shape', [lower], { start: 1, end: 2 });
  const began = i.and(inWord, i.not(graph.op('Slice', [before, graph.ints([0]), width, graph.ints([1])])));
  const share = (ranges: readonly (readonly [number, number])[]): string =>
    graph.op('Where', [
      graph.op('Greater', [length, graph.number(0)]),
      graph.op('Div', [sum(isOneOf(graph, own, ranges)), looked]),
      graph.number(0),
    ]);
  const measure = (stat: TextStat): string => {
    if (stat === 'length') return length;
    if (stat === 'words') return sum(began);
    if (stat === 'digits') return share([[48, 57]]);
    if (stat === 'punctuation') return share(PUNCTUATION);
    return share(rangesOf((c) => c.length === 1 && c.toLowerCase() !== c));
  };
  const longest = Math.max(0, ...column.words.map(({ word }) => Array.from(word).length));
  const ahead = graph.op('Concat', [lower, ...Array<string>(longest + 1).fill(edge)], { axis: 1 });
  const aheadIn = graph.op('Concat', [i.toInt(inWord), ...Array<string>(longest + 1).fill(i.column(lower, 0))], { axis: 1 });
  const shifts: string[] = [];
  const from = (tensor: string, at: number): string => graph.op('Slice', [tensor, graph.ints([at]), i.add(width, at), graph.ints([1])]);
  for (let at = 0; at < longest; at++) shifts.push(from(ahead, at));
  const occurs = (word: string): string => {
    const codes = Array.from(word, (c) => c.codePointAt(0) as number);
    const fits = codes.map((code, at) => i.same(shifts[at] as string, code));
    return sum(i.and(began, ...fits, i.same(from(aheadIn, codes.length), 0)));
  };
  const gone = graph.op('Or', [missing, letters.unknown]);
  const stats = column.stats.map(({ stat }) => graph.op('Where', [gone, graph.number(Number.NaN), measure(stat)]));
  const words = column.words.map(({ word }) => graph.op('Where', [gone, graph.number(0), occurs(word)]));
  return graph.op('Concat', [...stats, ...words], { axis: 1 });
}

/** Codes of the first units of texts, as many as are looked at; −1 after them. */
function firstUnits(i: Ints, codes: string): string {
  const units = i.add(i.toInt(i.notBelow(codes, 0)), i.toInt(i.notBelow(codes, 0x10000)));
  return i.where(i.above(i.cumulate(units), LONGEST), -1, codes);
}
