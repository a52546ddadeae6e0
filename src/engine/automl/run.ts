import type { Deadline } from '../../core/clock.js';
import { MillwrightError } from '../../core/errors.js';
import { Rng } from '../../core/rng.js';
import { outputCount, type Schema, type Task } from '../../core/schema.js';
import type { Table } from '../../core/table.js';
import { applyRecipe } from '../../model/recipe.js';
import type { Catalog } from '../catalog.js';
import { metricFor } from '../evaluate/metrics/registry.js';
import { bestThreshold } from '../evaluate/threshold.js';
import type { KernelHost } from '../kernels/kernel-host.js';
import type { Learner } from '../learn/learner.js';
import { answeredRows } from './answered-rows.js';
import { canonicalPlan } from './canonical-plan.js';
import { divideRows } from './divide-rows.js';
import { explainPipeline, explainPredictions } from './explain-pipeline.js';
import { type Pipeline, refit } from './final-model.js';
import { type FoldRows, pick } from './fold.js';
import { type HoldoutRows, holdoutScores, plainScores, scoringCost } from './holdout-scores.js';
import { leaderboard } from './leaderboard.js';
import { Pace, PatientDeadline } from './pace.js';
import type { Plan } from './plan.js';
import { ProgressReporter } from './progress-reporter.js';
import { bestTrial, explainCost, refitCost } from './reserve.js';
import type { RunProgress, RunResult, ScoredRows } from './result.js';
import type { RunContext } from './run-context.js';
import { runFindings } from './run-findings.js';
import { runTrials } from './run-trials.js';
import { baselineId, meanScore, type Trial, trialIds } from './trial.js';
import { WorkLog } from './work-log.js';

/** What a run needs. */
export interface RunInput {
  /** Raw rows, the target among the columns. */
  table: Table;
  schema: Schema;
  task: Task;
  /** With `work`, the run repeats exactly that work and asks no clock. */
  plan: Plan;
  catalog: Catalog;
  /** The run ends before it, with the best that it has by then; `expire()` interrupts. */
  deadline: Deadline;
  /** The kernels with their threads; absent: learners make their own. */
  host?: KernelHost;
  onProgress?: (progress: RunProgress) => void;
  lineage: { millwright: string; dataHash: string };
  /** After how many rows the clock ended the reading of the table, if it did: recorded, so that a repetition reads no more. */
  read?: Readonly<Record<string, number>>;
}

/**
 * Trains, chooses, scores and explains a model as the plan says: holdout kept aside first, preparation refitted inside every fold, the best
 * candidate by out-of-fold score (never one below the baseline), scored once on the holdout, refitted on all rows.
 * @throws MillwrightError `INTERRUPTED` before any model is there; `TARGET_…`, `TOO_FEW_ROWS`, `PLAN_INVALID`, `OPTION_INVALID`
 * @example const result = await run({ table, schema, task, plan, catalog, deadline: new Deadline(clock, 30_000), lineage })
 */
