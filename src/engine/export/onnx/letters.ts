import type { Graph } from './graph.js';
import { Ints } from './ints.js';
import { TreeNodes } from './tree-nodes.js';

/** Characters that are known: the first two planes of Unicode. */
const KNOWN = 0x20000;
/** Its lower case depends on what stands around it: ς at the end of a word. */
const SIGMA = 0x3a3;
const FINAL_SIGMA = 0x3c2;
/** Its lower case is two characters, the second being this. */
const DOTTED = 0x130;
const DOT = 0x307;

/** The characters of a column of texts, as int64 tensors of rows × places; −1 stands where a text is over. */
export interface Letters {
  /** As they are. */
  readonly own: string;
  /** In lower case, two places for what becomes two. */
  readonly lower: string;
  /** The same in UTF-16. */
  readonly units: string;
  /** rows × 1, bool: the text holds what is not known. */
  readonly unknown: string;
}

/** Takes texts (rows × 1) apart, without the white space at their ends, by the tokenizer of onnxruntime that skl2onnx uses too. */
export function lettersOf(graph: Graph, text: string): Letters {
  const i = new Ints(graph);
  const flat = graph.op('Reshape', [text, graph.ints([-1])]);
  const characters = graph.op('Tokenizer', [flat], { mark: 0, mincharnum: 1, pad_value: '', separators: [''] });
  graph.tellTexts(characters);
  const codes = graph.op('LabelEncoder', [characters], knownCharacters());
  // never without a place, even where all texts are empty
  const padded = graph.op('Concat', [codes, i.column(text, -1)], { axis: 1 });
  const inside = i.not(isOneOf(graph, padded, trimmed()));
  const told = i.or(i.same(padded, -2), i.and(inside, i.notBelow(padded, 0)));
  const own = i.where(i.and(i.above(i.cumulate(i.toInt(told)), 0), i.above(i.cumulate(i.toInt(told), true), 0)), padded, -1);
  const lowered = graph.op('LabelEncoder', [own], lowerCase());
  const plain = i.where(i.same(lowered, -1), own, lowered);
  const lower = i.where(i.and(i.same(own, SIGMA), endsWord(graph, own)), FINAL_SIGMA, plain);
  const dot = i.where(i.same(own, DOTTED), DOT, -1);
  const beyond = i.notBelow(lower, 0x10000);
  const high = i.where(beyond, i.add(i.div(i.sub(lower, 0x10000), 1024), 0xd800), lower);
  const low = i.where(beyond, i.add(i.bits(lower, 1023), 0xdc00), dot);
  const strange = i.toInt(i.same(own, -2));
  return {
    own,
    lower: together(graph, lower, dot),
    units: together(graph, high, low),
    unknown: i.above(graph.op('ReduceMax', [strange, graph.ints([1])], { keepdims: 1 }), 0),
  };
}

/** Whether letters stand before, but not after: Unicode's Final_Sigma, which looks past apostrophes and the like. */
function endsWord(graph: Graph, codes: string): string {
  const i = new Ints(graph);
  const passed = isOneOf(
    graph,
    codes,
    rangesOf((c) => /\p{Case_Ignorable}/u.test(c) && !/\p{Cased}/u.test(c)),
  );
  const cased = isOneOf(
    graph,
    codes,
    rangesOf((c) => /\p{Cased}/u.test(c)),
  );
  // of what is not looked past, in its order: whether it is a letter
  const rank = i.cumulate(i.toInt(i.not(passed)));
  const width = graph.op('Shape', [codes], { start: 1, end: 2 });
  const wider = graph.op('Concat', [graph.op('Shape', [codes], { start: 0, end: 1 }), i.add(width, 3)], { axis: 0 });
  const none = graph.op('Expand', [graph.ints([0], [1, 1]), wider]);
  const last = i.add(width, 2);
  const flags = graph.op('ScatterElements', [none, i.where(passed, last, rank), i.toInt(cased)], { axis: 1 });
  const at = (place: string): string => i.above(graph.op('GatherElements', [flags, place], { axis: 1 }), 0);
  return i.and(at(i.where(passed, 0, i.sub(rank, 1))), i.not(at(i.add(rank, 1))));
}

