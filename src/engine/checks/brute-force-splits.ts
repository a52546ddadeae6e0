import { Rng } from '../../core/rng.js';
import { type Column, Table } from '../../core/table.js';
import { KernelHost } from '../kernels/kernel-host.js';
import { type BinMapper, fitBins } from '../learn/trees/bin-mapper.js';
import { binRows } from '../learn/trees/binned-rows.js';
import { type GrowRules, LocalHistograms } from '../learn/trees/histogram-source.js';

// Every split is searched for again here by trying them all, row by row, and must be found as good by the kernels.

export interface Problem {
  host: KernelHost;
  mappers: BinMapper[];
  /** Bins, a column at a time. */
  bins: Uint8Array[];
  gradient: Int32Array;
  hessian: Int32Array;
  rules: GrowRules;
  source: LocalHistograms;
  begin(rows?: Uint32Array): void;
}

export const RULES: GrowRules = {
  l1: 0,
  l2: 1,
  minChildWeight: 0,
  minRowsInLeaf: 3,
  minSplitGain: 0,
  catSmooth: 10,
  catL2: 10,
  minRowsPerSet: 5,
};
const LEVELS = [2, 3, 4, 5, 9, 70];

export function randomTable(rng: Rng, rows: number, columns: number): Table {
  return new Table(
    Array.from({ length: columns }, (_, c): Column => {
      const name = `c${c}`;
      const blank = rng.below(3) === 0 ? 0.3 : 0;
      if (rng.below(3) === 0) {
        const levels = Array.from({ length: LEVELS[rng.below(LEVELS.length)] as number }, (_, i) => `l${i}`);
        return {
          kind: 'category',
          name,
          levels,
          codes: Int32Array.from({ length: rows }, () => (rng.float() < blank ? -1 : rng.below(levels.length))),
        };
      }
      const distinct = [1, 2, 7, 1000][rng.below(4)] as number;
      return {
        kind: 'numeric',
        name,
        values: Float64Array.from({ length: rows }, () => (rng.float() < blank ? Number.NaN : rng.below(distinct))),
      };
    }),
  );
}

export async function problem(
  table: Table,
  rules: GrowRules,
  gradientOf: (row: number) => number,
  hessianOf: (row: number) => number,
  leaves = 8,
  histogramBytes?: number,
  maxBins = 255,
): Promise<Problem> {
  const host = await KernelHost.create();
  const mappers = fitBins(table, maxBins, new Rng(1));
  const binned = binRows(host, table, mappers, true);
  const bins = mappers.map((_, c) => host.u8(binned.column[c] as number, table.rows).slice());
  const gradient = Int32Array.from({ length: table.rows }, (_, i) => gradientOf(i));
  const hessian = Int32Array.from({ length: table.rows }, (_, i) => hessianOf(i));
  const packed = host.allocate(table.rows * 8);
  const source = new LocalHistograms(host, binned, mappers, leaves, histogramBytes);
  const words = host.i32(packed, table.rows * 2);
  for (let i = 0; i < table.rows; i++) words.set([hessian[i] as number, gradient[i] as number], 2 * i);
  return { host, mappers, bins, gradient, hessian, rules, source, begin: (rows) => source.begin(packed, rows, rules, 1, 1) };
}

const score = (g: number, h: number, l1: number, l2: number): number =>
  (Math.max(0, Math.abs(g) - l1) * Math.max(0, Math.abs(g) - l1)) / (h + l2);

export interface Found {
  gain: number;
  gradient: number;
  hessian: number;
}

export function sumsOf(p: Problem, rows: Iterable<number>): { gradient: number; hessian: number; rows: number } {
  const sums = { gradient: 0, hessian: 0, rows: 0 };
  for (const r of rows) {
    sums.gradient += p.gradient[r] as number;
    sums.hessian += p.hessian[r] as number;
    sums.rows++;
  }
  return sums;
}

