import type { Binning } from './binning.js';
import { SCORE_UNIT } from './binning.js';
import { changePoint, jointChangePoint } from './change-point.js';
import { type Asked, askColumn, expectedCounts, figuresOf, type Question } from './column-figures.js';
import { describeColumn, describeJoint, type Said } from './describe.js';
import { askPairs, blame, type PairMoved } from './joint-figures.js';
import type { Observer } from './observer.js';
import { inputCount, type Reference } from './reference.js';
import { pairIndex, type Sketch } from './sketch.js';

/** A change that a window shows. */
export interface Change {
  /** What it is about: the same key is the same alert as long as it is open. */
  key: string;
  columns: number[];
  names: string[];
  said: Said;
  question?: Question;
  /** Probability by chance, all tests of the window counted. */
  p: number;
  effect: number;
  /** The row of the stream from which on it holds. */
  since: number;
}

/** What a window came to. */
export interface Found {
  /** New changes, the surest first. */
  changes: Change[];
  /** Keys of open alerts that the window still shows. */
  still: Set<string>;
}

export interface WindowTest {
  reference: Reference;
  observer: Observer;
  scales: readonly { base: Sketch; window: Sketch; windows: number }[];
  alpha: number;
  ignore: ReadonlySet<string>;
  /** Keys of open alerts: they are only asked whether they go on. */
  open: ReadonlySet<string>;
  /** Keys of alerts that ended a short while ago: the windows before are not counted against them again. */
  recently: ReadonlySet<string>;
}

/** How the probability of a false alarm is divided. */
const SHARES = { columns: 0.7, pairs: 0.2, predictions: 0.1 };
/** Changes below these are not worth a person's time, however sure. Predictions out of fold are not quite those of the final model. */
const FLOORS: Record<Question, number> = { missing: 0.005, outside: 0.002, location: 0.01, scale: 0.01, shape: 0.01, season: 0.1 };
/** Parts of a column's share by question: gaps and strange values are sure when they are there, small shifts need more. */
const PARTS: Record<Question, number> = { missing: 1, outside: 1, location: 4, scale: 3, shape: 4, season: 2 };
const PREDICTION_FLOOR = 0.1;
const CORRELATION_FLOOR = 0.1;
/** An open alert goes on while its columns would be this unlikely by themselves. */
const STILL = 0.01;

export const columnKey = (column: number): string => `column:${column}`;
const jointKey = (column: number): string => `joint:${column}`;

/** Tests the latest window, and it together with those before, on every column and pair. */
export function testWindow(test: WindowTest): Found {
  const { reference, scales, ignore, open } = test;
  const found: Found = { changes: [], still: new Set() };
  if (scales.length === 0) return found;
  const inputs = inputCount(reference);
  const watched = reference.binnings.flatMap((b, c) => (ignore.has(b.name) && c < inputs ? [] : [c]));
  const nInputs = watched.filter((c) => c < inputs).length;
  const moved = new Set<number>();
  for (const c of watched) {
    const key = columnKey(c);
    if (open.has(key)) moved.add(c);
    const ofModel = c >= inputs;
    const family = (ofModel ? reference.predictions : nInputs) * scales.length;
    const share = ofModel ? SHARES.predictions : SHARES.columns;
    let best: { asked: Asked; p: number; base: Sketch; window: Sketch } | undefined;
    for (const { base, window, windows } of scales) {
      if (windows > 1 && (open.has(key) || test.recently.has(key))) continue;
      const all = askColumn(reference, base, window, c);
      if (open.has(key) && all.some((a) => a.p * all.length < STILL)) found.still.add(key);
      const parts = all.reduce((sum, { question }) => sum + PARTS[question], 0);
      for (const asked of all) {
        const p = (asked.p * parts * family) / (PARTS[asked.question] * share);
        const floor = ofModel ? PREDICTION_FLOOR : FLOORS[asked.question];
        if (asked.effect >= floor && p <= test.alpha && (!best || p < best.p)) best = { asked, p, base, window };
      }
    }
    if (!best) continue;
    moved.add(c);
    if (!open.has(key)) found.changes.push(columnChange(test, c, best, ofModel));
  }
  const joint = jointChange(test, moved, found);
  if (joint) found.changes.push(joint);
  const ofInput = (change: Change) => (change.said.kind === 'prediction' ? 1 : 0);
  found.changes.sort(
    (a, b) => ofInput(a) - ofInput(b) || a.p - b.p || b.effect - a.effect || (a.columns[0] as number) - (b.columns[0] as number),
  );
  return found;
}

