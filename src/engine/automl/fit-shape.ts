import { isInput } from '../../core/schema.js';
import type { RunContext } from './run-context.js';
import { selectionSeconds } from './select-columns.js';
import type { Trial } from './trial.js';
import { type FitShape, nominalSeconds } from './work-cost.js';

/** The size of a trial's fit on so many rows, as far as it can be known before. */
export function fitShape(context: RunContext, trial: Trial, rows: number, all: readonly Trial[]): FitShape {
  const { task, schema } = context;
  const seen = [trial, ...all].find((t) => t.fits[0] && t.learner.input === trial.learner.input && t.fits[0].columns > 0)?.fits[0];
  const raw = schema.columns.filter(isInput).length;
  return { rows, columns: seen?.columns ?? raw, scores: task.kind === 'multiclass' ? task.classes.length : 1 };
}

/** Nominal seconds of the fits that a trial has. */
export function secondsSpent(context: RunContext, trial: Trial): number {
  return trial.fits.reduce((sum, fit) => {
    const shape = { ...fitShape(context, trial, fit.trainRows, []), columns: fit.columns };
    return sum + nominalSeconds(trial.learner.id, shape, trial.parameters, fit.work) + choosing(context, trial, fit.trainRows);
  }, 0);
}

/** Nominal seconds that a fit of a trial on so many rows should take, going by its own fits, or else by those of its learner's other trials. */
export function secondsExpected(context: RunContext, trial: Trial, rows: number, all: readonly Trial[]): number {
  const own = nominalSeconds(trial.learner.id, fitShape(context, trial, rows, all), trial.parameters, usualWork(trial, all));
  return own + choosing(context, trial, rows);
}

/** Nominal seconds that a fit of a trial takes to choose its columns. */
function choosing(context: RunContext, trial: Trial, rows: number): number {
  if (!trial.preparation?.selected) return 0;
  const columns = context.schema.columns.filter(isInput).length;
  return selectionSeconds({ ...fitShape(context, trial, rows, []), columns });
}

function usualWork(trial: Trial, all: readonly Trial[]): Record<string, number> | undefined {
  if (trial.fits[0]) return trial.fits[0].work;
  const rate = (t: Trial): number => Number(t.parameters.learningRate ?? t.learner.parameters.learningRate?.default ?? Number.NaN);
  const siblings = all.filter((t) => t.learner.id === trial.learner.id && t.fits[0]?.work.rounds !== undefined);
  if (siblings.length === 0) return undefined;
  // halving the learning rate about doubles the rounds
  const effort = siblings.reduce((sum, t) => sum + (t.fits[0]?.work.rounds as number) * rate(t), 0) / siblings.length;
  const rounds = effort / rate(trial);
  return Number.isFinite(rounds) ? { rounds } : undefined;
}
