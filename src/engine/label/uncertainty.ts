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

/**
 * How unsure a model is of each row: of classes, the entropy of its probabilities; of numbers, how far the members of the ensemble are apart (standard
 * deviation; query by committee, Seung et al. 1992). A single model of numbers is unsure of all rows alike.
 */
export function doubt({ recipe, model, task }: Bundle, table: Table): Doubt {
  const prepared = applyRecipe(recipe, table);
  const predicted = model.predict(prepared);
  if (task.kind !== 'regression') return { predicted, uncertainty: entropies(predicted, task) };
  return { predicted, uncertainty: model instanceof EnsembleModel ? spread(model, prepared) : new Float64Array(table.rows).fill(1) };
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

function spread(model: EnsembleModel, table: Table): Float64Array {
  const [mean, square] = [new Float64Array(table.rows), new Float64Array(table.rows)];
  let total = 0;
  for (const { recipe, members } of model.branches) {
    const prepared = applyRecipe(recipe, table);
    for (const { model: member, weight } of members) {
      const said = member.predict(prepared);
      total += weight;
      for (let i = 0; i < said.length; i++) {
        // Welford's update, so that large numbers close to each other keep their difference
        const away = (said[i] as number) - (mean[i] as number);
        mean[i] = (mean[i] as number) + (away * weight) / total;
        square[i] = (square[i] as number) + weight * away * ((said[i] as number) - (mean[i] as number));
      }
    }
  }
  return square.map((s) => Math.sqrt(Math.max(0, s / total)));
}
