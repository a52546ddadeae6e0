import type { FoldRows } from '../fold-rows.js';
import { type OutOfFold, outOfFoldPredictions } from '../out-of-fold.js';
import { betterFirst, isBetter, type RunContext } from '../run-context.js';
import { combined, foldMean, type Selection, selectEnsemble, type WeightedTrial } from '../select-ensemble.js';
import { meanScore, type Trial } from '../trial.js';
import { FinalCosts, isWithin } from './final-cost.js';
import { type Limits, limitsOf, usualLatency } from './limits.js';
import type { Cost } from './model-cost.js';
import { isShrinkable, shrunken } from './shrunken-trials.js';

/** A final model that could be had: what it scores out of fold, and what it costs by estimate, each member fitted once. */
export interface Alternative {
  readonly members: readonly WeightedTrial[];
  /** The run's metric, in its sign. */
  readonly score: number;
  readonly cost: Cost;
}

/** The best model within the limits, and what else there was. */
export interface LimitedSelection extends Selection {
  /** What would be chosen without limits. */
  readonly unlimited: Selection;
  readonly alternatives: readonly Alternative[];
  /** Trials made smaller for the sake of the limits. */
  readonly smaller: readonly Trial[];
  /** Nothing is within the limits: the least that there is was taken. */
  readonly missed: boolean;
}

/** Trials that are tried with fewer trees, the best by themselves. */
const mostShrunken = 3;
/** Part of what is allowed that shrunken trials aim at, since fitted anew they grow. */
const aim = 0.95;
/** Shares of what is allowed that a member may take, tried in turn: many small members may beat a large one. */
const pools = [1, 0.34];
const mostAlternatives = 60;

/**
 * The best ensemble, or single trial, of those whose final model is foreseen to be within the plan's limits; trials that are too large by themselves take part
 * with fewer trees.
 * @param trials at least one, each with all folds and better than the baseline
 */
export function selectWithin(context: RunContext, trials: readonly Trial[], rows: OutOfFold, folds: readonly FoldRows[]): LimitedSelection {
  const limits = limitsOf(context.plan);
  const costs = new FinalCosts(context);
  const within = (members: readonly Trial[]): boolean => isWithin(costs.of(members), limits);
  const unlimited = selectEnsemble(context, trials, rows);
  const readable = limits.interpretable ? trials.filter((t) => t.learner.interpretable) : trials;
  const free = !limits.interpretable && within(unlimited.members.map((m) => m.trial));
  const smaller = free && isUsual(limits) ? [] : smallerTrials(context, readable, limits, costs, folds);
  const all = [...readable, ...smaller];
  const affordable = all.filter((t) => within([t]));
  const missed = affordable.length === 0;
  const choose = (): Selection => {
    if (free) return unlimited;
    if (missed) return alone(cheapest(all.length > 0 ? all : trials, costs, limits), rows);
    if (limits.interpretable) return alone(best(context, affordable, folds.length), rows);
    return selectAffordable(context, affordable, rows, (t) => costs.ofModel(t), within);
  };
  const selection = choose();
  const singles = [...trials, ...smaller].map(
    (t): Alternative => ({ members: [{ trial: t, weight: 1 }], score: meanScore(t, folds.length), cost: costs.of([t]) }),
  );
  const nested = [selection, unlimited].flatMap((s) => prefixes(context, s, rows, costs));
  const alternatives = [...nested, ...singles.sort((a, b) => betterFirst(context, a.score, b.score))].slice(0, mostAlternatives);
  return { ...selection, unlimited, alternatives, smaller, missed };
}

function isUsual({ latency, size, interpretable }: Limits): boolean {
  return latency === usualLatency && size === null && !interpretable;
}

/** The best of a few greedy selections: of all that may take part, and of the smaller ones. */
function selectAffordable(
  context: RunContext,
  affordable: readonly Trial[],
  rows: OutOfFold,
  costOf: (trial: Trial) => Cost,
  within: (members: readonly Trial[]) => boolean,
): Selection {
  let found: Selection | undefined;
  const dearest = Math.max(...affordable.map((t) => costOf(t).nanoseconds));
  for (const share of pools) {
    const pool = affordable.filter((t) => costOf(t).nanoseconds <= share * dearest);
    if (pool.length === 0) continue;
    const selection = selectEnsemble(context, pool, rows, within);
    if (!found || isBetter(context, selection.score, found.score)) found = selection;
  }
  return found as Selection;
}