export async function run(input: RunInput): Promise<RunResult> {
  const { table, schema, task, plan, catalog, deadline } = input;
  const { clock } = deadline;
  const started = clock.now();
  const log = new WorkLog(plan.work);
  if (input.read) {
    log.note('read', { ...input.read });
    log.shorten(`reading, to the first ${Math.min(...Object.values(input.read))} rows`);
  }
  const limit = log.replaying ? new PatientDeadline(deadline) : deadline;
  const metric = metricFor(plan.metric, task.kind);
  const trials = trialsOf(plan, catalog);
  const context: RunContext = {
    answered: answeredRows(table, schema, task),
    schema,
    task,
    catalog,
    pace: new Pace(limit),
    plan,
    log,
    limit,
    rng: new Rng(plan.seed),
    metric,
    host: input.host,
    progress: new ProgressReporter(
      clock,
      started + deadline.remaining(),
      trials.length * Math.max(1, plan.validation.folds) + 6,
      metric.id,
      input.onProgress,
    ),
  };
  const { answered, progress } = context;
  stopIfInterrupted(limit);
  progress.say('split', 'holdout and folds');
  const { holdout, train, folds } = divideRows(context);
  progress.advance();
  const early = await runFindings(context, train, holdout);
  progress.advance();
  stopIfInterrupted(limit);
  const features = schema.columns.filter((c) => c.use === 'feature' || c.use === 'time').length;
  const explained = explainPredictions(features, holdout.length);
  const counted = await runTrials(context, trials, folds, {
    holdoutRows: holdout.length,
    refitRows: train.length + answered.rows.length,
    explainPredictions: explained,
  });
  const tried = trials.filter((t) => t.fits.length > 0);
  const baseline = tried.find((t) => t.learner.id === baselineId);
  if (!baseline) throw new MillwrightError('INTERNAL', 'The baseline was not fitted.');
  const chosen = bestTrial(context, tried, counted);

  const outOfFold = outOfFoldRows(context, chosen, folds.slice(0, counted));
  const threshold = task.kind === 'binary' ? chooseThreshold(context, chosen, outOfFold, folds.slice(0, counted)) : undefined;

  // what is scored is fitted without the holdout; a fold's model stands in when there is no time
  const allRows = Uint32Array.from({ length: answered.rows.length }, (_, i) => i);
  const reserve = context.pace.slack + scoringCost(context, holdout.length);
  progress.say('refit', `${chosen.learner.title} on all rows but the holdout`);
  const onTrainBaseline = (await refit(context, baseline, counted, train, 'train', 0)) as Pipeline;
  const onTrain =
    chosen === baseline
      ? onTrainBaseline
      : await refit(context, chosen, counted, train, 'train', reserve + context.pace.cost(`predict ${chosen.id}`, holdout.length));
  const fold = chosen.fits[0] as Trial['fits'][number];
  const scoredPipeline: Pipeline = onTrain ?? { recipe: fold.recipe, model: fold.model, trainRows: fold.trainRows };
  progress.advance();

  progress.say('evaluate', 'the chosen model on the holdout');
  const raw = answered.table.take(holdout);
  const scored: HoldoutRows = {
    actual: pick(answered.target, holdout),
    weights: answered.weights && pick(answered.weights, holdout),
    predicted: scoredPipeline.model.predict(applyRecipe(scoredPipeline.recipe, raw)),
    threshold,
  };
  const baselineMetrics = plainScores(context, {
    ...scored,
    predicted: onTrainBaseline.model.predict(answered.table.select([]).take(holdout)),
  });
  const wantedLater = refitCost(context, chosen, answered.rows.length) + explainCost(context, chosen, explained);
  const holdoutMetrics = await holdoutScores(context, scored, Math.min(context.pace.slack + wantedLater, 0.7 * limit.remaining()));
  progress.advance();

  progress.say('refit', `${chosen.learner.title} on all rows`);
  const onAll = onTrain && (await refit(context, chosen, counted, allRows, 'all', context.pace.slack));
  const final = onAll ?? scoredPipeline;
  progress.advance();

  const { importance, dependence } =
    chosen === baseline
      ? { importance: [], dependence: [] }
      : await explainPipeline(context, scoredPipeline, raw, scored, context.pace.slack);
  progress.advance();

  const work = log.work();
  const validation = meanScore(chosen, counted);
  const findings = early.finish({
    chosen,
    counted,
    holdoutMetrics,
    baselineMetrics,
    onTrain: onTrain !== undefined,
    onAll: onAll !== undefined,
    trials,
  });
  const result: RunResult = {
    bundle: {
      schema,
      task,
      recipe: final.recipe,
      model: final.model,
      metrics: {
        metric: metric.id,
        candidate: chosen.id,
        learner: chosen.learner.title,
        validation,
        baselineValidation: meanScore(baseline, counted),
        folds: counted,
        holdout: holdoutMetrics,
        baseline: baselineMetrics,
        rows: { total: answered.rows.length, train: train.length, holdout: holdout.length, fitted: final.trainRows },
        importance: importance.slice(0, 20),
        warnings: findings
          .filter((f) => f.level === 'danger' || f.level === 'warning')
          .map(({ code, column, message }) => ({ code, column, message })),
      },
      threshold,
      lineage: { ...input.lineage, rows: table.rows, seed: plan.seed, plan: canonicalPlan(plan, work) },
    },
    plan: { ...plan, work },
    schema,
    task,
    rows: { total: answered.rows.length, train: train.length, holdout: holdout.length },
    metric: metric.id,
    holdoutMetrics,
    baselineMetrics,
    leaderboard: leaderboard(context, tried, counted, chosen, {
      chosen: holdoutMetrics[metric.id]?.value,
      baseline: baselineMetrics[metric.id],
    }),
    holdout: { rows: holdout.map((i) => answered.rows[i] as number), actual: scored.actual, predicted: scored.predicted },
    outOfFold,
    threshold,
    importance,
    dependence,
    profiles: early.profiles,
    findings,
    cut: log.shortened.size > 0 || limit.interrupted,
    interrupted: limit.interrupted,
    seconds: (clock.now() - started) / 1000,
  };
  progress.finish('');
  return result;
}

