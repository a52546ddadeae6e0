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

/** Where the true class is among so many of the most probable ones, the earlier class first among equals: `top_k_accuracy@3`. */
export function topK(guesses: number, id = `top_k_accuracy@${guesses}`): Metric {
  return defineMetric({
    id,
    title: guesses === 2 ? 'Right within two guesses' : `Right within ${guesses} guesses`,
    plain: `The share of rows whose true class is among the model's ${guesses === 2 ? 'two' : guesses} most probable ones.`,
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
        hits[i] = ahead < guesses ? 1 : 0;
      }
      return (weights) => meanOf(hits, weights);
    },
  });
}

/** One minus a loss as a share of what always stating the shares of the classes would lose. */
function skill(id: string, title: string, plain: string, loss: Metric, blindLoss: (share: number, outputs: number) => number): Metric {
  return defineMetric({
    id,
    title,
    plain,
    tasks: ['binary', 'multiclass'],
    greaterIsBetter: true,
    perfect: 1,
    chance: 0,
    prepare: (input) => {
      const evaluate = loss.prepare(input);
      const { actual, outputs } = input;
      return (weights) => {
        if (actual.length < 2) return Number.NaN;
        const rows = new Float64Array(Math.max(2, outputs));
        let total = 0;
        for (let i = 0; i < actual.length; i++) {
          const w = weights ? (weights[i] as number) : 1;
          rows[actual[i] as number] = (rows[actual[i] as number] as number) + w;
          total += w;
        }
        let blind = 0;
        for (const r of rows) if (r > 0) blind += blindLoss(r / total, outputs);
        return blind > 0 ? 1 - evaluate(weights) / blind : Number.NaN;
      };
    },
  });
}

const d2LogLoss = skill(
  'd2_log_loss_score',
  'Log loss explained',
  'The share of the surprise that the model takes away from always stating how common each class is: 0 is none, 1 is all.',
  logLoss,
  (share) => -share * log(share),
);
// of two classes the loss counts the positive one alone: half of the sum over both
const d2Brier = skill(
  'd2_brier_score',
  'Brier skill score',
  'The share of the Brier score that the model takes away from always stating how common each class is: 0 is none, 1 is all.',
  brier,
  (share, outputs) => (share * (1 - share)) / (outputs <= 2 ? 2 : 1),
);

export const probabilityMetrics: readonly Metric[] = [logLoss, brier, topK(2, 'top_2_accuracy'), d2LogLoss, d2Brier];
