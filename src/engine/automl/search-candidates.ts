import type { Parameters } from '../learn/learner.js';
import { buildSpace } from '../search/search-space.js';
import type { Searcher } from '../search/searcher.js';
import { bayesianSearch } from '../search/tpe.js';
import { baselineId } from './fitter.js';
import { betterFirst, type RunContext } from './run-context.js';
import { type Candidate, meanScore, type Trial } from './trial.js';

/** Suggests a further candidate from what is known of the others; undefined: there is none. */
export type Suggest = (trials: readonly Trial[]) => Candidate | undefined;

interface LearnerSearch {
  readonly searcher: Searcher;
  /** By trial id the folds that the searcher was told of. */
  readonly told: Map<string, number>;
  asked: number;
}

/**
 * A Bayesian search (TPE) over the parameters of each learner among the trials, begun with what the plan's candidates scored. The better the best trial of
 * a learner, the more often it is its turn. What a learner's first candidate fixes beyond its search space (an objective, a limit of work) stays.
 */
export function searchCandidates(context: RunContext, most: number): Suggest {
  const searches = new Map<string, LearnerSearch | undefined>();
  let left = most;
  return (trials) => {
    if (left <= 0) return undefined;
    const ranked = rankedLearners(context, trials);
    const next = ranked
      .map((learner, i) => {
        if (!searches.has(learner)) searches.set(learner, openSearch(context, learner, trials));
        return { learner, search: searches.get(learner), share: 1 / (i + 1) };
      })
      .filter((l) => l.search !== undefined)
      // in turn by rank: the second learner half as often as the first, the third a third
      .sort((a, b) => b.share / ((b.search?.asked ?? 0) + 1) - a.share / ((a.search?.asked ?? 0) + 1))[0];
    if (!next?.search) return undefined;
    const { search, learner } = next;
    for (const trial of trials) tell(context, search, trial, learner);
    search.asked++;
    left--;
    const parameters = search.searcher.ask();
    if (parameters) return { learner, parameters };
    searches.set(learner, undefined);
    return undefined;
  };
}

/** Learners of trials that came through, the one with the best trial first; no forests, as a run keeps all models until its end. */
function rankedLearners(context: RunContext, trials: readonly Trial[]): string[] {
  const whole = trials.filter((t) => t.fits.length > 0 && !t.dropped && !t.learner.forest && t.learner.id !== baselineId);
  whole.sort((a, b) => betterFirst(context, meanScore(a, a.fits.length), meanScore(b, b.fits.length)));
  return [...new Set(whole.map((t) => t.learner.id))];
}

function openSearch(context: RunContext, learner: string, trials: readonly Trial[]): LearnerSearch | undefined {
  const first = trials.find((t) => t.learner.id === learner);
  if (!first || !Object.values(first.learner.parameters).some((spec) => spec.search)) return undefined;
  const fixed: Parameters = {};
  for (const [name, value] of Object.entries(first.parameters)) if (!first.learner.parameters[name]?.search) fixed[name] = value;
  const space = buildSpace(first.learner, new Map(), { fixed });
  return { searcher: bayesianSearch(space, context.rng.child('search', learner)), told: new Map(), asked: 0 };
}

function tell(context: RunContext, { searcher, told }: LearnerSearch, trial: Trial, learner: string): void {
  if (trial.learner.id !== learner || trial.fits.length === (told.get(trial.id) ?? 0)) return;
  told.set(trial.id, trial.fits.length);
  const score = meanScore(trial, trial.fits.length);
  searcher.tell(trial.parameters, context.metric.greaterIsBetter ? -score : score, trial.fits.length);
}
