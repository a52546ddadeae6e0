import type { Deadline } from '../../core/clock.js';
import { MillwrightError } from '../../core/errors.js';
import { Rng } from '../../core/rng.js';
import { isInput, type Schema, type Task } from '../../core/schema.js';
import type { Table } from '../../core/table.js';
import type { Bundle } from '../../model/bundle.js';
import { applyRecipe } from '../../model/recipe.js';
import type { Catalog } from '../catalog.js';
import { conformalSets } from '../evaluate/conformal-sets.js';
import { conformalWidths } from '../evaluate/conformal-widths.js';
import { metricOfPlan, type OwnMetric } from '../evaluate/metrics/own-metric.js';
import { checkTargets } from '../evaluate/metrics/registry.js';
import { isForward } from '../evaluate/splits.js';
import type { KernelHost } from '../kernels/kernel-host.js';
import { gravestFirst } from '../prep/findings.js';
import { type AnsweredRows, answeredRows, fitRows } from './answered-rows.js';
import { bestSoFar } from './best-so-far.js';
import { calibrate, calibrated } from './calibrate.js';
import { canonicalPlan } from './canonical-plan.js';
import { chooseThreshold, selectMembers, titleOf } from './choose-members.js';
import { declinedFindings } from './declined-findings.js';
import { divideRows } from './divide-rows.js';
import { explainPipeline, explainPredictions } from './explain-pipeline.js';
import { assembled, type Pipeline, refit } from './final-model.js';
import type { FitSetting, FitTeam } from './fit-team.js';
import { baselineId, Fitter } from './fitter.js';
import { foldBranches, foldEnsemble } from './fold-ensemble.js';
import { type HoldoutRows, holdoutScores, outOfFoldScores, plainScores, scoringCost } from './holdout-scores.js';
import { type KeptWork, keepingTeam } from './kept-work.js';
import { leaderboard } from './leaderboard.js';
import { FinalCosts } from './limits/final-cost.js';
import { firstWithin, holdSize } from './limits/hold.js';
import { limitFindings, tradeoffOf } from './limits/tradeoff.js';
import { localTeam } from './local-team.js';
import { eachOnce, outOfFoldRows } from './out-of-fold.js';
import { Pace, PatientDeadline } from './pace.js';
import { pick } from './pick.js';
import type { Plan } from './plan.js';
import { candidateOf, checkPreparation, planTrials } from './plan-trials.js';
import { ProgressReporter } from './progress-reporter.js';
import { closingCost, refitCost } from './reserve.js';
import type { RunProgress, RunResult, ScoredRows } from './result.js';
import type { RunContext } from './run-context.js';
import { runFindings } from './run-findings.js';
import { runTrials } from './run-trials.js';
import { searchCandidates } from './search-candidates.js';
import { sketchTraining, withSketch } from './sketch-training.js';
import { meanScore } from './trial.js';
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
  /** The function of the plan's `ownMetric`. */
  ownMetric?: OwnMetric;
  /** The run ends before it, with the best that it has by then; `expire()` interrupts. */
  deadline: Deadline;
  /** The kernels with their threads, for fits on the calling thread. */
  host?: KernelHost;
  /** Makes who does the fits; absent: the calling thread, one after the other. */
  team?: (setting: FitSetting) => Promise<OpenTeam>;
  onProgress?: (progress: RunProgress) => void;
  lineage: { millwright: string; dataHash: string };
  /** After how many rows the clock ended the reading of the table, if it did: recorded, so that a repetition reads no more. */
  read?: Readonly<Record<string, number>>;
  /** Keeps what is finished, so that a run that was killed can go on. */
  kept?: KeptWork;
  /** Given the best model so far after each round of fits, as a bundle that scores rows. */
  onBest?: (bundle: Bundle) => void;
}

/** A team with threads to give back. */
export interface OpenTeam extends FitTeam {
  close(): Promise<void>;
}

/**
 * Trains, chooses, scores and explains a model as the plan says: holdout kept aside first, preparation refitted inside every fold, an ensemble of the
 * candidates by out-of-fold predictions (never one below the baseline), scored once on the holdout, refitted on all rows.
 * @throws MillwrightError `INTERRUPTED` before any model is there; `TARGET_…`, `TOO_FEW_ROWS`, `PLAN_INVALID`, `OPTION_INVALID`
 * @example const result = await run({ table, schema, task, plan, catalog, deadline: new Deadline(clock, 30_000), lineage })
 */
