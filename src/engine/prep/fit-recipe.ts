import { type ColumnSchema, isFeature } from '../../core/schema.js';
import type { Column, Table } from '../../core/table.js';
import { applyRecipe } from '../../model/recipe.js';
import type { StepData } from '../../model/step.js';
import type { SelectStep } from '../../model/steps/select.js';
import { fitCategoryCodes, fitCategoryFrequency, keptLevels, MANY_LEVELS } from './fit-category-codes.js';
import { fitDateParts } from './fit-date-parts.js';
import { fitDaysBetween, fitFeatures } from './fit-features.js';
import { fitHolidays } from './fit-holidays.js';
import { fitNumbers } from './fit-numbers.js';
import { fitOneHot } from './fit-one-hot.js';
import { fitTargetEncoding, isEncodable } from './fit-target-encoding.js';
import { fitTextScores } from './fit-text-scores.js';
import { fitTextStats } from './fit-text-stats.js';
import { FreshNames } from './fresh-names.js';
import { countLevels, type LevelCounts } from './level-counts.js';
import type { FittedRecipe, RecipeRequest } from './recipe-request.js';
import { varies } from './varies.js';

/** Where categories are told by their answers, those with more levels than this. */
const FEW_LEVELS = 16;
/** Words of a text counted one by one; where a score tells of all words, more than the few made models that weigh every column worse. */
const MANY_WORDS = 96;
const FEW_WORDS = 24;
/**
 * Share of the variance of the answers that an encoding beside the codes must explain: encodings of categories that say little made boosted trees
 * worse, by up to a tenth of their loss.
 */
const TELLING = 0.02;

/**
 * Fits the preparation of the feature and time columns on training rows. Takes time in proportion to the cells.
 * @returns steps for `applyRecipe`, and the training rows as they prepare them; there may be no columns, when no feature varies
 * @example const { steps, train } = fitRecipe({ table, schema, task, input: 'trees', target, rng: new Rng(1) })
 */
export function fitRecipe(request: RecipeRequest): FittedRecipe {
  const { schema, task, input } = request;
  const dropped = new Set(request.drop);
  const features = schema.columns.filter((c) => isFeature(c, task.target) && !dropped.has(c.name) && varies(request.table.find(c.name)));
  const named = (type: ColumnSchema['type']): string[] => features.filter((c) => c.type === type).map((c) => c.name);
  const fresh = new FreshNames(schema.columns.map((c) => c.name));
  const columns = features.map((c) => request.table.column(c.name));
  const made = new Preparation(request.table);
  made.add(selectStep(columns));
  if (request.features) for (const step of fitFeatures(made.table, request.features, fresh)) made.add(step);
  const between = fitDaysBetween(named('datetime'), fresh);
  if (between) made.add(between);
  const holidays = request.holidays && fitHolidays(made.table, named('datetime'), request.holidays, fresh);
  if (holidays) made.add(holidays);
  if (named('datetime').length > 0) made.add(fitDateParts(made.table, named('datetime'), fresh, input === 'dense'));
  if (named('text').length > 0) {
    const { target, weights, rng } = request;
    const scores = isEncodable(task)
      ? fitTextScores({ table: made.table, task, target, weights, rng, fresh }, named('text'), request.texts)
      : undefined;
    if (scores) made.add(scores.step, scores.train);
    made.add(fitTextStats(made.table, named('text'), fresh, input === 'dense' && scores ? FEW_WORDS : MANY_WORDS));
  }
  const categories = countCategories(made.table.columns);
  if (input === 'trees') prepareTrees(made, categories, request, fresh);
  else prepareDense(made, categories, request, fresh);
  return { steps: made.steps, train: made.table };
}

/** Steps, and the training rows as they leave them. */
class Preparation {
  readonly steps: StepData[] = [];

  constructor(public table: Table) {}

  /** Adds a step; `train` is given where the training rows come out of it otherwise than others. */
  add(step: StepData, train = applyRecipe([step], this.table)): void {
    this.steps.push(step);
    this.table = train;
  }
}

function prepareTrees(made: Preparation, categories: ReadonlyMap<string, LevelCounts>, request: RecipeRequest, fresh: FreshNames): void {
  if (categories.size === 0) return;
  const byAnswers = request.categories === 'answers';
  const most = byAnswers ? FEW_LEVELS : MANY_LEVELS;
  const encoded = encodedLevels(categories, (_, { levels }) => levels.length > most);
  for (const step of manyLevels(categories, fresh)) made.add(step);
  const names = encode(made, encoded, request, fresh, byAnswers ? Number.NEGATIVE_INFINITY : TELLING);
  made.add(fitCategoryCodes(categories));
  // beside its answers the code of a category with many levels is one more thing to fit noise with
  if (byAnswers && names.size > 0) made.add(selectStep(made.table.columns.filter((c) => !names.has(c.name))));
}

/** Adds encodings by the answers. @returns the categories that got one */
function encode(
  made: Preparation,
  levels: ReadonlyMap<string, readonly string[]>,
  request: RecipeRequest,
  fresh: FreshNames,
  least: number,
): Set<string> {
  const { task, target, weights, rng } = request;
  if (!isEncodable(task) || levels.size === 0) return new Set();
  const fitted = fitTargetEncoding({ table: made.table, task, target, weights, rng, fresh }, levels, least);
  if (!fitted) return new Set();
  made.add(fitted.step, fitted.train);
  return new Set(fitted.step.columns.map((c) => c.name));
}

function prepareDense(made: Preparation, categories: ReadonlyMap<string, LevelCounts>, request: RecipeRequest, fresh: FreshNames): void {
  const oneHot = fitOneHot(categories, made.table.rows, fresh);
  for (const step of manyLevels(categories, fresh)) made.add(step);
  const own = new Map(oneHot.columns.map((c) => [c.name, c.levels.length]));
  const encoded = encodedLevels(categories, (name, { counts }) => keptLevels(counts) > (own.get(name) ?? 0));
  encode(made, encoded, request, fresh, TELLING);
  const numbers = made.table.columns.filter((c) => c.kind === 'numeric');
  const { impute, standardise } = fitNumbers(numbers, fresh);
  made.add(impute);
  made.add(standardise);
  // What does not vary is dropped here; one-hot comes last because 0/1 columns need neither filling nor scaling.
  made.add(
    selectStep([
      ...standardise.columns.map(({ name }) => ({ name, kind: 'numeric' as const })),
      ...[...categories.keys()].map((name) => ({ name, kind: 'category' as const })),
    ]),
  );
  if (categories.size > 0) made.add(oneHot);
}

function encodedLevels(
  categories: ReadonlyMap<string, LevelCounts>,
  wanted: (name: string, counts: LevelCounts) => boolean,
): Map<string, readonly string[]> {
  const encoded = new Map<string, readonly string[]>();
  for (const [name, counts] of categories) if (wanted(name, counts)) encoded.set(name, counts.levels.slice(0, keptLevels(counts.counts)));
  return encoded;
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
