import { exp } from '../../core/math.js';
import { Rng } from '../../core/rng.js';
import { type Fields, unreadable } from '../../model/fields.js';
import { Adwin } from '../monitor/adwin.js';
import { greatest } from './class-leaf.js';
import { HoeffdingTree, type TreeOptions } from './hoeffding-tree.js';
import { Moments } from './moments.js';
import type { FeatureKind, OnlineLearner, OnlineRow } from './online-learner.js';

/** How a forest learns. */
export interface ForestOptions {
  trees: number;
  /** Mean of the Poisson draw of how often a tree takes a row. */
  lambda: number;
  /** False-alarm rates of the two watches over each tree's errors. */
  warning: number;
  drift: number;
  grace: number;
  delta: number;
  tau: number;
  seed: number;
}

/** The defaults; those of Gomes et al. and river. */
export const FOREST_OPTIONS: ForestOptions = {
  trees: 10,
  lambda: 6,
  warning: 0.01,
  drift: 0.001,
  grace: 50,
  delta: 0.01,
  tau: 0.05,
  seed: 0,
};

/** Share of the features that a leaf watches; MOA's default, which predicts better than the square root of the paper. */
const SUBSET = 0.6;

/** A tree, what watches it, and the younger one that may replace it. */
interface Member {
  tree: HoeffdingTree;
  background: HoeffdingTree | undefined;
  warning: Adwin;
  drift: Adwin;
  /** Since the tree was put in: rows, and those it called right. */
  seen: number;
  right: number;
  /** Of its errors, for numbers: brings them to the scale of the watches. */
  errors: Moments;
}

/**
 * Adaptive random forest: Hoeffding trees on rows weighted by Poisson draws, each leaf watching a random subset of the features, each tree watched by ADWIN; at a
 * warning a tree grows in the background, which takes over when the drift is certain. Classes are voted for by the trees' accuracies, numbers are the trees' median.
 * Gomes et al., "Adaptive random forests for evolving data stream classification", Machine Learning 2017; for numbers as river's `ARFRegressor`.
 * @example const forest = new AdaptiveForest('classes', ['number', 'category'], { seed: 7 }); forest.learn(row, 1); forest.predict(row, out);
 */
export class AdaptiveForest implements OnlineLearner {
  readonly #target: 'classes' | 'number';
  readonly #kinds: readonly FeatureKind[];
  readonly #options: ForestOptions;
  readonly #subset: number;
  readonly #members: Member[] = [];
  readonly #poisson: readonly number[];
  #rows = 0;
  /** Trees made so far: each has a seed of its own. */
  #made = 0;
  #warnings = 0;
  #drifts = 0;
  #vote = new Float64Array(1);

