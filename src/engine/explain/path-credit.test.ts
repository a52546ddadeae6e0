import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeBundle } from '../../model/bundle-file.js';
import { applyRecipe } from '../../model/recipe.js';
import { tableFromRows } from '../../model/table-from-rows.js';
import type { TreesModel } from '../../model/trees.js';
import { pathCredit } from './path-credit.js';
import { treeShap } from './tree-shap.js';

const golden = async (name: string) => decodeBundle(readFileSync(new URL(`../../../test/golden/bundles/${name}.mill`, import.meta.url)));

describe('pathCredit', () => {
  it.each(['v1-trees-learned-binary', 'v1-trees-learned-multiclass', 'v1-trees-learned-regression'])(
    '%s: all inputs together have what the scores moved from their mean, times the errors',
    async (name) => {
      const bundle = await golden(name);
      const model = bundle.model as TreesModel;
      const raw = tableFromRows(bundle.schema, [
        {},
        Object.fromEntries(bundle.schema.columns.map((c) => [c.name, c.stats.top[0]?.value ?? c.stats.mean])),
      ]);
      const table = applyRecipe(bundle.recipe, raw);
      const scores = model.scores(table);
      const { base } = treeShap(model, table);
      const errors = scores.map((_, i) => i - 0.7);
      const moved = scores.reduce((sum, s, i) => sum + (s - (base[i % base.length] as number)) * (errors[i] as number), 0);
      const credit = pathCredit(model, table, errors);
      expect(credit).toHaveLength(model.head.inputs.length);
      expect(credit.some((c) => c !== 0)).toBe(true);
      expect(credit.reduce((a, b) => a + b, 0)).toBeCloseTo(moved, 6);
    },
  );
});
