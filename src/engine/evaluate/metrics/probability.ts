import { log } from '../../../core/math.js';
import { defineMetric, type Metric, meanOf } from './metric.js';

const EPSILON = 2.220446049250313e-16;

const logLoss = defineMetric({
  id: 'log_loss',
  title: 'Log loss',
  plain: 'How surprised the model is by what happened: 0 is perfect, and confident mistakes cost the most.',
  tasks: ['binary', 'multiclass'],
  greaterIsBetter: false,
  perfect: 0,
  prepare: ({ actual, predicted, outputs }) => {
    const losses = new Float64Array(actual.length);
    for (let i = 0; i < losses.length; i++) {
      const k = actual[i] as number;
      const p =
        outputs === 1 ? (k === 1 ? (predicted[i] as number) : 1 - (predicted[i] as number)) : (predicted[i * outputs + k] as number);
      losses[i] = -log(Math.min(1 - EPSILON, Math.max(EPSILON, p)));
    }
    return (weights) => meanOf(losses, weights);
  },
});

const brier = defineMetric({
  id: 'brier_score_loss',
  title: 'Brier score',
  plain: 'The mean squared distance between the stated probability and what happened: 0 is perfect.',
  tasks: ['binary', 'multiclass'],
  greaterIsBetter: false,
  perfect: 0,
  prepare: ({ actual, predicted, outputs }) => {
    const losses = new Float64Array(actual.length);
    for (let i = 0; i < losses.length; i++) {
      const k = actual[i] as number;
      if (outputs <= 2) {
        const d = (predicted[i * outputs + outputs - 1] as number) - k;
        losses[i] = d * d;
        continue;
      }
      let total = 0;
      for (let j = 0; j < outputs; j++) {
        const d = (predicted[i * outputs + j] as number) - (j === k ? 1 : 0);
        total += d * d;
      }
      losses[i] = total;
    }
    return (weights) => meanOf(losses, weights);
  },
});

const topTwo = defineMetric({
  id: 'top_2_accuracy',
  title: 'Right within two guesses',
  plain: "The share of rows whose true class is among the model's two most probable ones.",
  tasks: ['multiclass'],
  greaterIsBetter: true,
  perfect: 1,
  prepare: ({ actual, predicted, outputs }) => {
    const hits = new Float64Array(actual.length);
    for (let i = 0; i < hits.length; i++) {
      const k = actual[i] as number;
      const own = predicted[i * outputs + k] as number;
      let ahead = 0;
      for (let j = 0; j < outputs; j++) {
        const p = predicted[i * outputs + j] as number;
        if (p > own || (p === own && j > k)) ahead++;
      }
      hits[i] = ahead < 2 ? 1 : 0;
    }
    return (weights) => meanOf(hits, weights);
  },
});

export const probabilityMetrics: readonly Metric[] = [logLoss, brier, topTwo];
