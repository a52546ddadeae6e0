import { log } from '../../../core/math.js';
import { NaiveBayesModel } from '../../../model/naive-bayes.js';
import type { Sample } from '../learner.js';

/** Rows looked at, at most: evenly spaced ones. */
const MOST_ROWS = 5000;
const LEAST = 0.01;
const MOST = 2;
const STEP = 1.25;

/** The model with everything that its columns say multiplied by a factor: columns that repeat each other make it too sure. */
export function sharpened(model: NaiveBayesModel, factor: number): NaiveBayesModel {
  const parts = model.parts.slice();
  let begin = 0;
  for (const levels of model.levels)
    if (levels > 0)
      for (const end = begin + (levels + 1) * model.prior.length; begin < end; begin++) parts[begin] = (parts[begin] as number) * factor;
    else
      for (const end = begin + 4 * model.prior.length; begin < end; begin += 4)
        // where the bell stands stays
        for (let at = begin + 1; at < begin + 4; at++) parts[at] = (parts[at] as number) * factor;
  return new NaiveBayesModel(model.inputs, model.levels, model.prior, parts, model.values);
}

/** The factor with the least log loss, or squared error, on rows that the model was not fitted on. */
export function chooseSharpness(model: NaiveBayesModel, held: Sample): number {
  const stride = Math.max(1, Math.ceil(held.target.length / MOST_ROWS));
  const rows = Uint32Array.from({ length: Math.ceil(held.target.length / stride) }, (_, i) => i * stride);
  const table = held.table.take(rows);
  let best = 1;
  let least = Number.POSITIVE_INFINITY;
  for (let factor = LEAST; factor <= MOST; factor *= STEP) {
    const predicted = sharpened(model, factor).predict(table);
    let loss = 0;
    rows.forEach((row, i) => {
      const y = held.target[row] as number;
      const w = held.weights ? (held.weights[row] as number) : 1;
      const off = model.values ? (predicted[i] as number) - y : 0;
      loss += w * (model.values ? off * off : -log(Math.max(1e-15, predicted[i * model.prior.length + y] as number)));
    });
    if (loss < least) {
      least = loss;
      best = factor;
    }
  }
  return best;
}
