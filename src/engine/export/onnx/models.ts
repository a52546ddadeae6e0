import { AdditiveModel } from '../../../model/additive.js';
import { PROBABILITY_FLOOR } from '../../../model/combine.js';
import { ConstantModel } from '../../../model/constant.js';
import { EnsembleModel } from '../../../model/ensemble.js';
import { LinearModel } from '../../../model/linear.js';
import { MlpModel } from '../../../model/mlp.js';
import type { Model } from '../../../model/model.js';
import { NaiveBayesModel } from '../../../model/naive-bayes.js';
import { NeighboursModel } from '../../../model/neighbours.js';
import { TreesModel } from '../../../model/trees.js';
import { exportAdditive } from './additive.js';
import { bothClasses, link, sigmoid } from './elementwise.js';
import type { Frame } from './frame.js';
import { inexpressible } from './inexpressible.js';
import { exportLinear } from './linear.js';
import { exportMlp } from './mlp.js';
import { exportNaiveBayes } from './naive-bayes.js';
import { exportNeighbours } from './neighbours.js';
import { exportRecipe } from './steps.js';
import { exportTrees } from './trees.js';

/** Adds the operators of a model. @returns its predictions, rows × outputs. @throws MillwrightError `ONNX_INEXPRESSIBLE` */
export function exportModel(model: Model, frame: Frame): string {
  const { graph } = frame;
  if (model instanceof EnsembleModel) return exportEnsemble(model, frame);
  if (model instanceof TreesModel) return link(graph, model.head.link, exportTrees(model, frame), model.head.outputs);
  if (model instanceof LinearModel) return exportLinear(model, frame);
  if (model instanceof AdditiveModel) return link(graph, model.link, exportAdditive(model, frame), model.intercept.length);
  if (model instanceof MlpModel) return exportMlp(model, frame);
  if (model instanceof NaiveBayesModel) return exportNaiveBayes(model, frame);
  if (model instanceof NeighboursModel) return exportNeighbours(model, frame);
  if (model instanceof ConstantModel) return frame.filled(graph.doubles(model.values));
  throw inexpressible(
    `it is of the kind "${model.kind}"`,
    'A model that came as an ONNX file is one already; else train again without this learner.',
  );
}

/** A weighted mean of numbers or of log-probabilities, as `combine.ts` takes it. */
function exportEnsemble({ how, outputs, branches, calibration }: EnsembleModel, frame: Frame): string {
  const { graph } = frame;
  let sum: string | undefined;
  let total = 0;
  for (const { recipe, members } of branches) {
    const prepared = exportRecipe(recipe, frame);
    for (const { model, weight } of members) {
      total += weight;
      let said = exportModel(model, prepared);
      if (how === 'probability') said = graph.op('Log', [graph.op('Max', [said, graph.number(PROBABILITY_FLOOR)])]);
      const part = graph.op('Mul', [said, graph.number(weight)]);
      sum = sum === undefined ? part : graph.op('Add', [sum, part]);
    }
  }
  let mean = graph.op('Div', [sum as string, graph.number(total)]);
  if (how === 'number') return mean;
  if (calibration) {
    const shift = Array.from({ length: outputs }, (_, k) => calibration.shift[k] ?? 0);
    mean = graph.op('Add', [graph.op('Mul', [mean, graph.number(calibration.scale)]), graph.doubles(shift)]);
  }
  if (outputs > 2) return graph.op('Softmax', [mean], { axis: 1 });
  const [first, second] = [0, 1].map((k) => graph.op('Gather', [mean, graph.ints([k])], { axis: 1 })) as [string, string];
  return bothClasses(graph, sigmoid(graph, graph.op('Sub', [second, first])));
}
