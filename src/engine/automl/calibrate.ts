import { outputCount } from '../../core/schema.js';
import { type Calibration, EnsembleModel } from '../../model/ensemble.js';
import { applyCalibration, type FoundCalibration, fitCalibration } from '../evaluate/fit-calibration.js';
import type { Pipeline } from './final-model.js';
import type { OutOfFold } from './out-of-fold.js';
import type { RunContext } from './run-context.js';

/** What corrects the chosen members, and what they then say of the rows out of fold. */
export interface CalibratedRows {
  readonly found: FoundCalibration;
  readonly predicted: Float64Array;
}

/** A calibration of the chosen members, fitted out of fold; undefined where none helps. The holdout is never looked at. */
export function calibrate(context: RunContext, rows: OutOfFold, predicted: Float64Array): CalibratedRows | undefined {
  // a model that is to be read stays what its curves say
  const none = context.task.kind === 'regression' || context.plan.limits?.interpretable;
  const found = none ? undefined : fitCalibration({ ...rows, predicted });
  return found && { found, predicted: applyCalibration(found.calibration, predicted, rows.outputs) };
}

/** The same pipeline with its probabilities corrected. */
export function calibrated(context: RunContext, pipeline: Pipeline, rows: CalibratedRows | undefined): Pipeline {
  return rows ? { ...pipeline, model: withCalibration(context, pipeline.model, rows.found.calibration) } : pipeline;
}

function withCalibration(context: RunContext, model: Pipeline['model'], calibration: Calibration): EnsembleModel {
  if (model instanceof EnsembleModel) return new EnsembleModel(model.how, model.outputs, model.branches, calibration);
  const alone = [{ recipe: [], members: [{ model, weight: 1 }] }];
  return new EnsembleModel('probability', outputCount(context.task), alone, calibration);
}
