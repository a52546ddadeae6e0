import type { Table } from '../../core/table.js';
import { CATEGORICAL, MISSING_LEFT, type TreeArrays, type TreesModel } from '../../model/trees.js';

/**
 * Exact Shapley values of a sum of trees, in its scores before the link: how much each input moved a row's score from the mean over the training rows.
 * Paths are weighed by the training rows that went through them (path-dependent TreeSHAP: Lundberg et al. 2020, algorithm 2). The base and a row's values
 * sum to its score. Trees whose leaves are lines are not for this.
 * @param table prepared
 * @returns `base` one an output; `values` row-major rows × outputs × inputs
 */
export function treeShap(model: TreesModel, table: Table): { base: Float64Array; values: Float64Array } {
  const { outputs, inputs, start, vector } = model.head;
  const { roots, leaf } = model.trees;
  const walker = new Walker(model, outputs);
  const base = Float64Array.from(start);
  for (let t = 0; t < roots.length; t++) {
    if (vector)
      for (let o = 0; o < outputs; o++)
        base[o] = (base[o] as number) + walker.mean(roots[t] as number, (at) => leaf[at * outputs + o] as number);
    else base[t % outputs] = (base[t % outputs] as number) + walker.mean(roots[t] as number, (at) => leaf[at] as number);
  }
  const columns = inputs.map((name) => {
    const column = table.column(name);
    return column.kind === 'numeric' ? column.values : column.codes;
  });
  const values = new Float64Array(table.rows * outputs * inputs.length);
  const row = new Float64Array(inputs.length);
  for (let r = 0; r < table.rows; r++) {
    for (let c = 0; c < row.length; c++) row[c] = (columns[c] as Float64Array)[r] as number;
    const own = values.subarray(r * outputs * inputs.length, (r + 1) * outputs * inputs.length);
    for (let t = 0; t < roots.length; t++) walker.add(row, roots[t] as number, vector ? -1 : t % outputs, own);
  }
  return { base, values };
}

/** The features on a path, with the shares of rows that go on when a feature is unknown (zero) and known (one), and the weights of subsets by their size. */
interface Path {
  feature: number;
  zero: number;
  one: number;
  weight: number;
}

class Walker {
  constructor(
    private readonly model: TreesModel,
    private readonly outputs: number,
  ) {}

  /** The mean of the leaves below a child, by training rows. */
  mean(child: number, value: (leaf: number) => number): number {
    if (child < 0) return value(-1 - child);
    const { left, right } = this.model.trees;
    const [a, b] = [left[child] as number, right[child] as number];
    const share = shareLeft(this.model.trees, a, b);
    return share * this.mean(a, value) + (1 - share) * this.mean(b, value);
  }

  /** Adds the values of one tree. @param output −1: its leaves have a value for each */
  add(row: Float64Array, root: number, output: number, values: Float64Array): void {
    const { trees, head } = this.model;
    const width = head.inputs.length;
    const visit = (child: number, above: readonly Path[], zero: number, one: number, feature: number): void => {
      const path = extend(above, zero, one, feature);
      if (child < 0) {
        const leaf = -1 - child;
        for (let i = 1; i < path.length; i++) {
          const { feature: f, zero: z, one: o } = path[i] as Path;
          const weight = unwoundSum(path, i) * (o - z);
          if (output >= 0) values[output * width + f] = (values[output * width + f] as number) + weight * (trees.leaf[leaf] as number);
          else
            for (let k = 0; k < this.outputs; k++)
              values[k * width + f] = (values[k * width + f] as number) + weight * (trees.leaf[leaf * this.outputs + k] as number);
        }
        return;
      }
      const split = trees.feature[child] as number;
      const [a, b] = [trees.left[child] as number, trees.right[child] as number];
      const share = shareLeft(this.model.trees, a, b);
      const toLeft = goesLeft(trees, head.levels, child, row[split] as number);
      const before = path.findIndex((p, i) => i > 0 && p.feature === split);
      const [pastZero, pastOne] = before < 0 ? [1, 1] : [(path[before] as Path).zero, (path[before] as Path).one];
      const rest = before < 0 ? path : unwind(path, before);
      visit(a, rest, pastZero * share, toLeft ? pastOne : 0, split);
      visit(b, rest, pastZero * (1 - share), toLeft ? 0 : pastOne, split);
    };
    visit(root, [], 1, 1, -1);
  }
}

/** The share of the training rows of a split that went left. */
export function shareLeft({ cover, leafCover }: TreeArrays, left: number, right: number): number {
  const of = (child: number): number => (child >= 0 ? (cover[child] as number) : (leafCover[-1 - child] as number));
  const both = of(left) + of(right);
  return both > 0 ? of(left) / both : 0.5;
}

/** Whether a row with that cell goes left at a node. @param levels of each input */
export function goesLeft({ flags, threshold, sets, feature }: TreeArrays, levels: readonly number[], node: number, x: number): boolean {
  const flag = flags[node] as number;
  if ((flag & CATEGORICAL) === 0) return x <= (threshold[node] as number) || ((flag & MISSING_LEFT) !== 0 && Number.isNaN(x));
  const bits = levels[feature[node] as number] as number;
  return x >= 0 && x < bits && (((sets[(threshold[node] as number) + (x >> 5)] as number) >>> (x & 31)) & 1) === 1;
}

function extend(path: readonly Path[], zero: number, one: number, feature: number): Path[] {
  const longer = path.map((p) => ({ ...p }));
  const depth = longer.length;
  longer.push({ feature, zero, one, weight: depth === 0 ? 1 : 0 });
  for (let i = depth - 1; i >= 0; i--) {
    const [at, next] = [longer[i] as Path, longer[i + 1] as Path];
    next.weight += (one * at.weight * (i + 1)) / (depth + 1);
    at.weight = (zero * at.weight * (depth - i)) / (depth + 1);
  }
  return longer;
}

/** The path without one of its features, as if it had never been there. */
function unwind(path: readonly Path[], index: number): Path[] {
  const shorter = path.map((p) => ({ ...p }));
  const depth = path.length - 1;
  const { zero, one } = path[index] as Path;
  let next = (path[depth] as Path).weight;
  for (let i = depth - 1; i >= 0; i--) {
    const at = shorter[i] as Path;
    if (one !== 0) {
      const weight = at.weight;
      at.weight = (next * (depth + 1)) / ((i + 1) * one);
      next = weight - (at.weight * zero * (depth - i)) / (depth + 1);
    } else at.weight = zero === 0 ? 0 : (at.weight * (depth + 1)) / (zero * (depth - i));
  }
  for (let i = index; i < depth; i++) {
    const [at, after] = [shorter[i] as Path, shorter[i + 1] as Path];
    Object.assign(at, { feature: after.feature, zero: after.zero, one: after.one });
  }
  shorter.pop();
  return shorter;
}

/** The sum of the weights of `unwind`. */
function unwoundSum(path: readonly Path[], index: number): number {
  const depth = path.length - 1;
  const { zero, one } = path[index] as Path;
  let next = (path[depth] as Path).weight;
  let total = 0;
  for (let i = depth - 1; i >= 0; i--) {
    const { weight } = path[i] as Path;
    if (one !== 0) {
      const share = (next * (depth + 1)) / ((i + 1) * one);
      total += share;
      next = weight - (share * zero * (depth - i)) / (depth + 1);
    } else if (zero !== 0) total += (weight * (depth + 1)) / (zero * (depth - i));
  }
  return total;
}
