import { Rng } from '../../../core/rng.js';
import type { KernelHost } from '../../kernels/kernel-host.js';

/** What restrains the search for splits beside the growing rules. */
export interface GrowLimits {
  /** One threshold (or set of categories) a column and leaf is drawn, instead of the best of all (Geurts, Ernst and Wehenkel 2006). */
  readonly extraTrees: boolean;
  /** Share of the tree's columns that each leaf looks at. */
  readonly columnShare: number;
  /** By column: 1 when predictions may not fall as it rises, −1 when they may not rise. */
  readonly monotone?: Int8Array;
  /** Groups of columns (1: member); a path may use only columns that all lie in one group. */
  readonly groups?: readonly Uint8Array[];
}

/** The limits of one leaf. */
export interface LeafState {
  readonly seed: number;
  /** Numbers of the groups that hold every column of the path. */
  readonly groups: readonly number[];
  /** Bounds of the leaf's output, in histogram units. */
  readonly low: number;
  readonly high: number;
}

const DRAWN = 1;
const BOUNDED = 2;
/** Places of the control block that `search` reads. */
const SEED = 14;
const MASK = 16;
const LIMITS = 18;
const BOUND = 12;

/** Mixes two numbers into 32 bits (splitmix32). */
function mix(a: number, b: number): number {
  let x = (a + Math.imul(b + 1, 0x9e3779b9)) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

/** Keeps each leaf's limits and hands them to the search. A leaf's draws come from its place in the tree alone, so threads cannot matter. */
export class LeafLimits {
  readonly #host: KernelHost;
  readonly #limits: GrowLimits;
  readonly #columns: number;
  readonly #masks: readonly [number, number];
  #usable: readonly number[] = [];

  constructor(host: KernelHost, limits: GrowLimits, columns: number) {
    this.#host = host;
    this.#limits = limits;
    this.#columns = columns;
    this.#masks = [host.allocate(columns), host.allocate(columns)];
  }

  /** Bits of a column for the kernels' table: 4: rising, 8: falling. */
  flags(column: number): number {
    const direction = this.#limits.monotone?.[column] ?? 0;
    return direction > 0 ? 4 : direction < 0 ? 8 : 0;
  }

  /** @param usable columns that the tree may split on */
  begin(usable: readonly number[]): void {
    this.#usable = usable;
  }

  root(seed: number): LeafState {
    const groups = this.#limits.groups ? Array.from(this.#limits.groups.keys()) : [];
    return { seed, groups, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  }

  /**
   * The limits of both children. Neither may cross the middle of their outputs when the column has a direction (LightGBM's `basic` method).
   * @param right number of the right child: no two divisions of a tree have the same
   * @param outputs Newton steps of the children, before bounds
   */
  children(parent: LeafState, column: number, right: number, outputs: readonly [number, number]): [LeafState, LeafState] {
    const groups = parent.groups.filter((g) => this.#limits.groups?.[g]?.[column] === 1);
    const direction = this.#limits.monotone?.[column] ?? 0;
    const { low, high } = parent;
    const held = (value: number): number => Math.max(low, Math.min(high, value));
    const middle = (held(outputs[0]) + held(outputs[1])) / 2;
    const below = { low, high: middle };
    const above = { low: middle, high };
    const [left, other] = direction > 0 ? [below, above] : direction < 0 ? [above, below] : [parent, parent];
    return [
      { seed: mix(parent.seed, 2 * right), groups, low: left.low, high: left.high },
      { seed: mix(parent.seed, 2 * right + 1), groups, low: other.low, high: other.high },
    ];
  }

  /** Sets the limits of the small (0) or large (1) child of the next search. */
  place(which: 0 | 1, leaf: LeafState): void {
    const { extraTrees, columnShare, monotone, groups } = this.#limits;
    const host = this.#host;
    host.int(LIMITS, (extraTrees ? DRAWN : 0) | (monotone ? BOUNDED : 0));
    host.int(SEED + which, leaf.seed | 0);
    host.number(BOUND + 2 * which, leaf.low);
    host.number(BOUND + 2 * which + 1, leaf.high);
    if (!groups && columnShare >= 1) {
      host.int(MASK + which, 0);
      return;
    }
    const allowed = groups ? this.#usable.filter((c) => leaf.groups.some((g) => groups[g]?.[c] === 1)) : this.#usable;
    const mask = host.u8(this.#masks[which], this.#columns);
    mask.fill(0);
    if (columnShare >= 1) for (const c of allowed) mask[c] = 1;
    else {
      const count = Math.min(allowed.length, Math.max(1, Math.round(allowed.length * columnShare)));
      for (const i of new Rng(leaf.seed).sample(allowed.length, count)) mask[allowed[i] as number] = 1;
    }
    host.int(MASK + which, this.#masks[which]);
  }
}

/** The next search has no limits. */
export function clearLimits(host: KernelHost): void {
  host.int(LIMITS, 0);
  host.int(MASK, 0);
  host.int(MASK + 1, 0);
}
