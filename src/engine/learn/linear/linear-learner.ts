import { argsort } from '../../../core/argsort.js';
import { pow } from '../../../core/math.js';
import { outputCount } from '../../../core/schema.js';
import { defaultMetric } from '../../evaluate/metrics/registry.js';
import { validationFraction } from '../../evaluate/splits.js';
import type { FitContext, Fitted, Learner, Sample } from '../learner.js';
import { checkParameters } from '../parameters.js';
import { fitHinges } from './fit-hinges.js';
import { meanLoss } from './loss.js';
import { COVARIANCE_WORK, fitPath, type PathResult } from './path.js';
import { type LinearForm, type PreparedProblem, prepareProblem, sampleRows } from './prepare-problem.js';

/** Penalties on the mean loss, for standardised columns: from almost constant to almost free. */
const RIDGE_GRID = Array.from({ length: 10 }, (_, i) => 10 / pow(6, i));
/** Steps down from the penalty that leaves no column. */
const LASSO_STEPS = 9;
/** Evaluations of the loss that the first steps of a path take, roughly: rows are sampled when the time does not suffice for them. */
const FIRST_EVALUATIONS = 12;
const FEWEST_ROWS = 2000;
/** Columns at most when some of the penalty is L1 (their covariance is held in memory): those that matter most on their own are kept. */
const LASSO_COLUMNS = 2000;
/** Columns and hinges at most. */
const HINGED_COLUMNS = 1500;

/**
 * Regularised linear models: ridge, elastic net and Poisson (log link) for numbers, logistic for two classes, multinomial for more. The loss is the
 * weighted mean (½ squared error of the standardised target, ½ deviance of a count ÷ its mean, or log loss) + l2 · ((1 − l1Ratio)/2 · ‖w‖² + l1Ratio · ‖w‖₁); intercepts are free. So scikit-learn's `C` is
 * 1 / (l2 · Σ weights), Ridge's `alpha` is l2 · Σ weights, and PoissonRegressor's `alpha` is l2 · mean target (Friedman et al. 2010).
 * @example await linearLearner.fit({ table, target }, validation, { l1Ratio: 0.5 }, context)
 */
export const linearLearner: Learner = {
  id: 'linear',
  title: 'Linear model',
  input: 'dense',
  interpretable: true,
  parameters: {
    path: { doc: 'Choose the penalty on validation rows along a small grid; otherwise `l2` is taken as it is.', default: true },
    l2: { doc: 'Strength of the penalty on the mean loss, when `path` is off.', default: 0.001, range: [1e-9, 1e6], log: true },
    l1Ratio: {
      doc: 'Share of the penalty that is L1 (sets weights to zero): 0 is ridge, 1 is lasso.',
      default: 0,
      range: [0, 1],
      search: { choices: [0, 0.2, 0.6, 1] },
    },
    objective: {
      doc: 'Loss of a regression: squared error, or Poisson with a log link for counts and amounts, which are never negative. Classes always use log loss.',
      default: 'auto',
      choices: ['auto', 'squared', 'poisson'],
    },
    hinges: {
      doc: 'Knots at which the effect of a numeric column may bend, placed at its quantiles: 0 for straight effects.',
      default: 0,
      range: [0, 64],
      integer: true,
      search: { choices: [0, 4, 10] },
    },
    tolerance: { doc: 'The fit ends when no derivative is larger.', default: 1e-4, range: [1e-12, 0.1], log: true },
    maxIterations: { doc: 'Iterations at most for one penalty.', default: 100, range: [1, 100_000], integer: true },
    maxWork: { doc: 'Rows × columns × scores at most; beyond that rows are sampled.', default: 6e7, range: [1e4, 1e13], log: true },
  },
  refitParameters(parameters, works, moreRows) {
    const penalties = works.map((work) => work.penalty).filter((v) => v !== undefined);
    if (penalties.length === 0) return parameters;
    // the noise in a derivative falls with the root of the rows, what a ridge must hold down with the rows
    const shrink = (parameters.l1Ratio ?? 0) === 0 ? moreRows : Math.sqrt(moreRows);
    return { ...parameters, path: false, l2: Math.min(1e6, Math.max(1e-9, middle(penalties) / shrink)) };
  },
  async fit(train, validation, parameters, context, limits) {
    const p = checkParameters('linear', this.parameters, parameters) as unknown as LinearParameters;
    const loss = p.objective === 'poisson' ? 'poisson' : 'squared';
    const width = train.table.columns.length;
    const form: LinearForm = { loss, hinges: fitHinges(train.table, p.hinges, Math.max(0, HINGED_COLUMNS - width)) };
    const { rows, cut: sampled } = affordableRows(train, form, p, context, limits);
    let prepared = prepareProblem(train, context.task, form, rows);
    // so many columns leave no room for hinges
    if (p.l1Ratio > 0 && width > LASSO_COLUMNS) {
      train = { ...train, table: train.table.select(steepestColumns(prepared, LASSO_COLUMNS)) };
      prepared = prepareProblem(train, context.task, form, rows);
    }
    const work: Record<string, number> = { rows: rows?.length ?? train.target.length };
    if (prepared.trivial) return { model: prepared.model(prepared.start), work: { ...work, step: 0 }, cut: false };
    let lastStep = limits?.step;
    let chosenCut = false;
    if (lastStep === undefined && p.path && !validation) {
      const inner = await chooseStep(train, form, rows, p, context);
      lastStep = inner.step;
      chosenCut = inner.cut;
    }
    const result = await run(prepared, lastStep === undefined ? validation : undefined, p, context, lastStep, limits);
    work.step = result.step;
    work.penalty = result.penalty;
    if (result.iterations !== undefined) work.iterations = result.iterations;
    return { model: prepared.model(result.x), work, cut: sampled || chosenCut || result.cut } satisfies Fitted;
  },
};