  constructor(target: 'classes' | 'number', kinds: readonly FeatureKind[], options: Partial<ForestOptions> = {}) {
    this.#target = target;
    this.#kinds = kinds;
    this.#options = { ...FOREST_OPTIONS, ...options };
    this.#subset = Math.max(1, Math.round(SUBSET * kinds.length));
    this.#poisson = poissonTable(this.#options.lambda);
    for (let i = 0; i < this.#options.trees; i++) this.#members.push(this.#member(this.#tree()));
  }

  #treeOptions(serial: number): TreeOptions {
    const { grace, delta, tau, seed } = this.#options;
    return { grace, delta, tau, subset: this.#subset, seed: new Rng(seed).child('tree', serial).uint32() };
  }

  #serials = new WeakMap<HoeffdingTree, number>();

  #tree(): HoeffdingTree {
    const serial = this.#made++;
    const tree = new HoeffdingTree(this.#target, this.#kinds, this.#treeOptions(serial));
    this.#serials.set(tree, serial);
    return tree;
  }

  #member(tree: HoeffdingTree): Member {
    return {
      tree,
      background: undefined,
      warning: new Adwin({ delta: this.#options.warning }),
      drift: new Adwin({ delta: this.#options.drift }),
      seen: 0,
      right: 0,
      errors: new Moments(),
    };
  }

  predict(row: OnlineRow, out: Float64Array): void {
    if (this.#vote.length !== out.length) this.#vote = new Float64Array(out.length);
    const vote = this.#vote;
    if (this.#target === 'number') {
      const each = this.#members.map(({ tree }) => {
        tree.predict(row, vote);
        return vote[0] as number;
      });
      each.sort((a, b) => a - b);
      const middle = each.length >> 1;
      out[0] = each.length % 2 === 1 ? (each[middle] as number) : ((each[middle - 1] as number) + (each[middle] as number)) / 2;
      return;
    }
    out.fill(0);
    let all = 0;
    for (const { tree, seen, right } of this.#members) {
      tree.predict(row, vote);
      const weight = right > 0 ? right / seen : 1;
      for (let k = 0; k < out.length; k++) {
        const share = weight * (vote[k] as number);
        out[k] = (out[k] as number) + share;
        all += share;
      }
    }
    if (all > 0) for (let k = 0; k < out.length; k++) out[k] = (out[k] as number) / all;
  }

  learn(row: OnlineRow, y: number): void {
    // a source of its own for each row: nothing of it has to be saved
    const rng = new Rng(this.#options.seed).child(this.#rows++);
    if (this.#target === 'classes' && this.#vote.length <= y) this.#vote = new Float64Array(y + 1);
    for (const member of this.#members) {
      member.tree.predict(row, this.#vote);
      const error = this.#error(member, y);
      const weight = draw(this.#poisson, rng.float());
      if (weight === 0) continue;
      member.background?.learn(row, y, weight);
      member.tree.learn(row, y, weight);
      if (member.warning.update(error)) {
        this.#warnings++;
        member.background = this.#tree();
        member.warning = new Adwin({ delta: this.#options.warning });
      }
      if (!member.drift.update(error)) continue;
      this.#drifts++;
      Object.assign(member, this.#member(member.background ?? this.#tree()));
    }
  }

  /** The error of the vote at hand, in about [0, 1]. */
  #error(member: Member, y: number): number {
    member.seen++;
    if (this.#target === 'classes') {
      if (greatest(this.#vote) !== y) return 1;
      member.right++;
      return 0;
    }
    const error = y - (this.#vote[0] as number);
    member.errors.add(error);
    const deviation = Math.sqrt(member.errors.variance);
    // three deviations either way are taken for the whole range
    return deviation > 0 ? (error + 3 * deviation) / (6 * deviation) : 0.5;
  }

  facts(): Record<string, number> {
    let leaves = 0;
    for (const { tree } of this.#members) leaves += tree.facts().leaves as number;
    return { trees: this.#members.length, leaves, warnings: this.#warnings, drifts: this.#drifts };
  }

  save(): object {
    const treeOf = (tree: HoeffdingTree) => ({ serial: this.#serials.get(tree), ...tree.save() });
    return {
      rows: this.#rows,
      made: this.#made,
      warnings: this.#warnings,
      drifts: this.#drifts,
      members: this.#members.map(({ tree, background, warning, drift, seen, right, errors }) => ({
        tree: treeOf(tree),
        ...(background && { background: treeOf(background) }),
        warning: warning.save(),
        drift: drift.save(),
        seen,
        right,
        errors: errors.parts,
      })),
    };
  }

  /** @throws MillwrightError `BUNDLE_UNREADABLE` */
  static load(target: 'classes' | 'number', kinds: readonly FeatureKind[], options: Partial<ForestOptions>, saved: Fields): AdaptiveForest {
    const forest = new AdaptiveForest(target, kinds, options);
    const count = (key: string): number => saved.whole(key, 0, Number.MAX_SAFE_INTEGER);
    forest.#rows = count('rows');
    forest.#made = count('made');
    forest.#warnings = count('warnings');
    forest.#drifts = count('drifts');
    const treeOf = (fields: Fields): HoeffdingTree => {
      const serial = fields.whole('serial', 0, forest.#made);
      const tree = HoeffdingTree.load(target, kinds, forest.#treeOptions(serial), fields);
      forest.#serials.set(tree, serial);
      return tree;
    };
    const members = saved.list(
      'members',
      (fields): Member => ({
        tree: treeOf(fields.object('tree')),
        background: fields.has('background') ? treeOf(fields.object('background')) : undefined,
        warning: new Adwin({ delta: forest.#options.warning }).restore(fields.object('warning')),
        drift: new Adwin({ delta: forest.#options.drift }).restore(fields.object('drift')),
        seen: fields.whole('seen', 0, Number.MAX_SAFE_INTEGER),
        right: fields.whole('right', 0, Number.MAX_SAFE_INTEGER),
        errors: Moments.at(fields.numbers('errors', 3)),
      }),
    );
    if (members.length !== forest.#options.trees) throw unreadable(`${saved.where}.members is not ${forest.#options.trees} trees.`);
    forest.#members.splice(0, members.length, ...members);
    return forest;
  }
}

/** P(draw ≤ k) for k from 0 on, until next to nothing is left. */
function poissonTable(lambda: number): number[] {
  const table: number[] = [];
  let p = exp(-lambda);
  let below = 0;
  for (let k = 0; below < 1 - 1e-15 && k < 200; k++) {
    below += p;
    table.push(below);
    p = (p * lambda) / (k + 1);
  }
  return table;
}

function draw(table: readonly number[], u: number): number {
  let k = 0;
  while (k < table.length && u >= (table[k] as number)) k++;
  return k;
}
