import { titleOf } from './choose-members.js';
import { baselineId } from './fitter.js';
import type { LeaderboardRow } from './result.js';
import { betterFirst, type RunContext } from './run-context.js';
import type { Selection } from './select-ensemble.js';
import { standing, type Trial } from './trial.js';

/** All trials that were fitted, and the ensemble where there is one, best first; ties go to the simpler one. */
export function leaderboard(
  context: RunContext,
  trials: readonly Trial[],
  folds: number,
  selection: Selection,
  holdout: { chosen?: number; baseline?: number },
): LeaderboardRow[] {
  const { members } = selection;
  const leader = members[0]?.trial as Trial;
  const rows = trials.map((trial): LeaderboardRow => {
    const fits = trial.fits.slice(0, folds);
    const rounds = fits.map((f) => f.work.rounds).filter((r) => r !== undefined);
    const chosen = members.length === 1 && trial === leader;
    return {
      rank: 0,
      id: trial.id,
      learner: trial.learner.id,
      title: trial.learner.title,
      validation: standing(trial, folds, leader),
      holdout: chosen ? holdout.chosen : trial.learner.id === baselineId ? holdout.baseline : undefined,
      weight: members.find((m) => m.trial === trial)?.weight,
      fitSeconds: trial.fits.reduce((sum, f) => sum + f.milliseconds.fit, 0) / 1000,
      rounds: rounds.length > 0 ? Math.round(rounds.reduce((a, b) => a + b, 0) / rounds.length) : undefined,
      chosen,
      cut: fits.some((f) => f.cut),
    };
  });
  if (members.length > 1)
    rows.push({
      rank: 0,
      id: 'ensemble',
      learner: 'ensemble',
      title: titleOf(members),
      validation: selection.score,
      holdout: holdout.chosen,
      fitSeconds: 0,
      chosen: true,
      cut: false,
    });
  rows.sort((a, b) => betterFirst(context, a.validation, b.validation));
  rows.forEach((row, i) => {
    row.rank = i + 1;
  });
  return rows;
}
