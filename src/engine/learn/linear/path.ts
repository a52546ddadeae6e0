import { cholesky, solveCholesky } from './cholesky.js';
import { elasticNet } from './elastic-net.js';
import { minimise } from './lbfgs.js';
import { type LinearProblem, meanLoss } from './loss.js';

/** Multiply–adds that the covariance may cost; beyond that it is taken from every k-th block of rows. */
export const COVARIANCE_WORK = 4e8;
/** Columns up to which the preconditioner is a full matrix. */
const FULL_COLUMNS = 700;
/** Multiply–adds that factorising one matrix per class may cost. */
const FACTOR_WORK = 1e8;

export interface PathOptions {
  /** Penalties on the mean loss, strongest first. */
  readonly grid: readonly number[];
  /** Share of the penalty that is L1, 0–1. */
  readonly l1Ratio: number;
  readonly tolerance: number;
  readonly maxIterations: number;
  /** False ends the work. */
  readonly proceed: () => Promise<boolean>;
  /** Loss on rows that are not trained on; absent: the last step is taken. */
  readonly judge?: (x: Float64Array) => number;
  /** Iterations of the last step of the grid at most (to repeat a step that was cut short). */
  readonly lastIterations?: number;
  readonly onStep?: (done: number, loss?: number) => void;
}

export interface PathResult {
  readonly x: Float64Array;
  /** Index in the grid of the penalty that was taken. */
  readonly step: number;
  /** That penalty. */
  readonly penalty: number;
  /** Set when the step was cut short: what it did. */
  readonly iterations?: number;
  readonly cut: boolean;
}

/** Fits along the grid from the strongest penalty on, each step warm from the last; ends after two steps without a better judgement. */
export async function fitPath(problem: LinearProblem, start: Float64Array, options: PathOptions): Promise<PathResult> {
  const { grid, l1Ratio } = options;
  const d = problem.matrix.columns.length;
  let best: Omit<PathResult, 'cut'> = { x: start.slice(), step: 0, penalty: grid[0] as number, iterations: 0 };
  const full = l1Ratio > 0 || d <= FULL_COLUMNS;
  const stride = Math.max(1, Math.ceil((problem.matrix.rows * d * d * 0.5) / COVARIANCE_WORK));
  const covariance = full && d > 0 ? await problem.matrix.covariance(problem.share, problem.means, stride, options.proceed) : undefined;
  if (full && d > 0 && !covariance) return { ...best, cut: true };
  const variances = covariance ? undefined : columnVariances(problem);
  let bestLoss = Number.POSITIVE_INFINITY;
  let worse = 0;
  const x = start.slice();
  for (let step = 0; step < grid.length; step++) {
    const before = x.slice();
    const lambda = grid[step] as number;
    const maxIterations = step === grid.length - 1 && options.lastIterations !== undefined ? options.lastIterations : options.maxIterations;
    const { iterations, stopped } =
      l1Ratio > 0 && covariance
        ? await elasticNet(problem, x, { ...options, covariance, l1: lambda * l1Ratio, l2: lambda * (1 - l1Ratio), maxIterations })
        : await ridge(problem, x, lambda, covariance, variances, { ...options, maxIterations });
    if (stopped && step > 0) return { ...best, cut: true };
    if (stopped) return { x, step, penalty: lambda, iterations, cut: true };
    // a diverged step (hopeless data) is not taken
    if (!x.every(Number.isFinite)) {
      x.set(before);
      break;
    }
    const loss = options.judge?.(x);
    options.onStep?.((step + 1) / grid.length, loss);
    if (loss === undefined || loss < bestLoss) {
      best = { x: x.slice(), step, penalty: lambda };
      bestLoss = loss ?? bestLoss;
      worse = 0;
    } else if (++worse === 2) break;
    if (step + 1 < grid.length && !(await options.proceed())) return { ...best, cut: true };
  }
  return { ...best, cut: false };
}

function columnVariances(problem: LinearProblem): Float64Array {
  const { matrix, share, means } = problem;
  return Float64Array.from(matrix.columns, (column, j) => {
    let s = 0;
    for (let i = 0; i < matrix.rows; i++) {
      const v = (column[i] as number) - (means[j] as number);
      s += (share[i] as number) * v * v;
    }
    return s;
  });
}

async function ridge(
  problem: LinearProblem,
  x: Float64Array,
  lambda: number,
  covariance: Float64Array | undefined,
  variances: Float64Array | undefined,
  options: Pick<PathOptions, 'tolerance' | 'proceed' | 'maxIterations'>,
): Promise<{ iterations: number; stopped: boolean }> {
  const d = problem.matrix.columns.length;
  const scores = problem.scores;
  const weights = scores * d;
  const curvature = curvatures(problem, x);
  let shared: Float64Array | undefined;
  const factors: (Float64Array | undefined)[] = [];
  if (covariance) {
    const each = (scores * d * d * d) / 6 <= FACTOR_WORK;
    const mean = curvature.reduce((a, b) => a + b, 0) / scores;
    for (let s = 0; s < scores; s++) {
      if (each) factors.push(cholesky(covariance, d, curvature[s] as number, lambda));
      else {
        shared ??= cholesky(covariance, d, mean, lambda);
        factors.push(shared);
      }
    }
  }
  const precondition = (v: Float64Array): void => {
    for (let s = 0; s < scores; s++) {
      const l = factors[s];
      const h = curvature[s] as number;
      if (l) solveCholesky(l, d, v, s * d);
      else
        for (let j = 0; j < d; j++)
          v[s * d + j] = (v[s * d + j] as number) / (h * (variances?.[j] ?? covariance?.[j * d + j] ?? 1) + lambda + 1e-12);
      v[weights + s] = (v[weights + s] as number) / h;
    }
  };
  const objective = (at: Float64Array, gradient: Float64Array): number => {
    let value = meanLoss(problem, at, gradient);
    let squares = 0;
    for (let i = 0; i < weights; i++) {
      squares += (at[i] as number) * (at[i] as number);
      gradient[i] = (gradient[i] as number) + lambda * (at[i] as number);
    }
    value += 0.5 * lambda * squares;
    return value;
  };
  return minimise(objective, x, { ...options, precondition });
}

/** A guess at the mean second derivative of the loss by each score: at the class frequencies, less as weights grow. Only a scale for the first step. */
function curvatures(problem: LinearProblem, x: Float64Array): Float64Array {
  const { kind, scores, target, share } = problem;
  // Poisson's targets have the mean 1, and so have its second derivatives
  if (kind === 'squared' || kind === 'poisson') return Float64Array.of(1);
  const d = problem.matrix.columns.length;
  const rate = new Float64Array(Math.max(2, scores));
  for (let i = 0; i < target.length; i++) rate[target[i] as number] = (rate[target[i] as number] as number) + (share[i] as number);
  // as fits get sharper, fewer rows are in doubt
  let squares = 0;
  for (let i = 0; i < scores * d; i++) squares += (x[i] as number) * (x[i] as number);
  const doubt = 1 / Math.sqrt(1 + squares / scores);
  return Float64Array.from({ length: scores }, (_, s) => {
    const p = rate[kind === 'logistic' ? 1 : s] as number;
    return Math.max(1e-4, p * (1 - p) * doubt);
  });
}