/** Gain of sending `goesLeft` rows left, or undefined when a rule forbids it. */
export function gainOf(p: Problem, rows: Uint32Array, goesLeft: (row: number) => boolean, l2: number): Found | undefined {
  const all = sumsOf(p, rows);
  const left = sumsOf(p, rows.filter(goesLeft));
  const perRow = all.hessian / all.rows;
  const least = Math.max(p.rules.minChildWeight, 1e-9, (p.rules.minRowsInLeaf - 0.5) * perRow);
  if (left.hessian < least || all.hessian - left.hessian < least) return undefined;
  const { l1 } = p.rules;
  const gain = score(left.gradient, left.hessian, l1, l2) + score(all.gradient - left.gradient, all.hessian - left.hessian, l1, l2);
  return { gain: gain - score(all.gradient, all.hessian, l1, p.rules.l2), gradient: left.gradient, hessian: left.hessian };
}

/** All sets of bins that the search of a column may choose. */
function* choices(
  p: Problem,
  column: number,
  rows: Uint32Array,
): Generator<{ left: (bin: number) => boolean; l2: number; skipBelow: number }> {
  const mapper = p.mappers[column] as BinMapper;
  const bins = p.bins[column] as Uint8Array;
  const { l2 } = p.rules;
  if (mapper.kind === 'numeric') {
    for (const missing of [false, true])
      for (let b = 1; b < mapper.bins; b++) yield { left: (bin) => (bin === 0 ? missing : bin <= b), l2, skipBelow: 0 };
    return;
  }
  if (mapper.bins - 1 <= 4) {
    for (let b = 1; b < mapper.bins; b++) yield { left: (bin) => bin === b, l2, skipBelow: 0 };
    return;
  }
  const all = sumsOf(p, rows);
  const smooth = (p.rules.catSmooth * all.hessian) / all.rows;
  const used: { bin: number; ratio: number; hessian: number }[] = [];
  for (let b = 1; b < mapper.bins; b++) {
    const own = sumsOf(
      p,
      rows.filter((r) => bins[r] === b),
    );
    if (own.rows > 0 && own.hessian >= smooth) used.push({ bin: b, ratio: own.gradient / (own.hessian + smooth), hessian: own.hessian });
  }
  used.sort((a, b) => a.ratio - b.ratio);
  const group = (p.rules.minRowsPerSet * all.hessian) / all.rows;
  const least = Math.max(p.rules.minChildWeight, 1e-9, ((p.rules.minRowsInLeaf - 0.5) * all.hessian) / all.rows);
  for (const order of [used, [...used].reverse()]) {
    let since = 0;
    let sum = 0;
    for (let n = 1; n <= Math.min(32, Math.floor((used.length + 1) / 2)); n++) {
      const set = new Set(order.slice(0, n).map((u) => u.bin));
      since += order[n - 1]?.hessian as number;
      sum += order[n - 1]?.hessian as number;
      if (sum < least || since < group) continue;
      since = 0;
      yield { left: (bin) => set.has(bin), l2: l2 + p.rules.catL2, skipBelow: p.rules.minRowsPerSet };
    }
  }
}

export function bestOf(p: Problem, rows: Uint32Array, columns?: Uint8Array): Found | undefined {
  let best: Found | undefined;
  p.mappers.forEach((_, c) => {
    if (columns && columns[c] === 0) return;
    const bins = p.bins[c] as Uint8Array;
    for (const { left, l2, skipBelow } of choices(p, c, rows)) {
      // a set's own side need not reach the group size, the rest must
      const found = gainOf(p, rows, (r) => left(bins[r] as number), l2);
      if (!found || found.gain <= p.rules.minSplitGain) continue;
      const all = sumsOf(p, rows);
      if (skipBelow > 0 && all.hessian - found.hessian < (skipBelow * all.hessian) / all.rows) continue;
      if (!best || found.gain > best.gain) best = found;
    }
  });
  return best;
}