/** Of penalties on a grid: the geometric mean of the two in the middle, or the one. */
function middle(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  const above = sorted[half] as number;
  return sorted.length % 2 === 1 ? above : Math.sqrt((sorted[half - 1] as number) * above);
}

interface LinearParameters {
  path: boolean;
  l2: number;
  l1Ratio: number;
  objective: 'auto' | 'squared' | 'poisson';
  hinges: number;
  tolerance: number;
  maxIterations: number;
  maxWork: number;
}

/** All rows (`undefined`), or a sample when all would take too long; `cut` when it was the clock that said so. */
function affordableRows(
  train: Sample,
  form: LinearForm,
  p: LinearParameters,
  context: FitContext,
  limits?: Record<string, number>,
): { rows?: Uint32Array; cut: boolean } {
  const n = train.target.length;
  const take = (count: number): Uint32Array => sampleRows(train, context.task, Math.min(n, count), context.rng.child('rows'));
  if (limits?.rows !== undefined) return { rows: limits.rows < n ? takeExactly(take, limits.rows, n) : undefined, cut: false };
  const scores = Math.max(1, outputCount(context.task) === 2 ? 1 : outputCount(context.task));
  const most = Math.max(FEWEST_ROWS, Math.floor(p.maxWork / (scores * Math.max(1, train.table.columns.length + form.hinges.of.length))));
  const rows = most < n ? take(most) : undefined;
  const left = context.deadline.remaining();
  const count = rows?.length ?? n;
  if (left === Number.POSITIVE_INFINITY || count <= FEWEST_ROWS) return { rows, cut: false };
  const trial = take(FEWEST_ROWS);
  const { problem, start } = prepareProblem(train, context.task, form, trial);
  const gradient = new Float64Array(start.length);
  let once = Number.POSITIVE_INFINITY;
  // the first evaluations run before the engine has compiled the loops well
  for (let trials = 0; trials < 4; trials++) {
    const before = context.deadline.clock.now();
    meanLoss(problem, start, gradient);
    once = Math.min(once, context.deadline.clock.now() - before);
  }
  const d = problem.matrix.columns.length;
  const covariance = Math.min(count * d * d * 0.5, COVARIANCE_WORK) / (2 * count * d * problem.scores);
  const need = (once * count * (FIRST_EVALUATIONS + covariance)) / trial.length;
  if (need <= left) return { rows, cut: false };
  return { rows: take(Math.max(FEWEST_ROWS, Math.floor((count * left) / (2 * need)))), cut: true };
}

