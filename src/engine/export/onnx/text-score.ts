import { log } from '../../../core/math.js';
import { fromBase64 } from '../../../model/from-base64.js';
import { LONGEST } from '../../../model/steps/text-grams.js';
import type { TextScoreStep } from '../../../model/steps/text-score.js';
import { double } from './elementwise.js';
import { BOOL, DOUBLE, FLOAT, Graph, INT64 } from './graph.js';
import { Ints } from './ints.js';
import { isOneOf, type Letters } from './letters.js';

/** As in the model's `text-grams.ts`. */
const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;
const PIECE = (OFFSET ^ 0x5bd1e995) >>> 0;
const LOGS = Float64Array.from({ length: 64 }, (_, count) => (count === 0 ? 0 : 1 + log(count)));

const SPACES: readonly [number, number][] = [
  [-1, 32],
  [0xa0, 0xa0],
  [0x2000, 0x200b],
  [0x3000, 0x3000],
];
const WORD: readonly [number, number][] = [
  [48, 57],
  [97, 122],
  [0xaa, 0xaa],
  [0xb5, 0xb5],
  [0xba, 0xba],
  [0xc0, 0x1fff],
  [0x2070, 0x2fff],
  [0x3040, 0xffff],
];

/** Scores of texts by their hashed grams: rows × outputs. */
export function textScores(graph: Graph, letters: Letters, column: TextScoreStep['columns'][number]): string {
  const i = new Ints(graph);
  const units = graph.op('Slice', [letters.units, graph.ints([0]), graph.ints([LONGEST]), graph.ints([1])]);
  const end = i.column(units, -1);
  const scored = [wordHashes(graph, graph.op('Concat', [units, end], { axis: 1 })), pieceHashes(graph, units, end)].map((hashes) =>
    scoreOf(graph, i.where(i.same(hashes, -1), -1, mixed(i, hashes)), column),
  ) as [string, string];
  return graph.op('Add', [graph.op('Add', scored), graph.doubles(column.intercept)]);
}

/** The last bits of FNV-1a mixed, as MurmurHash3 ends. */
function mixed(i: Ints, hash: string): string {
  let h = hash;
  h = i.mul32(i.xor(h, i.div(h, 0x10000)), 0x85ebca6b);
  h = i.mul32(i.xor(h, i.div(h, 0x2000)), 0xc2b2ae35);
  return i.xor(h, i.div(h, 0x10000));
}

/** Hashes of words and of pairs of neighbouring words, −1 elsewhere: rows × 2 · places. The last place is after the end of all texts. */
function wordHashes(graph: Graph, units: string): string {
  const [byPlace, words] = [units, isOneOf(graph, units, WORD)].map((t) => graph.op('Transpose', [t], { perm: Int32Array.of(1, 0) })) as [
    string,
    string,
  ];
  // a place at a time: the hash so far, that of the word before (0: none), and whether a word is open
  const step = new Graph(`${graph.prefix}s`);
  const s = new Ints(step);
  const [hash, before, open, unit, word] = ['hash', 'before', 'open', 'unit', 'word'].map((name) => `${graph.prefix}s ${name}`) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const ended = s.and(open, s.not(word));
  const pair = s.xor(s.mul32(before, 31), s.mul32(hash, PRIME));
  const outputs: [string, number][] = [
    [s.where(word, s.mul32(s.xor(hash, unit), PRIME), s.where(ended, OFFSET, hash)), INT64],
    [s.where(ended, hash, before), INT64],
    [step.op('Identity', [word]), BOOL],
    [s.where(ended, hash, -1), INT64],
    [s.where(s.and(ended, s.not(s.same(before, 0))), pair, -1), INT64],
  ];
  const rows = graph.op('Shape', [units], { start: 0, end: 1 });
  const fill = (value: number): string => graph.op('Expand', [graph.ints([value]), rows]);
  const names = Array.from({ length: 5 }, () => graph.fresh());
  const first = [fill(OFFSET), fill(0), graph.op('Cast', [fill(0)], { to: BOOL }), byPlace, words];
  const inputs: [string, number][] = [
    [hash, INT64],
    [before, INT64],
    [open, BOOL],
    [unit, INT64],
    [word, BOOL],
  ];
  graph.opInto(names, 'Scan', first, { body: step.body(inputs, outputs), num_scan_inputs: 2 });
  const made = graph.op('Concat', [names[3] as string, names[4] as string], { axis: 0 });
  return graph.op('Transpose', [made], { perm: Int32Array.of(1, 0) });
}

