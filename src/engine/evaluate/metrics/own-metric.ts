import { MillwrightError } from '../../../core/errors.js';
import type { Task } from '../../../core/schema.js';
import { type Costs, checkCosts } from '../cost-matrix.js';
import { expectedCost } from './expected-cost.js';
import { defineMetric, type Metric, probabilitiesOf } from './metric.js';
import { metric, metricFor } from './registry.js';

/** What a plan keeps of a metric of one's own: enough to know it again, not the function. */
export interface OwnMetricFacts {
  /** Letters, digits, `_`, `-` and `.`; no name of a metric that is known already. */
  readonly name: string;
  readonly greaterIsBetter: boolean;
  /** SHA-256 of the file that it came from. */
  readonly hash?: string;
}

/**
 * A measure that is brought along: a function of the answers and the predictions. It must be pure, and is called very often.
 * @example { name: 'profit', greaterIsBetter: true, score: (actual, predicted) => … }
 */
export interface OwnMetric extends OwnMetricFacts {
  /**
   * @param actual the number, or the index of the class in the plan's `classes`
   * @param predicted the number; for two classes the probability of the second; for more the probability of each, row after row
   * @param weights one a row, or undefined when all are alike. A function without this parameter gets rows as often as they count.
   * @returns `NaN` where it is not defined
   */
  score(actual: Float64Array, predicted: Float64Array, weights?: Float64Array): number;
}

/**
 * The metric that a plan names, with the function where it is one's own.
 * @throws MillwrightError `OPTION_INVALID` when the function is absent, another, or fits no metric
 */
export function metricOfPlan(
  plan: { metric: string; ownMetric?: OwnMetricFacts; costs?: Costs },
  task: Task,
  own: OwnMetric | undefined,
): Metric {
  const { ownMetric, costs } = plan;
  if (costs) checkCosts(costs, task.classes);
  if (costs && plan.metric === 'expected_cost') return expectedCost(costs);
  if (!ownMetric) return metricFor(plan.metric, task.kind);
  if (!own)
    throw new MillwrightError(
      'OPTION_INVALID',
      `The plan chooses models by "${ownMetric.name}", a function of your own, and does not hold it.`,
      'Bring it along: `--metric FILE.mjs`, or `metric` in code.',
    );
  if (own.name !== ownMetric.name || own.greaterIsBetter !== ownMetric.greaterIsBetter || (ownMetric.hash && own.hash !== ownMetric.hash))
    throw new MillwrightError(
      'OPTION_INVALID',
      `The plan was made with another metric "${ownMetric.name}" than the "${own.name}" that was brought along.`,
      'Bring the one of the plan, or make a new plan.',
    );
  return ownMetricFor(own, task);
}

/** @throws MillwrightError `OPTION_INVALID` for what is no metric, or has the name of a known one */
export function checkOwnMetric(own: OwnMetric): OwnMetricFacts {
  const wrong = (what: string): MillwrightError =>
    new MillwrightError(
      'OPTION_INVALID',
      `The metric of your own ${what}.`,
      'It is an object with `name`, `greaterIsBetter` (true or false) and `score(actual, predicted, weights)`.',
    );
  const { name, greaterIsBetter, hash } = own;
  if (typeof own.score !== 'function') throw wrong('has no function `score`');
  if (typeof greaterIsBetter !== 'boolean') throw wrong('does not say whether `greaterIsBetter`');
  if (typeof name !== 'string' || !/^[\w.-]{1,60}$/.test(name)) throw wrong('has no `name` of letters and digits');
  if (isKnown(name)) throw wrong(`is called "${name}", as one that is known already`);
  return { name, greaterIsBetter, ...(hash !== undefined && { hash }) };
}

function isKnown(name: string): boolean {
  if (name === 'expected_cost') return true;
  try {
    metric(name);
    return true;
  } catch {
    return false;
  }
}

function ownMetricFor(own: OwnMetric, task: Task): Metric {
  const { name, greaterIsBetter } = own;
  return defineMetric({
    id: name,
    title: name,
    plain: `A measure of your own, "${name}".`,
    tasks: [task.kind],
    greaterIsBetter,
    perfect: greaterIsBetter ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY,
    prepare: (input) => {
      const { actual, weights: usual } = input;
      const outputs = task.kind === 'binary' ? 1 : input.outputs;
      const predicted = task.kind === 'binary' ? probabilitiesOf(input, 1) : input.predicted;
      return (weights) => {
        if (!weights || own.score.length > 2) return call(own, actual.slice(), predicted.slice(), weights?.slice());
        // it knows of no weights: a row that counts twice is there twice
        const rows: number[] = [];
        weights.forEach((w, i) => {
          for (let times = Math.round(usual ? w / (usual[i] as number) : w); times > 0; times--) rows.push(i);
        });
        const repeated = new Float64Array(rows.length * outputs);
        rows.forEach((row, to) => {
          for (let k = 0; k < outputs; k++) repeated[to * outputs + k] = predicted[row * outputs + k] as number;
        });
        return call(
          own,
          Float64Array.from(rows, (row) => actual[row] as number),
          repeated,
        );
      };
    },
  });
}

function call(own: OwnMetric, actual: Float64Array, predicted: Float64Array, weights?: Float64Array): number {
  let value: unknown;
  try {
    value = own.score(actual, predicted, weights);
  } catch (cause) {
    throw new MillwrightError(
      'METRIC_FAILED',
      `The metric "${own.name}" failed: ${cause instanceof Error ? cause.message : String(cause)}.`,
      'Correct the function; it gets the answers, the predictions and the weights as Float64Array.',
      { cause },
    );
  }
  if (typeof value === 'number') return value;
  throw new MillwrightError(
    'METRIC_FAILED',
    `The metric "${own.name}" gave ${value instanceof Promise ? 'a promise' : `a value of type ${typeof value}`}, not a number.`,
    'Let `score` return one number; NaN where it is not defined.',
  );
}
