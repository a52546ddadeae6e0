import type { LeaderboardRow } from './result.js';
import { isBetter, type RunContext } from './run-context.js';
import { baselineId, standing, type Trial } from './trial.js';

/** All trials that were fitted, best first; ties go to the simpler one. */
export function leaderboard(
  context: RunContext,
  trials: readonly Trial[],
  folds: number,
  chosen: Trial,
  holdout: { chosen?: number; baseline?: number },
): LeaderboardRow[] {
  const rows = trials
    .filter((trial) => trial.fits.length > 0)
    .map((trial): LeaderboardRow => {
      const fits = trial.fits.slice(0, folds);
      const rounds = fits.map((f) => f.work.rounds).filter((r) => r !== undefined);
      const baseline = trial.learner.id === baselineId;
      return {
        rank: 0,
        id: trial.id,
        learner: trial.learner.id,
        title: trial.learner.title,
        validation: standing(trial, folds, chosen),
        holdout: trial === chosen ? holdout.chosen : baseline ? holdout.baseline : undefined,
        fitSeconds: trial.fits.reduce((sum, f) => sum + f.milliseconds, 0) / 1000,
        rounds: rounds.length > 0 ? Math.round(rounds.reduce((a, b) => a + b, 0) / rounds.length) : undefined,
        chosen: trial === chosen,
        cut: fits.some((f) => f.cut),
      };
    });
  rows.sort((a, b) => {
    if (isBetter(context, a.validation, b.validation)) return -1;
    if (isBetter(context, b.validation, a.validation)) return 1;
    return 0;
  });
  rows.forEach((row, i) => {
    row.rank = i + 1;
  });
  return rows;
}
