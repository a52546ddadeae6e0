import { number } from '../../prep/findings-columns.js';
import { titleOf } from '../choose-members.js';
import type { Finding, Tradeoff, TradeoffPoint } from '../result.js';
import type { RunContext } from '../run-context.js';
import type { WeightedTrial } from '../select-ensemble.js';
import { isWithin } from './final-cost.js';
import { limitsOf } from './limits.js';
import type { Cost } from './model-cost.js';
import type { Alternative, LimitedSelection } from './select-within.js';

/** What each alternative would score and cost, the chosen one as it is. @param chosen what the final model costs */
export function tradeoffOf(context: RunContext, selection: LimitedSelection, chosen: Cost): Tradeoff {
  const limits = limitsOf(context.plan);
  const point = ({ members, score, cost }: Alternative): TradeoffPoint => {
    const readable = !limits.interpretable || (members.length === 1 && members.every((m) => m.trial.learner.interpretable));
    const role = same(members, selection.members) ? 'chosen' : same(members, selection.unlimited.members) ? 'unlimited' : undefined;
    const { nanoseconds, bytes } = role === 'chosen' ? chosen : cost;
    return {
      title: titleOf(members),
      members: members.map(({ trial, weight }) => ({ id: trial.id, weight })),
      score,
      latency: Math.round(nanoseconds / 100) / 10,
      size: Math.round(bytes),
      within: readable && isWithin({ nanoseconds, bytes }, limits),
      ...(role && { role }),
    };
  };
  const { alternatives } = selection;
  const distinct = alternatives.filter((a, i) => alternatives.findIndex((b) => same(a.members, b.members)) === i);
  return { limits, points: distinct.filter((a) => Number.isFinite(a.score)).map(point), missed: selection.missed };
}

/** What a person should know of the limits. */
export function limitFindings(selection: LimitedSelection, tradeoff: Tradeoff): Finding[] {
  const { limits, points, missed } = tradeoff;
  const chosen = points.find((p) => p.role === 'chosen');
  if (missed || (chosen && !chosen.within))
    return [
      {
        level: 'warning',
        code: 'limit-missed',
        message: `No candidate keeps within ${limitWords(tradeoff)}. The least costly one was taken${chosen ? `: about ${number(chosen.latency)} µs a row and ${number(chosen.size)} bytes` : ''}.`,
      },
    ];
  if (same(selection.members, selection.unlimited.members)) return [];
  return [
    {
      level: 'info',
      code: 'limited',
      message: `Kept within ${limitWords({ limits })}: in validation the model scores ${selection.score.toPrecision(4)}; without that it would score ${selection.unlimited.score.toPrecision(4)}.`,
    },
  ];
}

/** The limits in words. */
export function limitWords({ limits }: Pick<Tradeoff, 'limits'>): string {
  const { latency, size, interpretable } = limits;
  const parts = [
    ...(latency === null ? [] : [`${number(latency)} µs a row`]),
    ...(size === null ? [] : [`${number(size)} bytes`]),
    ...(interpretable ? ['what a person can read'] : []),
  ];
  return parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}` : (parts[0] ?? 'no limit');
}

function same(a: readonly WeightedTrial[], b: readonly WeightedTrial[]): boolean {
  return a.length === b.length && a.every((m, i) => m.trial === b[i]?.trial && m.weight === b[i]?.weight);
}