function stopIfInterrupted(limit: Deadline): void {
  if (limit.interrupted) throw new MillwrightError('INTERRUPTED', 'The run was interrupted before there was any model.', 'Run again.');
}

/** The plan's candidates, the baseline before them. @throws MillwrightError `PLAN_INVALID` for an unknown learner */
function trialsOf(plan: Plan, catalog: Catalog): Trial[] {
  const candidates = plan.candidates.some((c) => c.learner === baselineId)
    ? plan.candidates
    : [{ learner: baselineId, parameters: {} }, ...plan.candidates];
  // the baseline is fitted first whatever the order: it is the result of last resort
  const ordered = [...candidates.filter((c) => c.learner === baselineId), ...candidates.filter((c) => c.learner !== baselineId)];
  const ids = trialIds(ordered.map((c) => c.learner));
  return ordered.map((candidate, i) => ({
    id: ids[i] as string,
    learner: learnerOf(catalog, candidate.learner),
    parameters: candidate.parameters,
    fits: [],
    dropped: false,
  }));
}

function learnerOf(catalog: Catalog, id: string): Learner {
  const found = catalog.learners.find((l) => l.id === id);
  if (found) return found;
  throw new MillwrightError(
    'PLAN_INVALID',
    `The plan names a learner "${id}" that does not exist.`,
    `Choose among ${catalog.learners.map((l) => l.id).join(', ')}.`,
  );
}

function outOfFoldRows(context: RunContext, trial: Trial, folds: readonly FoldRows[]): ScoredRows {
  const { answered, task } = context;
  const outputs = outputCount(task);
  const count = folds.reduce((sum, f) => sum + f.validation.length, 0);
  const rows = new Uint32Array(count);
  const predicted = new Float64Array(count * outputs);
  const actual = new Float64Array(count);
  let at = 0;
  folds.forEach((fold, k) => {
    predicted.set((trial.fits[k] as Trial['fits'][number]).predicted, at * outputs);
    for (const i of fold.validation) {
      rows[at] = answered.rows[i] as number;
      actual[at++] = answered.target[i] as number;
    }
  });
  return { rows, actual, predicted };
}

function chooseThreshold(context: RunContext, chosen: Trial, outOfFold: ScoredRows, folds: readonly FoldRows[]): number {
  const { plan, metric, answered } = context;
  if (plan.threshold !== 'auto') return plan.threshold;
  // a baseline's probabilities are all alike: there is nothing to choose
  if (chosen.learner.id === baselineId) return 0.5;
  const positive = outOfFold.actual.map((_, i) => outOfFold.predicted[2 * i + 1] as number);
  const weights = answered.weights;
  const rowWeights = weights && Float64Array.from(folds.flatMap((f) => Array.from(f.validation, (i) => weights[i] as number)));
  // precision or recall alone would call all rows, or none
  const balanced = ['accuracy', 'balanced_accuracy', 'f1', 'f1_macro', 'f1_weighted', 'matthews_corrcoef', 'cohen_kappa'];
  return bestThreshold(outOfFold.actual, positive, rowWeights, balanced.includes(metric.id) ? metric.id : 'f1');
}