/** The best trials of trees with as many of them as the limits bear, and with about half as many. */
function smallerTrials(
  context: RunContext,
  trials: readonly Trial[],
  limits: Limits,
  costs: FinalCosts,
  folds: readonly FoldRows[],
): Trial[] {
  const candidates = trials
    .filter(isShrinkable)
    .sort((a, b) => betterFirst(context, meanScore(a, folds.length), meanScore(b, folds.length)))
    .slice(0, mostShrunken);
  const fewer = context.log.settle('shrunken', () => {
    const { pace, limit } = context;
    const validation = folds.reduce((sum, f) => sum + f.validation.length, 0);
    const each = (t: Trial): number => pace.cost(`prepare ${t.learner.input}`, validation) + pace.cost(`predict ${t.id}`, 2 * validation);
    let left = 0.1 * limit.remaining();
    let trials = 0;
    for (const t of candidates) {
      left -= each(t);
      if (left < 0 && trials > 0) break;
      trials++;
    }
    if (trials < candidates.length) context.log.shorten('smaller models');
    return trials > 0 ? { trials } : undefined;
  });
  return candidates.slice(0, fewer?.trials ?? 0).flatMap((trial) => {
    const share = aim * shareWithin(costs.ofRest([trial]), costs.ofModel(trial), limits);
    const shares = share >= 1 ? [0.25, 0.06] : [share, 0.4 * share];
    const made = shares.filter((s) => s > 0).map((s) => shrunken(context, trial, s, folds));
    return made.filter((t, i) => t.id !== trial.id && made.findIndex((m) => m.id === t.id) === i);
  });
}

/** Share of a part that the limits leave room for beside the rest; 1 and more: all of it. */
export function shareWithin(rest: Cost, part: Cost, { latency, size }: Limits): number {
  const room = (limit: number | null, used: number, wanted: number): number =>
    limit === null ? Number.POSITIVE_INFINITY : Math.max(0, limit - used) / Math.max(1e-9, wanted);
  return Math.min(room(latency === null ? null : latency * 1000, rest.nanoseconds, part.nanoseconds), room(size, rest.bytes, part.bytes));
}

function alone(trial: Trial, rows: OutOfFold): Selection {
  return {
    members: [{ trial, weight: 1 }],
    predicted: outOfFoldPredictions(trial, rows),
    score: meanScore(trial, rows.starts.length - 1),
  };
}

function best(context: RunContext, trials: readonly Trial[], folds: number): Trial {
  return trials.reduce((a, b) => (isBetter(context, meanScore(b, folds), meanScore(a, folds)) ? b : a));
}

/** The one that is least beyond the limits. */
function cheapest(trials: readonly Trial[], costs: FinalCosts, { latency, size }: Limits): Trial {
  const excess = (t: Trial): number => {
    const { nanoseconds, bytes } = costs.of([t]);
    return Math.max(latency === null ? 0 : nanoseconds / (1000 * latency), size === null ? 0 : bytes / size);
  };
  return trials.reduce((a, b) => (excess(b) < excess(a) ? b : a));
}

/** An ensemble, and what is left of it as its lightest members are taken away. */
function prefixes(context: RunContext, { members, predicted, score }: Selection, rows: OutOfFold, costs: FinalCosts): Alternative[] {
  const found: Alternative[] = [];
  for (let count = members.length; count >= 2; count--) {
    const kept = members.slice(0, count);
    const together =
      count === members.length
        ? predicted
        : combined(
            context,
            kept.map(({ trial, weight }) => [outOfFoldPredictions(trial, rows), weight]),
            rows.outputs,
          );
    found.push({
      members: kept,
      score: count === members.length ? score : foldMean(context, together, rows),
      cost: costs.of(kept.map((m) => m.trial)),
    });
  }
  return found;
}
