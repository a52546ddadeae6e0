import { outputCount } from '../../core/schema.js';
import { type Branch, EnsembleModel } from '../../model/ensemble.js';
import type { Model } from '../../model/model.js';
import type { StepData } from '../../model/step.js';
import type { Parameters } from '../learn/learner.js';
import { dispatch, type Wanted } from './dispatch.js';
import { secondsExpected } from './fit-shape.js';
import type { FitOutcome } from './fit-team.js';
import { baselineId } from './fitter.js';
import { foldBranches } from './fold-ensemble.js';
import { fitCost } from './reserve.js';
import type { RunContext } from './run-context.js';
import { combinationOf, type WeightedTrial } from './select-ensemble.js';
import { refitPlace, type Trial } from './trial.js';
import { memoryPlace } from './work-log.js';

/** A recipe and the model that reads what it prepares. */
export interface Pipeline {
  readonly recipe: StepData[];
  readonly model: Model;
  readonly trainRows: number;
}

/** Share of the budget, in nominal seconds of one thread, that the refits take. */
const plannedShare = 0.2;
const unlimited = 600;
/** Fits with other random numbers that are averaged, where the learner draws any. */
const mostSeeds = 4;
/** Trees that the final model may hold, so that a row is answered in well under a millisecond. */
const mostTrees = 4000;

/**
 * Fits the members of an ensemble anew on the given rows, with the lengths that their folds found best; learners that draw random numbers several times, as far
 * as the planned work goes. A member that there was no time for keeps the models of its folds.
 * @param reserve milliseconds that must be left afterwards
 * @returns undefined when no member could be fitted anew
 */
export async function refit(
  context: RunContext,
  members: readonly WeightedTrial[],
  folds: number,
  rows: Uint32Array,
  part: 'train' | 'all',
  reserve: number,
): Promise<Pipeline | undefined> {
  const { log, limit, team, progress, preparation } = context;
  const seeds = part === 'all' ? seedsFor(context, members, folds, rows.length) : members.map(() => 1);
  const planned: { trial: Trial; place: string; wanted: Wanted }[] = [];
  for (let seed = 0; seed < Math.max(...seeds); seed++)
    members.forEach(({ trial }, i) => {
      if (seed >= (seeds[i] as number)) return;
      const place = refitPlace(trial, part, seed);
      const short = log.recorded(memoryPlace(place));
      if (short) log.note(memoryPlace(place), short);
      if (short || (log.replaying && !log.recorded(place))) return;
      const said = `${trial.learner.title} on all rows${part === 'train' ? ' but the holdout' : ''}`;
      const allowed = (): number => {
        // the baseline costs nothing and is always there to compare with
        if (log.replaying || trial.learner.id === baselineId) return Number.POSITIVE_INFINITY;
        const left = limit.expired() ? 0 : limit.remaining() - reserve;
        return fitCost(trial, rows.length) + context.pace.cost(`prepare ${trial.learner.input}`, rows.length) <= left ? left : 0;
      };
      planned.push({
        trial,
        place,
        wanted: {
          job: {
            place,
            division: `${part}/${rows.length}`,
            train: rows,
            validation: new Uint32Array(0),
            learner: trial.learner.id,
            parameters: refitParameters(trial, folds, rows.length),
            preparation,
            limits: log.recorded(place),
          },
          allowed,
          onStart: () => trial.learner.id !== baselineId && progress.say('refit', said),
          onProgress: (done) => progress.say('refit', said, done),
        },
      });
    });
  const outcomes = await dispatch(
    team,
    planned.map((p) => p.wanted),
  );
  const fitted = new Map<Trial, FitOutcome[]>();
  planned.forEach(({ trial, place }, i) => {
    const outcome = outcomes[i];
    if (outcome === 'memory' || outcome === 'columns') {
      if (outcome === 'memory') log.note(memoryPlace(place), { short: 1 });
      return;
    }
    // half a refit is worth less than the models of the folds
    if (!outcome || (outcome.cut && !log.replaying && trial.learner.id !== baselineId)) {
      log.shorten('refit');
      return;
    }
    log.note(place, outcome.work);
    fitted.set(trial, [...(fitted.get(trial) ?? []), outcome]);
  });
  if (fitted.size === 0) return undefined;
  const branches = branchesOf(members, fitted, folds);
  const one = branches.length === 1 ? branches[0] : undefined;
  const alone = one?.members.length === 1 ? one.members[0] : undefined;
  return {
    recipe: one?.recipe ?? [],
    model:
      alone?.model ??
      new EnsembleModel(combinationOf(context), outputCount(context.task), one ? [{ recipe: [], members: one.members }] : branches),
    trainRows: rows.length,
  };
}

/** One branch an input for what was fitted anew, and those of the folds for the other members. */
function branchesOf(members: readonly WeightedTrial[], fitted: ReadonlyMap<Trial, FitOutcome[]>, folds: number): Branch[] {
  const branches = new Map<string, { recipe: StepData[]; members: { model: Model; weight: number }[] }>();
  for (const { trial, weight } of members) {
    const outcomes = fitted.get(trial);
    if (!outcomes) continue;
    const branch = branches.get(trial.learner.input) ?? { recipe: (outcomes[0] as FitOutcome).recipe, members: [] };
    for (const { model } of outcomes) branch.members.push({ model, weight: weight / outcomes.length });
    branches.set(trial.learner.input, branch);
  }
  const rest = members.filter((m) => !fitted.has(m.trial));
  const ofFolds = Array.from({ length: rest.length > 0 ? folds : 0 }, (_, fold) => foldBranches(rest, fold, 1 / folds));
  return [...branches.values(), ...ofFolds.flat()];
}

/** How often each member is fitted; asks no clock. A repetition has the record to say which of the most. */
function seedsFor(context: RunContext, members: readonly WeightedTrial[], folds: number, rows: number): number[] {
  const once = members.reduce((sum, { trial }) => sum + secondsExpected(context, trial, rows, []), 0);
  const allowance = plannedShare * (context.plan.budget ?? unlimited);
  const trees = members.reduce((sum, { trial }) => sum + treesOf(context, trial, folds), 0);
  const affordable = Math.min(Math.floor(allowance / Math.max(1e-9, once)), Math.floor(mostTrees / Math.max(1, trees)));
  const seeds = context.log.replaying ? mostSeeds : Math.max(1, Math.min(mostSeeds, affordable));
  return members.map(({ trial }) => (trial.learner.seeded ? seeds : 1));
}

function treesOf({ task }: RunContext, trial: Trial, folds: number): number {
  const fits = trial.fits.slice(0, folds);
  const rounds = fits.reduce((sum, f) => sum + (f.work.rounds ?? 0), 0) / Math.max(1, fits.length);
  return rounds * (task.kind === 'multiclass' ? task.classes.length : 1);
}

/** The candidate's parameters with what its folds settled. */
function refitParameters(trial: Trial, folds: number, rows: number): Parameters {
  const fits = trial.fits.slice(0, folds);
  const moreRows = fits.reduce((sum, f) => sum + rows / Math.max(1, f.trainRows), 0) / Math.max(1, fits.length);
  const works = fits.map((f) => f.work);
  return trial.learner.refitParameters && works.length > 0
    ? trial.learner.refitParameters(trial.parameters, works, moreRows)
    : trial.parameters;
}
