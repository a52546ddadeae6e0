import type { Deadline } from '../../../core/clock.js';
import type { Rng } from '../../../core/rng.js';
import type { Task } from '../../../core/schema.js';
import { type Column, Table } from '../../../core/table.js';
import { type Fields, unreadable } from '../../../model/fields.js';
import type { TreesModel } from '../../../model/trees.js';
import type { KernelHost } from '../../kernels/kernel-host.js';
import { boostedTrees } from '../../learn/trees/boosted-trees.js';
import { type Binning, codeCount } from '../binning.js';

/** Boosted trees over the codes of a reference's columns, as plain numbers: a child ≥ 0 is a node, one < 0 is leaf −1−child. */
export interface CodeTrees {
  readonly start: number;
  readonly roots: readonly number[];
  /** Column, in the reference's order. */
  readonly column: readonly number[];
  /** Goes left at a rank up to this one. */
  readonly rank: readonly number[];
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly leaf: readonly number[];
}

const TASK: Task = { kind: 'regression', target: '', classes: [], reason: '' };

/** How many trees there may be: a few kilobytes. */
export interface CodeTreesSize {
  rounds: number;
  leaves: number;
  learningRate: number;
}

/** Ranks that the codes of a column stand in: bins by their order, levels by their scores. */
export function ranksOf(binning: Binning): Uint8Array {
  const size = codeCount(binning);
  if (binning.kind === 'number') return Uint8Array.from({ length: size }, (_, k) => k);
  const order = Array.from({ length: size }, (_, k) => k);
  order.sort((a, b) => (binning.scores[a] as number) - (binning.scores[b] as number) || a - b);
  const ranks = new Uint8Array(size);
  order.forEach((code, rank) => {
    ranks[code] = rank;
  });
  return ranks;
}

/** Fits small boosted trees of a number on coded rows; undefined where the deadline came first. @param rows those to learn from */
export async function fitCodeTrees(
  binnings: readonly Binning[],
  codes: readonly Uint8Array[],
  rows: Uint32Array,
  target: Float64Array,
  { rounds, leaves, learningRate }: CodeTreesSize,
  { rng, deadline, host }: { rng: Rng; deadline: Deadline; host: KernelHost },
): Promise<CodeTrees | undefined> {
  const columns = binnings.map((binning, c): Column => {
    const ranks = ranksOf(binning);
    return {
      kind: 'numeric',
      name: String(c),
      values: Float64Array.from(rows, (i) => ranks[(codes[c] as Uint8Array)[i] as number] as number),
    };
  });
  const sample = { table: new Table(columns, rows.length), target: Float64Array.from(rows, (i) => target[i] as number) };
  const parameters = {
    rounds,
    learningRate,
    leaves,
    kinds: 'plain',
    shape: 'leafwise',
    minRowsInLeaf: 20,
    l2: 5,
  };
  const { model, cut } = await boostedTrees.fit(sample, undefined, parameters, { task: TASK, rng, deadline, host });
  if (cut) return undefined;
  const { head, trees } = model as TreesModel;
  const columnOf = head.inputs.map(Number);
  const list = (array: ArrayLike<number>): number[] => Array.from(array);
  return {
    start: head.start[0] as number,
    roots: list(trees.roots),
    column: list(trees.feature).map((f) => columnOf[f] as number),
    rank: list(trees.threshold).map((t) => Math.floor(t)),
    left: list(trees.left),
    right: list(trees.right),
    leaf: list(trees.leaf).map((v) => Number(v.toPrecision(6))),
  };
}

/** What the trees give for coded rows. */
export function scoreCodes(trees: CodeTrees, binnings: readonly Binning[], codes: readonly Uint8Array[], rows: number): Float64Array {
  const ranks = binnings.map(ranksOf);
  const { start, roots, column, rank, left, right, leaf } = trees;
  const out = new Float64Array(rows).fill(start);
  for (let i = 0; i < rows; i++)
    for (const root of roots) {
      let at = root;
      while (at >= 0) {
        const c = column[at] as number;
        const r = (ranks[c] as Uint8Array)[(codes[c] as Uint8Array)[i] as number] as number;
        at = (r <= (rank[at] as number) ? left[at] : right[at]) as number;
      }
      out[i] = (out[i] as number) + (leaf[-1 - at] as number);
    }
  return out;
}

/** Reads what was written as plain data. @throws MillwrightError `BUNDLE_UNREADABLE` */
export function decodeCodeTrees(f: Fields, columns: number): CodeTrees {
  const column = f.numbers('column');
  const nodes = column.length;
  const trees: CodeTrees = {
    start: f.number('start'),
    roots: f.numbers('roots'),
    column,
    rank: f.numbers('rank', nodes),
    left: f.numbers('left', nodes),
    right: f.numbers('right', nodes),
    leaf: f.numbers('leaf'),
  };
  // children come after their parent: no walk can loop
  const fits = (child: number, parent: number): boolean =>
    Number.isInteger(child) && (child >= 0 ? child < nodes && child > parent : -1 - child < trees.leaf.length);
  const good =
    trees.roots.every((root) => fits(root, -1)) &&
    column.every(
      (c, i) => Number.isInteger(c) && c >= 0 && c < columns && fits(trees.left[i] as number, i) && fits(trees.right[i] as number, i),
    );
  if (!good) throw unreadable(`${f.where} does not fit together.`);
  return trees;
}