export async function run(input: RunInput): Promise<RunResult> {
  const { table, schema, task, plan } = input;
  const answered = answeredRows(table, schema, task);
  const setting = { answered: fitRows(answered), schema, task, seed: plan.seed, holidays: plan.holidays };
  const opening = input.team?.(setting);
  // an early failure must not leave a late one unhandled
  opening?.catch(() => {});
  try {
    return await runWith(input, answered, setting, opening);
  } finally {
    await (await opening)?.close();
  }
}

async function runWith(
  input: RunInput,
  answered: AnsweredRows,
  setting: FitSetting,
  opening: Promise<OpenTeam> | undefined,
): Promise<RunResult> {
  const { table, schema, task, plan, catalog, deadline } = input;
  const { clock } = deadline;
  const started = clock.now();
  const log = new WorkLog(plan.work, input.kept);
  if (input.read) {
    log.note('read', { ...input.read });
    log.shorten(`reading, to the first ${Math.min(...Object.values(input.read))} rows`);
  }
  const limit = log.replaying ? new PatientDeadline(deadline) : deadline;
  const metric = metricOfPlan(plan, task, input.ownMetric);
  checkTargets(metric, answered.target);
  checkPreparation(plan, schema);
  const trials = planTrials(plan, catalog);
  const alone = localTeam(new Fitter(setting, catalog, input.host), limit);
  let team: FitTeam = alone;
  const base = {
    answered,
    schema,
    task,
    catalog,
    pace: new Pace(limit),
    plan,
    log,
    limit,
    rng: new Rng(plan.seed),
    metric,
    progress: new ProgressReporter(
      clock,
      started + deadline.remaining(),
      trials.length * Math.max(1, plan.validation.folds * (plan.validation.repeats ?? 1)) + 6,
      metric.id,
      input.onProgress,
    ),
  };
  const context: RunContext = {
    ...base,
    get team() {
      return team;
    },
    onFits: (now) => {
      const best = input.onBest && bestSoFar(context, now, { ...input.lineage, rows: table.rows });
      if (best) input.onBest?.(best);
    },
  };
  const { progress } = context;
  stopIfInterrupted(limit);
  progress.say('split', 'holdout and folds');
  const { holdout, train, folds } = divideRows(context);
  progress.advance();
  const early = await runFindings(context, train, holdout);
  progress.advance();
  stopIfInterrupted(limit);
  const hands = (await opening) ?? alone;
  team = input.kept ? keepingTeam(hands, input.kept) : hands;
  const forget = limit.onInterrupt(() => team.stop());
  const features = schema.columns.filter(isInput).length;
  const explained = explainPredictions(features, holdout.length);
  const { counted, preparation, taught } = await runTrials(
    context,
    trials,
    folds,
    {
      holdoutRows: holdout.length,
      refitRows: answered.rows.length + (isForward(plan.validation) ? train.length : 0),
      explainPredictions: explained,
    },
    searchCandidates(context, plan.search?.trials ?? 0),
  );
  const tried = trials.filter((t) => t.fits.length > 0);
  const baseline = tried.find((t) => t.learner.id === baselineId);
  if (!baseline) throw new MillwrightError('INTERNAL', 'The baseline was not fitted.');

  progress.say('ensemble', 'which candidates to combine');
  const counting = folds.slice(0, counted);
  const repeated = outOfFoldRows(context, counting);
  const selection = selectMembers(context, tried, baseline, counting, repeated);
  const { members } = selection;
  const noSignal = members[0]?.trial === baseline;
  const { rows, predicted: plain } = eachOnce(repeated, selection.predicted);
  const calibration = noSignal ? undefined : calibrate(context, rows, plain);
  const predicted = calibration?.predicted ?? plain;
  const outOfFold: ScoredRows = {
    rows: rows.rows.map((i) => answered.rows[i] as number),
    actual: rows.actual,
    predicted,
  };
  const threshold = task.kind === 'binary' ? chooseThreshold(context, noSignal, rows, predicted) : undefined;

  // what is scored is fitted without the holdout
  progress.say('evaluate', 'the chosen model on the holdout');
  const raw = answered.table.take(holdout);
  const reserve = context.pace.slack + scoringCost(context, holdout.length);
  const one = [{ trial: baseline, weight: 1 }];
  const onTrainBaseline = (await refit(context, one, counted, train, 'train', 0)) as Pipeline;
  // by time, the models of the folds know only the past of their fold; what is kept of the run comes before what is scored
  const chosenTrials = members.map((m) => m.trial);
  const refitting = refitCost(context, chosenTrials, answered.rows.length);
  const anew =
    isForward(plan.validation) && !noSignal ? await refit(context, members, counted, train, 'train', reserve + refitting) : undefined;
  const ofFolds = (count: number): Pipeline =>
    calibrated(
      context,
      { recipe: [], model: foldEnsemble(context, members, [...Array(count).keys()]), trainRows: train.length },
      calibration,
    );
  const scoredPipeline = noSignal ? onTrainBaseline : anew ? calibrated(context, anew, calibration) : ofFolds(counted);
  progress.advance();
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
  const closing = closingCost(context, chosenTrials, explained);
  const elsewhere = outOfFoldScores(context, { ...rows, predicted, threshold }, holdout.length);
  const holdoutMetrics = await holdoutScores(
    context,
    scored,
    elsewhere,
    Math.min(context.pace.slack + refitting + closing.whole, 0.7 * limit.remaining()),
  );
  progress.advance();

  progress.say('refit', 'the chosen model on all rows');
  const allRows = Uint32Array.from({ length: answered.rows.length }, (_, i) => i);
  const onAll = await refit(context, members, counted, allRows, 'all', context.pace.slack + closing.least);
  // what there was no time to fit anew is as many of the folds' models as the limits bear
  const lasting = Array.from({ length: counted }, (_, k) => (): Pipeline => {
    const branches = Array.from({ length: counted - k }, (_, fold) => foldBranches(members, fold, 1 / (counted - k)));
    return calibrated(context, { ...scoredPipeline, ...assembled(context, branches.flat()) }, calibration);
  });
  const final = onAll
    ? calibrated(context, onAll, calibration)
    : noSignal || anew
      ? scoredPipeline
      : firstWithin(context, members, lasting);
  progress.advance();

  // one fold's models stand for all: the explanation asks them tens of thousands of times
  const { importance, dependence } = noSignal
    ? { importance: [], dependence: [] }
    : await explainPipeline(context, anew ? scoredPipeline : ofFolds(1), raw, scored, context.pace.slack + closing.estimating);
  progress.advance();
  forget();

  const sketch = await sketchTraining(
    context,
    [
      { rows: rows.rows, predicted },
      { rows: holdout, predicted: scored.predicted },
    ],
    threshold,
  );
  const work = log.work();
  const ran: Plan = { ...plan, candidates: trials.map((t) => candidateOf(t, preparation)), ...(preparation && { preparation }) };
  const title = titleOf(members);
  const cost = new FinalCosts(context).ofPipeline(final.recipe, final.model);
  const tradeoff = tradeoffOf(context, selection, cost);
  const onData = early.finish({
    noSignal,
    taught,
    validation: selection.score,
    members,
    counted,
    holdoutMetrics,
    baselineMetrics,
    onAll: onAll !== undefined,
    trials,
  });
  const findings = gravestFirst([...onData, ...limitFindings(selection, tradeoff), ...declinedFindings(context, members, final)]);
  const held = await holdSize(
    {
      schema,
      task,
      recipe: final.recipe,
      model: final.model,
      metrics: {
        metric: metric.id,
        candidate: members.length === 1 ? members[0]?.trial.id : 'ensemble',
        learner: title,
        members: members.map(({ trial, weight }) => ({ id: trial.id, learner: trial.learner.title, weight })),
        validation: selection.score,
        baselineValidation: meanScore(baseline, counted),
        folds: counted,
        ...(calibration && { calibration: calibration.found }),
        holdout: holdoutMetrics,
        baseline: baselineMetrics,
        ...(task.kind === 'regression'
          ? { intervals: conformalWidths([{ ...rows, predicted }, scored]) }
          : { sets: conformalSets([{ ...rows, predicted }, scored], task.classes.length) }),
        rows: { total: answered.rows.length, train: train.length, holdout: holdout.length, fitted: final.trainRows },
        importance: importance.slice(0, 20),
        warnings: findings
          .filter((f) => f.level === 'danger' || f.level === 'warning')
          .map(({ code, column, message }) => ({ code, column, message })),
      },
      threshold,
      ...(plan.costs && { costs: plan.costs.matrix }),
      lineage: { ...input.lineage, rows: table.rows, seed: plan.seed, plan: canonicalPlan(ran, work) },
    },
    tradeoff.limits.size,
    members,
  );
  const bundle = await withSketch(context, held, sketch);
  const result: RunResult = {
    bundle,
    plan: { ...ran, work },
    schema,
    task,
    rows: { total: answered.rows.length, train: train.length, holdout: holdout.length },
    metric: metric.id,
    holdoutMetrics,
    baselineMetrics,
    leaderboard: leaderboard(context, [...tried, ...chosenTrials.filter((t) => !tried.includes(t))], counted, selection, {
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
    tradeoff,
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