/** What stands at first and second places in turn, without the places where nothing (−1) stands. */
function together(graph: Graph, first: string, second: string): string {
  const i = new Ints(graph);
  const [a, b] = [first, second].map((t) => graph.op('Unsqueeze', [t, graph.ints([2])])) as [string, string];
  const all = graph.op('Reshape', [graph.op('Concat', [a, b], { axis: 2 }), graph.ints([0, -1])]);
  const there = i.not(i.same(all, -1));
  const place = i.sub(i.cumulate(i.toInt(there)), 1);
  // what is not there goes to the place after all others, which is taken away again
  const width = graph.op('Shape', [all], { start: 1, end: 2 });
  const empty = graph.op('Expand', [
    graph.ints([-1], [1, 1]),
    graph.op('Concat', [graph.op('Shape', [all], { start: 0, end: 1 }), i.add(width, 1)], { axis: 0 }),
  ]);
  const packed = graph.op('ScatterElements', [empty, i.where(there, place, width), all], { axis: 1 });
  return graph.op('Slice', [packed, graph.ints([0]), width, graph.ints([1])]);
}

/** Whether codes are in sorted, separate ranges [from, to]. */
export function isOneOf(graph: Graph, codes: string, ranges: readonly (readonly [number, number])[]): string {
  const i = new Ints(graph);
  const ends = ranges.flatMap(([from, to]) => [from - 0.5, to + 0.5]);
  const nodes = new TreeNodes();
  const search = (low: number, high: number): ReturnType<TreeNodes['leaf']> => {
    if (low === high) return nodes.leaf(0, low % 2);
    const middle = (low + high) >> 1;
    const node = nodes.node(0, ends[middle] as number, false);
    nodes.children(node, search(low, middle), search(middle + 1, high));
    return { node };
  };
  nodes.root(search(0, ends.length));
  const column = i.toDouble(graph.op('Reshape', [codes, graph.ints([-1, 1])]));
  const found = nodes.finish(graph, column, 1);
  return graph.op('Greater', [graph.op('Reshape', [found, graph.op('Shape', [codes])]), graph.number(0.5)]);
}

let characterTable: { keys_strings: string[]; values_int64s: Int32Array; default_int64: number } | undefined;

/** Character → code point; −1 for none, −2 for those that are not known. */
function knownCharacters(): { keys_strings: string[]; values_int64s: Int32Array; default_int64: number } {
  if (characterTable) return characterTable;
  const keys = [''];
  const values = [-1];
  for (let code = 1; code < KNOWN; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    keys.push(String.fromCodePoint(code));
    values.push(code);
  }
  characterTable = { keys_strings: keys, values_int64s: Int32Array.from(values), default_int64: -2 };
  return characterTable;
}

/** Code points whose lower case is another, as this engine knows them. */
function lowerCase(): { keys_int64s: Int32Array; values_int64s: Int32Array; default_int64: number } {
  const [keys, values]: [number[], number[]] = [[], []];
  for (let code = 1; code < KNOWN; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const lower = String.fromCodePoint(code).toLowerCase().codePointAt(0) as number;
    if (lower === code) continue;
    keys.push(code);
    values.push(lower);
  }
  return { keys_int64s: Int32Array.from(keys), values_int64s: Int32Array.from(values), default_int64: -1 };
}

/** Ranges of the known code points that a test holds for. */
export function rangesOf(test: (character: string) => boolean): [number, number][] {
  const ranges: [number, number][] = [];
  for (let code = 1; code < KNOWN; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    if (!test(String.fromCodePoint(code))) continue;
    const last = ranges.at(-1);
    if (last && last[1] === code - 1) last[1] = code;
    else ranges.push([code, code]);
  }
  return ranges;
}

/** What JavaScript trims. */
function trimmed(): [number, number][] {
  return rangesOf((c) => c.trim() === '');
}
