import { outputCount } from '../../../core/schema.js';
import { mean, weightedMedian } from '../../../core/statistics.js';
import { ConstantModel } from '../../../model/constant.js';
import type { Learner } from '../learner.js';
import { checkParameters } from '../parameters.js';

/** The answer that needs no columns: how frequent each class is, or the middle of the target. */
export const constantLearner: Learner = {
  id: 'baseline',
  title: 'Baseline (always the same answer)',
  input: 'trees',
  parameters: {
    center: {
      doc: 'Regression: the mean (least squared error) or the median (least absolute error).',
      default: 'mean',
      choices: ['mean', 'median'],
    },
  },
  async fit(train, _validation, parameters, context) {
    const { center } = checkParameters('baseline', this.parameters, parameters);
    const k = outputCount(context.task);
    const { target, weights } = train;
    if (context.task.kind === 'regression') {
      const value = center === 'median' ? weightedMedian(target, weights) : mean(target, weights);
      // no weight anywhere: every row counts the same
      const fallback = mean(target);
      return {
        model: new ConstantModel(Float64Array.of(Number.isFinite(value) ? value : Number.isFinite(fallback) ? fallback : 0)),
        work: {},
        cut: false,
      };
    }
    const share = new Float64Array(k);
    let total = 0;
    for (let i = 0; i < target.length; i++) {
      const w = weights ? (weights[i] as number) : 1;
      share[target[i] as number] = (share[target[i] as number] as number) + w;
      total += w;
    }
    return { model: new ConstantModel(share.map((s) => (total > 0 ? s / total : 1 / k))), work: {}, cut: false };
  },
};