/** Hashes of pieces of three to five characters of words with a space at either end, −1 elsewhere: rows × 3 · places. */
function pieceHashes(graph: Graph, units: string, end: string): string {
  const i = new Ints(graph);
  // from the place before the text on, and far enough beyond its end for the longest piece
  const padded = graph.op('Concat', [end, units, ...Array<string>(5).fill(end)], { axis: 1 });
  const space = isOneOf(graph, padded, SPACES);
  const spaced = i.where(space, 32, padded);
  const width = i.add(graph.op('Shape', [units], { start: 1, end: 2 }), 1);
  const from = (tensor: string, at: number): string => graph.op('Slice', [tensor, graph.ints([at]), i.add(width, at), graph.ints([1])]);
  let hash = graph.ints([PIECE], [1, 1]);
  let within: string | undefined;
  const made: string[] = [];
  for (let at = 0; at < 5; at++) {
    hash = i.mul32(i.xor(hash, from(spaced, at)), PRIME);
    // all between the first and the last character are no spaces
    if (at >= 2) {
      const inner = i.not(from(space, at - 1));
      within = within === undefined ? inner : i.and(within, inner);
      made.push(i.where(within, hash, -1));
    }
  }
  return graph.op('Concat', made, { axis: 1 });
}

/** What the different ones among hashes (rows × places, −1: none) say together: rows × outputs. */
function scoreOf(graph: Graph, hashes: string, { bits, rarity, weights, scale, outputs }: TextScoreStep['columns'][number]): string {
  const i = new Ints(graph);
  const places = graph.op('Shape', [hashes], { start: 1, end: 2 });
  const sort = (tensor: string, largest: number): string => {
    const names = [graph.fresh(), graph.fresh()];
    graph.opInto(names, 'TopK', [tensor, places], { axis: 1, largest, sorted: 1 });
    return names[0] as string;
  };
  const sorted = sort(hashes, 1);
  const there = i.notBelow(sorted, 0);
  const before = graph.op(
    'Concat',
    [i.column(hashes, -1), graph.op('Slice', [sorted, graph.ints([0]), graph.ints([-1]), graph.ints([1])])],
    { axis: 1 },
  );
  // where each different one begins; after the last one stands where all end
  const total = graph.op('ReduceSum', [i.toInt(there), graph.ints([1])], { keepdims: 1 });
  const place = i.sub(i.cumulate(graph.op('Expand', [graph.ints([1], [1, 1]), graph.op('Shape', [hashes])])), 1);
  const starts = sort(i.where(i.and(there, i.not(i.same(sorted, before))), place, total), 0);
  const next = graph.op('Concat', [graph.op('Slice', [starts, graph.ints([1]), places, graph.ints([1])]), total], { axis: 1 });
  const counts = i.sub(next, starts);
  const first = graph.op('GatherElements', [sorted, i.where(i.above(counts, 0), starts, 0)], { axis: 1 });
  const at = i.where(i.above(counts, 0), i.bits(first, (1 << bits) - 1), 0);
  const rare = graph.op('Gather', [graph.constant({ type: 'uint8', shape: [1 << bits], values: fromBase64(rarity) }), at], { axis: 0 });
  const often = graph.op('Gather', [graph.doubles(LOGS, [LOGS.length]), i.least(counts, LOGS.length - 1)], { axis: 0 });
  const x = graph.op('Mul', [often, double(graph, rare)]);
  const squares = graph.op('ReduceSum', [graph.op('Mul', [x, x]), graph.ints([1])], { keepdims: 1 });
  const some = graph.op('Greater', [squares, graph.number(0)]);
  const factor = graph.op('Where', [some, graph.op('Sqrt', [graph.op('Div', [graph.number(0.5), squares])]), graph.number(0)]);
  const sign = i.where(i.notBelow(first, 0x80000000), -1, 1);
  const values = graph.op('Mul', [graph.op('Mul', [x, factor]), i.toDouble(sign)]);
  const table = graph.constant({ type: 'int8', shape: [1 << bits, outputs.length], values: new Int8Array(fromBase64(weights).buffer) });
  const q = graph.op('Cast', [graph.op('Gather', [table, at], { axis: 0 })], { to: DOUBLE });
  const exact = graph.op('Mul', [graph.op('Mul', [q, graph.number(scale)]), graph.op('Abs', [q])]);
  const weight = double(graph, graph.op('Cast', [exact], { to: FLOAT }));
  const parts = graph.op('Mul', [graph.op('Unsqueeze', [values, graph.ints([2])]), weight]);
  return graph.op('ReduceSum', [parts, graph.ints([1])], { keepdims: 0 });
}
