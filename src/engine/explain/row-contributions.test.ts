import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exampleBundle, exampleRows } from '../../../test/example-bundle.js';
import { sigmoid } from '../../core/math.js';
import { decodeBundle } from '../../model/bundle-file.js';
import { EnsembleModel } from '../../model/ensemble.js';
import { predict } from '../../model/predict.js';
import { applyRecipe } from '../../model/recipe.js';
import { tableFromRows } from '../../model/table-from-rows.js';
import { TreesModel } from '../../model/trees.js';
import { explainRows } from './row-contributions.js';
import { treeShap } from './tree-shap.js';

const golden = async (name: string) => decodeBundle(readFileSync(new URL(`../../../test/golden/bundles/${name}.mill`, import.meta.url)));

/** Shapley values by their definition: over all subsets, a split on an unknown input going both ways by its training rows. */
function byDefinition(model: TreesModel, row: readonly number[], features: readonly number[], output: number): Map<number, number> {
  const { trees, head } = model;
  const cover = (c: number): number => (c >= 0 ? (trees.cover[c] as number) : (trees.leafCover[-1 - c] as number));
  const walk = (c: number, known: ReadonlySet<number>): number => {
    if (c < 0) return trees.leaf[-1 - c] as number;
    const f = trees.feature[c] as number;
    const [a, b] = [trees.left[c] as number, trees.right[c] as number];
    const x = row[f] as number;
    if (!known.has(f)) return (cover(a) * walk(a, known) + cover(b) * walk(b, known)) / (cover(a) + cover(b));
    const flag = trees.flags[c] as number;
    const word = trees.sets[(trees.threshold[c] as number) + (x >> 5)] ?? 0;
    const left =
      flag & 2 ? x >= 0 && ((word >>> (x & 31)) & 1) === 1 : x <= (trees.threshold[c] as number) || ((flag & 1) !== 0 && Number.isNaN(x));
    return walk(left ? a : b, known);
  };
  const score = (known: ReadonlySet<number>): number =>
    trees.roots.reduce((sum, root, t) => sum + (t % head.outputs === output ? walk(root, known) : 0), 0);
  const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));
  const n = features.length;
  return new Map(
    features.map((f, i) => {
      let value = 0;
      for (let bits = 0; bits < 1 << n; bits++) {
        if (bits & (1 << i)) continue;
        const subset = new Set(features.filter((_, j) => bits & (1 << j)));
        const weight = (factorial(subset.size) * factorial(n - subset.size - 1)) / factorial(n);
        value += weight * (score(new Set([...subset, f])) - score(subset));
      }
      return [f, value];
    }),
  );
}

describe('treeShap', () => {
  it.each(['v1-trees-learned-binary', 'v1-trees-learned-multiclass', 'v1-trees-learned-regression'])('%s: the definition', async (name) => {
    const bundle = await golden(name);
    const model = bundle.model as TreesModel;
    expect(model).toBeInstanceOf(TreesModel);
    const raw = tableFromRows(bundle.schema, [
      {},
      Object.fromEntries(bundle.schema.columns.map((c) => [c.name, c.stats.top[0]?.value ?? c.stats.mean])),
    ]);
    const table = applyRecipe(bundle.recipe, raw);
    const { outputs, inputs } = model.head;
    const { values, base } = treeShap(model, table);
    const scores = model.scores(table);
    for (let r = 0; r < table.rows; r++) {
      const row = inputs.map((input) => {
        const column = table.column(input);
        return (column.kind === 'numeric' ? column.values[r] : column.codes[r]) as number;
      });
      for (let o = 0; o < outputs; o++) {
        const used = [...new Set(model.trees.feature)].sort((a, b) => a - b);
        const own = values.subarray((r * outputs + o) * inputs.length, (r * outputs + o + 1) * inputs.length);
        expect(own.reduce((a, b) => a + b, base[o] as number)).toBeCloseTo(scores[r * outputs + o] as number, 9);
        if (used.length <= 10) for (const [f, v] of byDefinition(model, row, used, o)) expect(own[f]).toBeCloseTo(v, 9);
      }
    }
  });
});

describe('explainRows', () => {
  it('gives the parts of a prediction to the raw columns', () => {
    const bundle = exampleBundle();
    const table = tableFromRows(bundle.schema, exampleRows());
    const { method, scale, columns, base, values } = explainRows(bundle, table);
    expect([method, scale, columns]).toEqual(['tree', 'log-odds', ['age', 'city', 'seen', 'note', 'member']]);
    const predicted = predict(bundle, table).values;
    for (let r = 0; r < table.rows; r++) {
      const sum = columns.reduce((s, _, c) => s + (values[r * columns.length + c] as number), base[0] as number);
      expect(sigmoid(sum)).toBeCloseTo(predicted[2 * r + 1] as number, 12);
    }
    // each tree asks one column: halves of the leaves' distance, by the definition
    expect(values[0]).toBeCloseTo(0.5 - (0.5 - 0.25) / 2, 12);
  });

  it('an ensemble of trees is explained exactly too', () => {
    const one = exampleBundle();
    const branch = { recipe: one.recipe, members: [{ model: one.model, weight: 3 }] };
    const model = new EnsembleModel('probability', 2, [branch, { ...branch, members: [{ model: one.model, weight: 1 }] }]);
    const bundle = { ...one, recipe: [], model };
    const table = tableFromRows(bundle.schema, exampleRows());
    const [a, b] = [explainRows(one, table), explainRows(bundle, table)];
    expect(b.method).toBe('tree');
    b.values.forEach((v, i) => {
      expect(v).toBeCloseTo(a.values[i] as number, 12);
    });
  });

  it.each(['v1-linear-binary', 'v1-linear-multiclass', 'v1-linear-regression'])('%s: sampled, and adds up', async (name) => {
    const bundle = await golden(name);
    const rows = [Object.fromEntries(bundle.schema.columns.map((c) => [c.name, c.stats.top.at(-1)?.value ?? c.stats.max])), {}];
    const table = tableFromRows(bundle.schema, rows);
    const { method, columns, outputs, base, values } = explainRows(bundle, table);
    expect(method).toBe('sampled');
    const predicted = predict(bundle, table).values;
    const classes = predicted.length / table.rows;
    for (let r = 0; r < table.rows; r++)
      for (let o = 0; o < outputs; o++) {
        const sum = columns.reduce((s, _, c) => s + (values[(r * outputs + o) * columns.length + c] as number), base[o] as number);
        const p = (k: number) => predicted[r * classes + k] as number;
        const expected = classes === 1 ? p(0) : outputs === 1 ? Math.log(p(1) / p(0)) : Math.log(p(o));
        expect(sum).toBeCloseTo(expected, 6);
      }
    expect(explainRows(bundle, table).values).toEqual(values);
  });
});
