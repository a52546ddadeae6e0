import { describe, expect, it } from 'vitest';
import { Rng } from '../../../core/rng.js';
import type { TaskKind } from '../../../core/schema.js';
import { Table } from '../../../core/table.js';
import { EnsembleModel } from '../../../model/ensemble.js';
import { TreesModel } from '../../../model/trees.js';
import { contextOf } from '../../checks/conformance-data.js';
import { randomForest } from '../../learn/forest/forest-learner.js';
import type { Learner, Parameters, Sample } from '../../learn/learner.js';
import { boostedTrees } from '../../learn/trees/boosted-trees.js';
import { modelCost } from './model-cost.js';
import { firstTrees, withFewerTrees } from './shrink.js';

function sample(kind: TaskKind, rows = 1200): Sample {
  const rng = new Rng(5);
  const x = Float64Array.from({ length: rows }, () => rng.float());
  const codes = Int32Array.from({ length: rows }, () => rng.below(6) - 1);
  const target = x.map((v, i) => {
    const z = v + 0.2 * (codes[i] as number) + 0.3 * rng.float();
    return kind === 'regression' ? z : Math.min(kind === 'binary' ? 1 : 2, Math.max(0, Math.floor(z * 2)));
  });
  const table = new Table([
    { kind: 'numeric', name: 'x', values: x },
    { kind: 'category', name: 'c', codes, levels: ['a', 'b', 'c', 'd', 'e'] },
  ]);
  return { table, target };
}

async function trees(kind: TaskKind, parameters: Parameters, learner: Learner = boostedTrees): Promise<TreesModel> {
  const { model } = await learner.fit(sample(kind), undefined, parameters, contextOf(kind, 3));
  return model as TreesModel;
}

describe('fewer trees', () => {
  const cases: [TaskKind, Parameters][] = [
    ['binary', {}],
    ['regression', { linearLeaves: true }],
    ['multiclass', {}],
    ['multiclass', { vectorLeaves: false }],
  ];
  it.each(cases)('of a boosted model of a %s are what fewer rounds would have given: %o', async (kind, more) => {
    const long = await trees(kind, { rounds: 24, ...more });
    const short = await trees(kind, { rounds: 9, ...more });
    const cut = firstTrees(long, short.trees.roots.length, false);
    const { table } = sample(kind);
    expect(cut.predict(table)).toEqual(short.predict(table));
    expect(TreesModel.decode(cut.encode().head, cut.encode().blobs).predict(table)).toEqual(short.predict(table));
    expect(cut.trees.leaf.length).toBe(short.trees.leaf.length);
  });

  it.each(['binary', 'regression'] as const)('of a forest of a %s are their own mean', async (kind) => {
    const long = await trees(kind, { trees: 30 }, randomForest);
    const short = await trees(kind, { trees: 10 }, randomForest);
    const { table } = sample(kind);
    const [a, b] = [firstTrees(long, 10, true).predict(table), short.predict(table)];
    for (let i = 0; i < a.length; i++) expect(a[i]).toBeCloseTo(b[i] as number, 6);
  });

  it('keep at least one, and trees of a round together', async () => {
    const model = await trees('multiclass', { rounds: 6, vectorLeaves: false });
    expect(firstTrees(model, 0, false).trees.roots.length).toBe(4);
    expect(firstTrees(model, 11, false).trees.roots.length).toBe(8);
    expect(firstTrees(model, 1000, false)).toBe(model);
  });

  it('make every member of an ensemble smaller, and cost less', async () => {
    const members = [await trees('binary', { rounds: 20 }), await trees('binary', { rounds: 40 })].map((model) => ({ model, weight: 1 }));
    const ensemble = new EnsembleModel('probability', 2, [{ recipe: [], members }]);
    const half = withFewerTrees(ensemble, 0.5, () => false) as EnsembleModel;
    expect(half.branches[0]?.members.map((m) => (m.model as TreesModel).trees.roots.length)).toEqual([10, 20]);
    const [whole, less] = [modelCost(ensemble, []), modelCost(half, [])];
    expect(less.nanoseconds).toBeLessThan(whole.nanoseconds);
    expect(less.bytes).toBeLessThan(0.65 * whole.bytes);
  });
});
