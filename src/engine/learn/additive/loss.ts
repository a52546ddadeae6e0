import { exp, log, logSumExp, sigmoid, softplus } from '../../../core/math.js';
import { outputCount, type Task } from '../../../core/schema.js';

/** What the boosting minimises, over scores kept output by output: score of row i for output k at k · rows + i. */
export interface AdditiveLoss {
  readonly link: 'identity' | 'logistic' | 'softmax';
  readonly outputs: number;
  /** Starting score of each output. */
  readonly start: Float64Array;
  /** Scores are in units of this, around `centre`, so that numbers of any size boost alike. */
  readonly scale: number;
  readonly centre: number;
  /** Derivatives of the weighted loss by every score. */
  gradients(target: Float64Array, weights: Float64Array, scores: Float64Array, gradient: Float64Array, hessian: Float64Array): void;
  /** Weighted sum of the losses of the rows, and the weight. */
  total(target: Float64Array, weights: Float64Array, scores: Float64Array): { loss: number; weight: number };
}

/** The loss for a task, with starting scores from its answers. */
export function additiveLoss(task: Task, target: Float64Array, weights: Float64Array): AdditiveLoss {
  if (task.kind === 'regression') return squared(target, weights);
  return task.kind === 'binary' ? logistic(target, weights) : softmax(outputCount(task), target, weights);
}

function squared(target: Float64Array, weights: Float64Array): AdditiveLoss {
  let weight = 0;
  let mean = 0;
  for (let i = 0; i < target.length; i++) weight += weights[i] as number;
  for (let i = 0; i < target.length; i++) mean += ((weights[i] as number) / (weight || 1)) * (target[i] as number);
  let variance = 0;
  for (let i = 0; i < target.length; i++) {
    const d = (target[i] as number) - mean;
    variance += ((weights[i] as number) / (weight || 1)) * d * d;
  }
  const scale = Math.sqrt(variance) || 1;
  return {
    link: 'identity',
    outputs: 1,
    start: new Float64Array(1),
    scale,
    centre: mean,
    gradients: (y, w, scores, gradient, hessian) => {
      for (let i = 0; i < y.length; i++) {
        gradient[i] = (w[i] as number) * ((scores[i] as number) - ((y[i] as number) - mean) / scale);
        hessian[i] = w[i] as number;
      }
    },
    total: (y, w, scores) => {
      const sums = { loss: 0, weight: 0 };
      for (let i = 0; i < y.length; i++) {
        const d = (scores[i] as number) - ((y[i] as number) - mean) / scale;
        sums.loss += (w[i] as number) * d * d;
        sums.weight += w[i] as number;
      }
      return sums;
    },
  };
}

function logistic(target: Float64Array, weights: Float64Array): AdditiveLoss {
  let positive = 0;
  let weight = 0;
  for (let i = 0; i < target.length; i++) {
    positive += (weights[i] as number) * (target[i] as number);
    weight += weights[i] as number;
  }
  const p = weight > 0 ? Math.min(1 - 1e-6, Math.max(1e-6, positive / weight)) : 0.5;
  return {
    link: 'logistic',
    outputs: 1,
    start: Float64Array.of(log(p / (1 - p))),
    scale: 1,
    centre: 0,
    gradients: (y, w, scores, gradient, hessian) => {
      for (let i = 0; i < y.length; i++) {
        const q = sigmoid(scores[i] as number);
        gradient[i] = (w[i] as number) * (q - (y[i] as number));
        hessian[i] = (w[i] as number) * q * (1 - q);
      }
    },
    total: (y, w, scores) => {
      const sums = { loss: 0, weight: 0 };
      for (let i = 0; i < y.length; i++) {
        const s = scores[i] as number;
        sums.loss += (w[i] as number) * softplus(y[i] === 1 ? -s : s);
        sums.weight += w[i] as number;
      }
      return sums;
    },
  };
}

function softmax(outputs: number, target: Float64Array, weights: Float64Array): AdditiveLoss {
  const share = new Float64Array(outputs);
  let weight = 0;
  for (let i = 0; i < target.length; i++) {
    share[target[i] as number] = (share[target[i] as number] as number) + (weights[i] as number);
    weight += weights[i] as number;
  }
  const row = new Float64Array(outputs);
  return {
    link: 'softmax',
    outputs,
    start: share.map((s) => log(weight > 0 ? Math.max(1e-6, s / weight) : 1 / outputs)),
    scale: 1,
    centre: 0,
    gradients: (y, w, scores, gradient, hessian) => {
      const n = y.length;
      // Friedman (2001): the K scores have one degree of freedom too many
      const factor = outputs / (outputs - 1);
      for (let i = 0; i < n; i++) {
        let most = Number.NEGATIVE_INFINITY;
        for (let k = 0; k < outputs; k++) most = Math.max(most, scores[k * n + i] as number);
        let sum = 0;
        for (let k = 0; k < outputs; k++) {
          row[k] = exp((scores[k * n + i] as number) - most);
          sum += row[k] as number;
        }
        for (let k = 0; k < outputs; k++) {
          const q = (row[k] as number) / sum;
          gradient[k * n + i] = (w[i] as number) * (q - (y[i] === k ? 1 : 0));
          hessian[k * n + i] = (w[i] as number) * factor * q * (1 - q);
        }
      }
    },
    total: (y, w, scores) => {
      const n = y.length;
      const sums = { loss: 0, weight: 0 };
      for (let i = 0; i < n; i++) {
        for (let k = 0; k < outputs; k++) row[k] = scores[k * n + i] as number;
        sums.loss += (w[i] as number) * (logSumExp(row) - (row[y[i] as number] as number));
        sums.weight += w[i] as number;
      }
      return sums;
    },
  };
}
