import type { Table } from '../core/table.js';
import type { Bundle } from './bundle.js';
import type { EnsembleModel } from './ensemble.js';
import type { StepData } from './step.js';
import type { CategoryCodesStep } from './steps/category-codes.js';
import { levelIndex } from './steps/columns.js';
import type { OneHotStep } from './steps/one-hot.js';

/** Every fitted step of a bundle that reads its raw table: the recipe's, and those of an ensemble's branches. */
export function stepsOf({ recipe, model }: Pick<Bundle, 'recipe' | 'model'>): StepData[] {
  return model.kind === 'ensemble' ? [...recipe, ...(model as EnsembleModel).branches.flatMap((b) => b.recipe)] : [...recipe];
}

/**
 * Counts, by column, the cells whose category has no place of its own in the model: training had it never, or too rarely.
 * @param table raw, as `predict` takes it
 * @returns only columns with such cells
 */
export function unseenCategories(recipe: readonly StepData[], table: Table): Map<string, number> {
  const unseen = new Map<string, number>();
  for (const step of recipe) {
    if (step.kind !== 'category-codes' && step.kind !== 'one-hot') continue;
    for (const { name, levels } of (step as CategoryCodesStep | OneHotStep).columns) {
      const column = table.find(name);
      if (column?.kind !== 'category') continue;
      const index = levelIndex(levels);
      const known = column.levels.map((level) => index.has(level));
      let count = 0;
      for (let row = 0; row < table.rows; row++) {
        const code = column.codes[row] as number;
        if (code >= 0 && !known[code]) count++;
      }
      if (count > 0) unseen.set(name, count);
    }
  }
  return unseen;
}
