import { log } from '../../core/math.js';
import type { Task } from '../../core/schema.js';
import type { Table } from '../../core/table.js';
import type { Bundle } from '../../model/bundle.js';
import { EnsembleModel } from '../../model/ensemble.js';
import { applyRecipe } from '../../model/recipe.js';

/** What a model says of rows, and how sure it is. */
export interface Doubt {
  /** Row-major. */
  readonly predicted: Float64Array;
  /** One a row, ≥ 0; only its order within a table means something. */
  readonly uncertainty: Float64Array;
}

/** Share of the plain entropy in the uncertainty of classes, so that rows on which all members waver alike count a little. */
const WAVERING = 0.1;

/**
 * How unsure a model is of each row, by how far the members of its ensemble are apart (query by committee, Seung et al. 1992). Numbers: their standard deviation.
 * Classes: the entropy of the mean probabilities less the mean of the members' entropies (Houlsby et al. 2011), which is small where the answer is a matter of
 * chance and more labels would not help. A single model: the entropy of its classes; of numbers it is unsure of all rows alike.
 */
export function doubt({ recipe, model, task }: Bundle, table: Table): Doubt {
  const prepared = applyRecipe(recipe, table);
  const predicted = model.predict(prepared);
  const members = model instanceof EnsembleModel ? model : undefined;
  if (task.kind === 'regression')
    return { predicted, uncertainty: members ? spread(members, prepared) : new Float64Array(table.rows).fill(1) };
  const entropy = entropies(predicted, task);
  if (!members) return { predicted, uncertainty: entropy };
  const apart = disagreement(members, prepared, task);
  return { predicted, uncertainty: apart.map((d, i) => d + WAVERING * (entropy[i] as number)) };
}

function entropies(predicted: Float64Array, { classes }: Task): Float64Array {
  const k = classes.length;
  return Float64Array.from({ length: predicted.length / k }, (_, i) => {
    let sum = 0;
    for (let c = 0; c < k; c++) {
      const p = predicted[i * k + c] as number;
      if (p > 0) sum -= p * log(p);
    }
    return sum;
  });
}

/** What the members say of a prepared table, one after the other, with their weights. */
function* opinions({ branches }: EnsembleModel, table: Table): Generator<{ said: Float64Array; weight: number }> {
  for (const { recipe, members } of branches) {
    const prepared = applyRecipe(recipe, table);
    for (const { model, weight } of members) yield { said: model.predict(prepared), weight };
  }
}

function disagreement(model: EnsembleModel, table: Table, task: Task): Float64Array {
  const mean = new Float64Array(table.rows * task.classes.length);
  const inner = new Float64Array(table.rows);
  let total = 0;
  for (const { said, weight } of opinions(model, table)) {
    total += weight;
    for (let i = 0; i < said.length; i++) mean[i] = (mean[i] as number) + weight * (said[i] as number);
    entropies(said, task).forEach((h, i) => {
      inner[i] = (inner[i] as number) + weight * h;
    });
  }
  const outer = entropies(
    mean.map((p) => p / total),
    task,
  );
  return outer.map((h, i) => Math.max(0, h - (inner[i] as number) / total));
}

function spread(model: EnsembleModel, table: Table): Float64Array {
  const [mean, square] = [new Float64Array(table.rows), new Float64Array(table.rows)];
  let total = 0;
  for (const { said, weight } of opinions(model, table)) {
    total += weight;
    for (let i = 0; i < said.length; i++) {
      // Welford's update, so that large numbers close to each other keep their difference
      const away = (said[i] as number) - (mean[i] as number);
      mean[i] = (mean[i] as number) + (away * weight) / total;
      square[i] = (square[i] as number) + weight * away * ((said[i] as number) - (mean[i] as number));
    }
  }
  return square.map((s) => Math.sqrt(Math.max(0, s / total)));
}
