import type { FoldRows } from './fold-rows.js';
import { wrapUpCost } from './reserve.js';
import type { RunContext } from './run-context.js';
import type { Aftermath } from './run-trials.js';
import type { Trial } from './trial.js';

/** Rows to fit on below which a fold is not worth it. */
const fewestToFit = 500;

/** The folds, the first with fewer rows to fit on when preparing all of them would leave too little time for the fit itself. */
export function thinned(context: RunContext, trials: readonly Trial[], folds: readonly FoldRows[], after: Aftermath): readonly FoldRows[] {
  const { train, validation } = folds[0] as FoldRows;
  const { pace, limit, log, rng } = context;
  const settled = log.settle('fold1', () => {
    // only where time is so short that preparation had to be tried on a few rows
    if (!pace.knows('probe')) return undefined;
    const ready = limit.remaining() - wrapUpCost(context, trials, after.holdoutRows);
    if (pace.cost('probe', train.length + validation.length) <= 0.5 * ready) return undefined;
    const affordable = Math.floor((0.3 * ready) / pace.cost('probe', 1)) - validation.length;
    return affordable >= fewestToFit && affordable < train.length ? { train: affordable } : undefined;
  });
  if (!settled) return folds;
  log.shorten('rows of the first fold');
  const kept = rng.child('fold1').sample(train.length, settled.train as number);
  return [{ train: kept.map((i) => train[i] as number), validation }, ...folds.slice(1)];
}
