import type { ColumnSchema, Schema, Task } from '../../core/schema.js';
import type { Column, Table } from '../../core/table.js';
import { applyRecipe } from '../../model/recipe.js';
import type { StepData } from '../../model/step.js';
import type { SelectStep } from '../../model/steps/select.js';
import { fitCategoryCodes, fitCategoryFrequency, MANY_LEVELS } from './fit-category-codes.js';
import { fitDateParts } from './fit-date-parts.js';
import { fitImpute, fitStandardise, numericColumns } from './fit-numbers.js';
import { fitOneHot } from './fit-one-hot.js';
import { fitTextStats } from './fit-text-stats.js';
import { FreshNames } from './fresh-names.js';
import { countLevels, type LevelCounts } from './level-counts.js';

/** What a model reads: `trees` numbers with gaps and category codes, `dense` complete standardised numbers. */
export type RecipeInput = 'trees' | 'dense';

/**
 * Fits the preparation of the feature and time columns on training rows; it never looks at the target. Takes time in proportion to the cells.
 * @param table raw table of the training rows alone
 * @param task names the target, which is left out whatever its use says
 * @returns steps for `applyRecipe`; their result may have no columns, when no feature varies
 * @example applyRecipe(fitRecipe(train, schema, task, 'trees'), test)
 */
export function fitRecipe(table: Table, schema: Schema, task: Task, input: RecipeInput): StepData[] {
  const features = schema.columns.filter((c) => isFeature(c, task) && varies(table.find(c.name)));
  const named = (type: ColumnSchema['type']): string[] => features.filter((c) => c.type === type).map((c) => c.name);
  const fresh = new FreshNames(schema.columns.map((c) => c.name));
  const fitting = new Fitting(table);

  fitting.add(selectStep(features.map((c) => table.column(c.name))));
  if (named('datetime').length > 0) fitting.add(fitDateParts(fitting.table, named('datetime'), fresh, input === 'dense'));
  if (named('text').length > 0) fitting.add(fitTextStats(fitting.table, named('text'), fresh));

  const categories = new Map<string, LevelCounts>();
  for (const column of fitting.table.columns) if (column.kind === 'category') categories.set(column.name, countLevels(column));
  const many = new Map([...categories].filter(([, counts]) => counts.levels.length > MANY_LEVELS));
  if (many.size > 0) fitting.add(fitCategoryFrequency(many, fresh));
  if (input === 'trees') {
    if (categories.size > 0) fitting.add(fitCategoryCodes(categories));
    return fitting.steps;
  }
  // Numbers before one-hot: 0/1 columns need neither filling nor scaling.
  fitting.add(fitImpute(numericColumns(fitting.table), fresh));
  const numbers = numericColumns(fitting.table);
  const standardise = fitStandardise(numbers);
  fitting.add(standardise);
  if (categories.size > 0) fitting.add(fitOneHot(categories, table.rows, fresh));
  const constant = new Set(numbers.map((c) => c.name));
  for (const { name } of standardise.columns) constant.delete(name);
  if (constant.size > 0) fitting.add(selectStep(fitting.table.drop(constant).columns));
  return fitting.steps;
}

/** The steps so far, and the training table as they leave it. */
class Fitting {
  readonly steps: StepData[] = [];
  constructor(public table: Table) {}
  add(step: StepData): void {
    this.steps.push(step);
    this.table = applyRecipe([step], this.table);
  }
}

function selectStep(columns: readonly Column[]): SelectStep {
  return { kind: 'select', columns: columns.map((c) => ({ name: c.name, type: c.kind })) };
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