/** A stratified sample may come out a few rows off; the wanted count that gave `rows` is found again. */
function takeExactly(take: (count: number) => Uint32Array, rows: number, n: number): Uint32Array {
  for (let d = 0; d <= Math.min(n, 4000); d++)
    for (const wanted of [rows - d, rows + d]) {
      if (wanted < 1 || wanted > n) continue;
      const found = take(wanted);
      if (found.length === rows) return found;
    }
  return take(rows);
}

/** The largest derivative of the loss by a weight of each column, from where all weights are 0. */
function columnSlopes({ problem, start }: PreparedProblem): Float64Array {
  const g = new Float64Array(start.length);
  meanLoss(problem, start, g);
  const d = problem.matrix.columns.length;
  const slopes = new Float64Array(d);
  for (let i = 0; i < problem.scores * d; i++) slopes[i % d] = Math.max(slopes[i % d] as number, Math.abs(g[i] as number));
  return slopes;
}

/** Names of the columns with the steepest slopes, in the order of the table. */
function steepestColumns(prepared: PreparedProblem, count: number): string[] {
  const slopes = columnSlopes(prepared);
  const flattest = argsort(slopes).subarray(0, slopes.length - count);
  const dropped = new Set(flattest);
  return prepared.inputs.filter((_, j) => !dropped.has(j));
}

function gridOf(prepared: PreparedProblem, p: LinearParameters): number[] {
  if (!p.path) return [p.l2];
  if (p.l1Ratio === 0) return RIDGE_GRID;
  const g = new Float64Array(prepared.start.length);
  meanLoss(prepared.problem, prepared.start, g);
  let steepest = 0;
  for (let i = 0; i < prepared.problem.scores * prepared.problem.matrix.columns.length; i++)
    steepest = Math.max(steepest, Math.abs(g[i] as number));
  return Array.from({ length: LASSO_STEPS }, (_, i) => (0.7 * steepest) / (Math.max(0.01, p.l1Ratio) * pow(2.5, i)));
}

async function run(
  prepared: PreparedProblem,
  validation: Sample | undefined,
  p: LinearParameters,
  context: FitContext,
  lastStep?: number,
  limits?: Record<string, number>,
): Promise<PathResult> {
  const grid = gridOf(prepared, p);
  const metric = defaultMetric(context.task.kind === 'regression' ? 'regression' : 'multiclass');
  const judge =
    validation && validation.target.length > 0
      ? (x: Float64Array): number =>
          metric.compute({
            actual: validation.target,
            predicted: prepared.model(x).predict(validation.table),
            outputs: outputCount(context.task),
            weights: validation.weights,
          })
      : undefined;
  return fitPath(prepared.problem, prepared.start, {
    grid: lastStep === undefined ? grid : grid.slice(0, lastStep + 1),
    l1Ratio: p.l1Ratio,
    tolerance: p.tolerance,
    maxIterations: p.maxIterations,
    lastIterations: limits?.iterations,
    judge,
    onStep: context.onProgress,
    proceed: async () => {
      await context.deadline.breathe();
      return limits !== undefined || !context.deadline.expired();
    },
  });
}

/** Without validation rows, some training rows serve to choose the penalty; the fit then repeats with all of them. */
async function chooseStep(
  train: Sample,
  form: LinearForm,
  rows: Uint32Array | undefined,
  p: LinearParameters,
  context: FitContext,
): Promise<{ step: number; cut: boolean }> {
  const all = rows ?? Uint32Array.from({ length: train.target.length }, (_, i) => i);
  if (all.length < 20) return { step: 3, cut: false };
  const shuffled = context.rng.child('penalty').shuffle(all.slice());
  const kept = Math.max(1, Math.round(all.length * validationFraction(all.length)));
  const validation = shuffled.slice(0, kept).sort();
  const prepared = prepareProblem(train, context.task, form, shuffled.slice(kept).sort());
  if (prepared.trivial) return { step: 3, cut: false };
  const sample: Sample = {
    table: train.table.take(validation),
    target: Float64Array.from(validation, (r) => train.target[r] as number),
    weights: train.weights && Float64Array.from(validation, (r) => train.weights?.[r] as number),
  };
  return run(prepared, sample, p, context);
}
