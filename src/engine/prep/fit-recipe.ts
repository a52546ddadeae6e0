import type { ColumnSchema, Schema, Task } from '../../core/schema.js';
import type { Column, Table } from '../../core/table.js';
import { applyRecipe } from '../../model/recipe.js';
import type { StepData } from '../../model/step.js';
import type { SelectStep } from '../../model/steps/select.js';
import { fitCategoryCodes, fitCategoryFrequency, MANY_LEVELS } from './fit-category-codes.js';
import { fitDateParts } from './fit-date-parts.js';
import { fitNumbers } from './fit-numbers.js';
import { fitOneHot } from './fit-one-hot.js';
import { fitTextStats } from './fit-text-stats.js';
import { FreshNames } from './fresh-names.js';
import { countLevels, type LevelCounts } from './level-counts.js';
import type { FittedRecipe, RecipeRequest } from './recipe-request.js';

/**
 * Fits the preparation of the feature and time columns on training rows. Takes time in proportion to the cells.
 * @returns steps for `applyRecipe`, and the training rows as they prepare them; there may be no columns, when no feature varies
 * @example const { steps, train } = fitRecipe({ table, schema, task, input: 'trees', target, rng: new Rng(1) })
 */
export function fitRecipe(request: RecipeRequest): FittedRecipe {
  const steps = fitSteps(request);
  return { steps, train: applyRecipe(steps, request.table) };
}

function fitSteps({ table, schema, task, input }: RecipeRequest): StepData[] {
  const features = schema.columns.filter((c) => isFeature(c, task) && varies(table.find(c.name)));
  const named = (type: ColumnSchema['type']): string[] => features.filter((c) => c.type === type).map((c) => c.name);
  const fresh = new FreshNames(schema.columns.map((c) => c.name));
  const columns = features.map((c) => table.column(c.name));
  const steps: StepData[] = [selectStep(columns)];
  if (named('datetime').length > 0) steps.push(fitDateParts(table, named('datetime'), fresh, input === 'dense'));
  if (named('text').length > 0) steps.push(fitTextStats(table, named('text'), fresh));

  if (input === 'trees') {
    const texts = new Set(named('text'));
    const categories = countCategories(columns.filter((c) => !texts.has(c.name)));
    if (categories.size > 0) steps.push(...manyLevels(categories, fresh), fitCategoryCodes(categories));
    return steps;
  }
  const expanded = applyRecipe(steps, table);
  const categories = countCategories(expanded.columns);
  const frequencies = manyLevels(categories, fresh);
  const numbers = applyRecipe(frequencies, expanded).columns.filter((c) => c.kind === 'numeric');
  const { impute, standardise } = fitNumbers(numbers, fresh);
  steps.push(...frequencies, impute, standardise);
  // What does not vary is dropped here; one-hot comes last because 0/1 columns need neither filling nor scaling.
  steps.push(
    selectStep([
      ...standardise.columns.map(({ name }) => ({ name, kind: 'numeric' as const })),
      ...[...categories.keys()].map((name) => ({ name, kind: 'category' as const })),
    ]),
  );
  if (categories.size > 0) steps.push(fitOneHot(categories, table.rows, fresh));
  return steps;
}

function selectStep(columns: readonly Pick<Column, 'name' | 'kind'>[]): SelectStep {
  return { kind: 'select', columns: columns.map((c) => ({ name: c.name, type: c.kind })) };
}

function countCategories(columns: readonly Column[]): Map<string, LevelCounts> {
  const categories = new Map<string, LevelCounts>();
  for (const column of columns) if (column.kind === 'category') categories.set(column.name, countLevels(column));
  return categories;
}

/** A step that adds frequencies, when some category has many levels. */
function manyLevels(categories: ReadonlyMap<string, LevelCounts>, fresh: FreshNames): StepData[] {
  const many = new Map([...categories].filter(([, counts]) => counts.levels.length > MANY_LEVELS));
  return many.size > 0 ? [fitCategoryFrequency(many, fresh)] : [];
}
function isFeature(column: ColumnSchema, task: Task): boolean {
  return (column.use === 'feature' || column.use === 'time') && column.type !== 'id' && column.name !== task.target;
}

/** Whether two rows differ in the column; a missing cell differs from any other. */
function varies(column: Column | undefined): boolean {
  if (!column) return false;
  const cells = column.kind === 'numeric' ? column.values : column.codes;
  const first = cells[0];
  for (let i = 1; i < cells.length; i++) if (!Object.is(cells[i], first)) return true;
  return false;
}
