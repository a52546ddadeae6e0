import { isFeature, outputCount } from '../../core/schema.js';
import type { Table } from '../../core/table.js';
import { applyRecipe } from '../../model/recipe.js';
import { partialDependence } from '../explain/dependence.js';
import { permutationImportance } from '../explain/importance.js';
import { columnSkill, skillSample } from '../prep/findings-skill.js';
import type { Pipeline } from './final-model.js';
import type { HoldoutRows } from './holdout-scores.js';
import type { Dependence, Importance } from './result.js';
import type { RunContext } from './run-context.js';

/** Predictions that permutation importance may make when time is ample. */
const mostPredictions = 200_000;
const mostRows = 1500;
/** Wider tables explain only their most telling columns. */
const mostColumns = 100;
const dependenceColumns = 8;
const dependenceRows = 200;

/** How much work the explanation is when nothing is shortened. */
export function explainWork(columns: number, holdoutRows: number): { columns: number; rows: number; repeats: number } {
  const looked = Math.min(columns, mostColumns);
  const rows = Math.min(holdoutRows, mostRows, Math.max(300, Math.floor(mostPredictions / Math.max(1, looked))));
  return { columns: looked, rows, repeats: Math.max(1, Math.min(5, Math.floor(mostPredictions / Math.max(1, looked * rows)))) };
}

/** Predictions that the explanation makes in all, for time estimates. */
export function explainPredictions(columns: number, holdoutRows: number): number {
  const work = explainWork(columns, holdoutRows);
  return work.columns * work.rows * work.repeats + dependenceColumns * dependenceRows * 20;
}

/**
 * What drives the pipeline, on holdout rows: permutation importance of raw columns, and dependence of the most important ones. Shortened,
 * repeats first, when time is short.
 * @param holdout raw rows
 * @param reserve milliseconds that must be left afterwards
 */
export async function explainPipeline(
  context: RunContext,
  pipeline: Pipeline,
  holdout: Table,
  rows: HoldoutRows,
  reserve: number,
): Promise<{ importance: Importance[]; dependence: Dependence[] }> {
  const { log, limit, rng, schema, task, metric, progress } = context;
  const outputs = outputCount(task);
  const features = schema.columns.filter((c) => isFeature(c, task.target) && holdout.find(c.name)).map((c) => c.name);
  const wanted = explainWork(features.length, holdout.rows);
  const inTime = async (): Promise<boolean> => {
    await limit.breathe();
    return log.replaying || limit.remaining() > reserve;
  };
  const allowed = log.replaying ? log.recorded('importance') : wanted;
  if (!allowed || features.length === 0 || holdout.rows === 0 || !(await inTime())) {
    if (features.length > 0 && holdout.rows > 0) log.shorten('explanation');
    return { importance: [], dependence: [] };
  }
  const sampled = rng.child('explain rows').sample(holdout.rows, Math.min(allowed.rows ?? wanted.rows, holdout.rows));
  const table = holdout.take(sampled);
  const actual = Float64Array.from(sampled, (i) => rows.actual[i] as number);
  const weights = rows.weights && Float64Array.from(sampled, (i) => rows.weights?.[i] as number);
  const predict = (raw: Table): Float64Array => pipeline.model.predict(applyRecipe(pipeline.recipe, raw));
  const sign = metric.greaterIsBetter ? 1 : -1;
  const columns = features.length <= wanted.columns ? features : mostTelling(context, table, actual, features, wanted.columns);
  progress.say('explain', 'what drives the model');
  const { importance, repeats } = await permutationImportance({
    table,
    columns,
    predict,
    score: (predicted) => {
      const evaluate = metric.prepare({ actual, predicted, outputs, threshold: rows.threshold, costs: context.plan.costs?.matrix });
      return (times) => sign * evaluate(times && weights ? times.map((t, i) => t * (weights[i] as number)) : (times ?? weights));
    },
    rng: rng.child('importance'),
    repeats: allowed.repeats ?? 1,
    proceed: inTime,
  });
  if (repeats < (allowed.repeats ?? 1)) log.shorten('explanation');
  if (repeats === 0) return { importance: [], dependence: [] };
  log.note('importance', { repeats, rows: sampled.length });
  const dependence: Dependence[] = [];
  const few = sampled.length <= dependenceRows ? table : holdout.take(sampled.slice(0, dependenceRows));
  for (const { column, drop } of importance.slice(0, dependenceColumns)) {
    if (drop.value <= 0 || !(await inTime())) break;
    const found = partialDependence(few, schema, column, predict, outputs);
    if (found) dependence.push(found);
  }
  return { importance, dependence };
}

/** The columns with the highest skill of their own, in the table's order. */
function mostTelling(context: RunContext, table: Table, actual: Float64Array, features: string[], count: number): string[] {
  const { task, rng } = context;
  const sample = skillSample(actual, task.kind === 'regression' ? 0 : task.classes.length, actual.length, rng.child('explain columns'));
  const skills = features.map((name) => ({ name, skill: columnSkill(table.column(name), sample) }));
  const kept = new Set(
    skills
      .sort((a, b) => b.skill - a.skill)
      .slice(0, count)
      .map((s) => s.name),
  );
  return features.filter((name) => kept.has(name));
}
