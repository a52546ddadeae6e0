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
import { firstWithin, seedsWithin } from './limits/hold.js';
import { limitsOf } from './limits/limits.js';
import { fitCost } from './reserve.js';
import type { RunContext } from './run-context.js';
import { combinationOf, type WeightedTrial } from './select-ensemble.js';
import { taughtRows } from './self-training.js';
import { branchOf, refitPlace, type Trial } from './trial.js';
import { budgetSeconds } from './work-cost.js';
import { memoryPlace } from './work-log.js';

/** A recipe and the model that reads what it prepares. */
export interface Pipeline {
  readonly recipe: StepData[];
  readonly model: Model;
  readonly trainRows: number;
}

/** Share of the budget, in nominal seconds of one thread, that the refits take. */
const plannedShare = 0.2;
/** Fits with other random numbers that are averaged, where the learner draws any. */
const mostSeeds = 4;

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
  const { log, limit, team, progress } = context;
  const seeds = part === 'all' ? seedsFor(context, members, rows.length) : members.map(() => 1);
  const taught = new Map(members.map(({ trial }) => [trial, taughtRows(context, trial)]));
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
            preparation: trial.preparation,
            taught: taught.get(trial),
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
  // members that keep their folds' models keep as many as the limits bear
  const missing = members.some((m) => !fitted.has(m.trial));
  const attempts = missing ? Array.from({ length: folds }, (_, i) => folds - i) : [0];
  return firstWithin(
    context,
    members,
    attempts.map((kept) => () => ({ ...assembled(context, branchesOf(members, fitted, kept)), trainRows: rows.length })),
  );
}

/** A single model is saved as such, several as an ensemble. */
export function assembled(context: RunContext, branches: readonly Branch[]): { recipe: StepData[]; model: Model } {
  const one = branches.length === 1 ? branches[0] : undefined;
  const alone = one?.members.length === 1 ? one.members[0] : undefined;
  const whole = one ? [{ recipe: [], members: one.members }] : branches;
  return {
    recipe: one?.recipe ?? [],
    model: alone?.model ?? new EnsembleModel(combinationOf(context), outputCount(context.task), whole),
  };
}

/** One branch an input for what was fitted anew, and those of the folds for the other members. */
function branchesOf(members: readonly WeightedTrial[], fitted: ReadonlyMap<Trial, FitOutcome[]>, folds: number): Branch[] {
  const branches = new Map<string, { recipe: StepData[]; members: { model: Model; weight: number }[] }>();
  for (const { trial, weight } of members) {
    const outcomes = fitted.get(trial);
    if (!outcomes) continue;
    const branch = branches.get(branchOf(trial)) ?? { recipe: (outcomes[0] as FitOutcome).recipe, members: [] };
    for (const { model } of outcomes) branch.members.push({ model, weight: weight / outcomes.length });
    branches.set(branchOf(trial), branch);
  }
  const rest = members.filter((m) => !fitted.has(m.trial));
  const ofFolds = Array.from({ length: rest.length > 0 ? folds : 0 }, (_, fold) => foldBranches(rest, fold, 1 / folds));
  return [...branches.values(), ...ofFolds.flat()];
}

/** How often each member is fitted, as far as planned work and the limits go; asks no clock. A repetition has the record to say which of the most. */
function seedsFor(context: RunContext, members: readonly WeightedTrial[], rows: number): number[] {
  const once = members.reduce((sum, { trial }) => sum + secondsExpected(context, trial, rows, []), 0);
  const allowance = plannedShare * budgetSeconds(context.plan);
  const limits = limitsOf(context.plan);
  const affordable = Math.min(Math.floor(allowance / Math.max(1e-9, once)), seedsWithin(context, members, limits));
  const most = limits.interpretable ? 1 : mostSeeds;
  const seeds = context.log.replaying ? most : Math.max(1, Math.min(most, affordable));
  return members.map(({ trial }) => (trial.learner.seeded ? seeds : 1));
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