function columnChange(
  { reference, observer }: WindowTest,
  column: number,
  best: { asked: Asked; p: number; base: Sketch; window: Sketch },
  ofModel: boolean,
): Change {
  const { asked, p, base, window } = best;
  const binning = reference.binnings[column] as Binning;
  const figures = figuresOf(reference, base, window, column);
  const expected = expectedCounts(reference, base, window, column);
  return {
    key: columnKey(column),
    columns: [column],
    names: [binning.name],
    said: describeColumn(binning, figures, asked, window, column, ofModel),
    question: asked.question,
    p,
    effect: asked.effect,
    since: observer.recentFrom + changePoint(observer.recent(column), expected, window.counts[column] as Float64Array),
  };
}

/** Columns that no longer go together; told once, of the column that most of it has to do with. */
function jointChange(test: WindowTest, moved: ReadonlySet<number>, found: Found): Change | undefined {
  const { reference, scales, open } = test;
  const leave = new Set([...moved, ...reference.binnings.flatMap((b, c) => (test.ignore.has(b.name) ? [c] : []))]);
  const openJoint = [...open].filter((key) => key.startsWith('joint:'));
  let best: { pairs: PairMoved[]; least: PairMoved; p: number; window: Sketch } | undefined;
  for (const { base, window, windows } of scales) {
    if (windows > 1 && (openJoint.length > 0 || [...test.recently].some((key) => key.startsWith('joint:')))) continue;
    const pairs = askPairs(reference, base, window, leave);
    for (const key of openJoint) {
      const column = Number(key.slice(6));
      const own = pairs.filter(({ a, b }) => a === column || b === column);
      if (own.some((pair) => pair.p * own.length < STILL)) found.still.add(key);
    }
    for (const pair of pairs) {
      const p = (pair.p * pairs.length * scales.length) / SHARES.pairs;
      if (Math.abs(pair.current - pair.reference) >= CORRELATION_FLOOR && p <= test.alpha && (!best || p < best.p))
        best = { pairs, least: pair, p, window };
    }
  }
  if (!best || openJoint.length > 0) return undefined;
  const column = blame(best.pairs);
  // of the pairs of that column the one that moved most
  const strongest = best.pairs
    .filter(({ a, b }) => a === column || b === column)
    .reduce((x, y) => (Math.abs(y.z) > Math.abs(x.z) ? y : x), best.least);
  const first = strongest.a === column || strongest.b === column ? column : strongest.a;
  const second = strongest.a === first ? strongest.b : strongest.a;
  const names = [first, second].map((c) => (reference.binnings[c] as Binning).name);
  return {
    key: jointKey(first),
    columns: [first, second],
    names,
    said: describeJoint(names, strongest.reference, strongest.current),
    p: best.p,
    effect: Math.abs(strongest.current - strongest.reference),
    since: sinceTogether(test, first, second, best.window),
  };
}

function sinceTogether({ reference, observer }: WindowTest, a: number, b: number, window: Sketch): number {
  const scores = [a, b].map((c) => (reference.binnings[c] as Binning).scores);
  const [x, y] = [observer.recent(a), observer.recent(b)];
  const products = Float64Array.from(
    x,
    (code, i) => ((scores[0]?.[code] as number) * (scores[1]?.[y[i] as number] as number)) / (SCORE_UNIT * SCORE_UNIT),
  );
  const mean = (sketch: Sketch): number => (sketch.products[pairIndex(a, b)] as number) / sketch.rows / (SCORE_UNIT * SCORE_UNIT);
  return observer.recentFrom + jointChangePoint(products, mean(reference.sketch), mean(window));
}
