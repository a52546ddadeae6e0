import { type Column, Table } from '../core/table.js';
import { unpackBlobs } from './blobs.js';
import type { Bundle, CostMatrix, Lineage } from './bundle.js';
import { decodeModel } from './decode-model.js';
import { Fields, unreadable } from './fields.js';
import type { Decode } from './model-kinds.js';
import { isNumericType } from './parse-cell.js';
import { parseSchema, parseTask } from './parse-schema.js';
import { bindRecipe, parseRecipe } from './recipe.js';

/** The JSON parts of a bundle, as read from outside. */
export interface BundleParts {
  schema: unknown;
  task: unknown;
  recipe: unknown;
  model: unknown;
  metrics: unknown;
  lineage: unknown;
}

/**
 * Puts a bundle together of its parts, checking every field.
 * @param bin the typed arrays of the model, from a multiple of 8 in their buffer on
 * @param more kinds of model that take more than this layer has
 * @throws MillwrightError `BUNDLE_UNREADABLE`
 */
export function bundleOf(parts: BundleParts, bin: Uint8Array, more?: ReadonlyMap<string, Decode>): Bundle {
  const schema = parseSchema(parts.schema);
  const task = parseTask(parts.task);
  const recipe = parseRecipe(parts.recipe);
  const head = new Fields(parts.model, 'model');
  const model = decodeModel(head.raw('head') as Record<string, unknown>, unpackBlobs(head, bin), more);
  const metrics = new Fields(parts.metrics, 'metrics');
  const bundle: Bundle = { schema, task, recipe, model, metrics: metrics.all(), lineage: parseLineage(parts.lineage) };
  if (head.has('threshold')) bundle.threshold = head.number('threshold');
  if (head.has('costs')) bundle.costs = parseCosts(head.raw('costs'), task.classes.length);
  checkFit(bundle);
  return bundle;
}

function parseCosts(json: unknown, classes: number): CostMatrix {
  const square = (of: unknown): of is unknown[] => Array.isArray(of) && of.length === classes;
  if (!square(json) || !json.every((row) => square(row) && row.every((c) => typeof c === 'number' && Number.isFinite(c))))
    throw unreadable('The costs of the bundle do not fit its classes.');
  return json as CostMatrix;
}

function parseLineage(json: unknown): Lineage {
  const f = new Fields(json, 'lineage');
  f.text('millwright');
  f.text('dataHash');
  f.number('rows');
  f.number('seed');
  return json as Lineage;
}

/** Tries the recipe on an empty table: what the model reads must come out of it. */
function checkFit({ schema, recipe, model }: Bundle): void {
  const columns = schema.columns.map(
    ({ name, type }): Column =>
      isNumericType(type)
        ? { kind: 'numeric', name, values: new Float64Array(0) }
        : { kind: 'category', name, codes: new Int32Array(0), levels: [] },
  );
  let prepared: Table;
  try {
    prepared = bindRecipe(recipe, new Table(columns)).table;
  } catch (cause) {
    throw unreadable('The recipe of the bundle does not fit its schema.', cause);
  }
  for (const name of model.inputs) if (!prepared.find(name)) throw unreadable(`The model reads "${name}", which the recipe does not make.`);
}
