import { MillwrightError } from '../../core/errors.js';
import { nearestName } from '../../core/nearest-name.js';
import type { ParameterSpec, Parameters, SearchSpace } from '../learn/learner.js';
import { checkParameters } from '../learn/parameters.js';

export type ParameterValue = number | string | boolean;

/** A dimension exists only where an earlier one has one of these values. */
export interface Condition {
  readonly parameter: string;
  readonly values: readonly ParameterValue[];
}

/** A number from `low` to `high`, both included. */
export interface NumberDimension {
  readonly kind: 'number';
  readonly name: string;
  readonly low: number;
  readonly high: number;
  /** Drawn evenly in the logarithm. */
  readonly log: boolean;
  readonly integer: boolean;
  /** What the learner takes when nothing is said. */
  readonly default: ParameterValue;
  readonly when?: Condition;
}

export interface ChoiceDimension {
  readonly kind: 'choice';
  readonly name: string;
  readonly choices: readonly ParameterValue[];
  readonly default: ParameterValue;
  readonly when?: Condition;
}

export type Dimension = NumberDimension | ChoiceDimension;

/** What a search varies, and what it keeps. */
export interface Space {
  /** A dimension comes after the one that its condition names. */
  readonly dimensions: readonly Dimension[];
  /** Parameters that are the same in every point. */
  readonly fixed: Parameters;
}

/** What a person says of a parameter: what to search, or the one value to keep. */
export type SpaceOverrides = ReadonlyMap<string, SearchSpace | ParameterValue>;

/** The part of a learner that a space is made of. */
export interface SearchedLearner {
  readonly id: string;
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
}

/**
 * The space of a learner: what its parameters declare under `search`, changed by overrides. A parameter whose condition looks at one that is not
 * searched is decided here: searched always, or never.
 * @param only leaves out what no override names
 * @throws MillwrightError `OPTION_INVALID` for an unknown parameter, a range or choice outside its declaration, a space without dimensions
 * @example buildSpace(boostedTrees, new Map([['learningRate', { range: [0.01, 0.3], log: true }]]))
 */
export function buildSpace(
  learner: SearchedLearner,
  overrides: SpaceOverrides = new Map(),
  options: { only?: boolean; fixed?: Parameters } = {},
): Space {
  const specs = learner.parameters;
  const names = Object.keys(specs);
  const fixed: Parameters = { ...options.fixed };
  const searched = new Map<string, SearchSpace>();
  for (const name of names) {
    const { search } = specs[name] as ParameterSpec;
    if (search && !options.only && fixed[name] === undefined) searched.set(name, search);
  }
  for (const [name, wish] of overrides) {
    if (!names.includes(name)) throw unknownParameter(learner, name);
    if (typeof wish !== 'object') {
      check(learner, name, wish);
      fixed[name] = wish;
      searched.delete(name);
    } else {
      const when = wish.when ?? specs[name]?.search?.when;
      searched.set(name, when ? { ...wish, when } : wish);
      delete fixed[name];
    }
  }
  const dimensions = new Map<string, Dimension>();
  const pending = new Set<string>();
  const add = (name: string): void => {
    const search = searched.get(name);
    if (!search || dimensions.has(name)) return;
    if (pending.has(name))
      throw new MillwrightError('INTERNAL', `The search conditions of "${learner.id}" go round in a circle at "${name}".`);
    pending.add(name);
    const { when } = search;
    if (when) add(when.parameter);
    const parent = when && fixed[when.parameter] === undefined && dimensions.has(when.parameter);
    const parentValue = when && (fixed[when.parameter] ?? specs[when.parameter]?.default);
    const never = when && !parent && !when.values.includes(parentValue as ParameterValue);
    if (never) searched.delete(name);
    else {
      const dimension = dimensionOf(learner, name, search, parent ? when : undefined);
      if (dimension) dimensions.set(name, dimension);
      else {
        fixed[name] = single(search);
        searched.delete(name);
      }
    }
    pending.delete(name);
  };
  for (const name of names) add(name);
  if (dimensions.size === 0)
    throw new MillwrightError(
      'OPTION_INVALID',
      `The learner "${learner.id}" has nothing to search.`,
      `Say what to try with --space, for example ${names[0] === undefined ? 'another learner' : `${names[0]}=…`}. Parameters: ${names.join(', ') || 'none'}.`,
    );
  return { dimensions: [...dimensions.values()], fixed };
}

function unknownParameter(learner: SearchedLearner, name: string): MillwrightError {
  const names = Object.keys(learner.parameters);
  const near = nearestName(name, names);
  return new MillwrightError(
    'OPTION_INVALID',
    `The learner "${learner.id}" has no parameter "${name}".`,
    `${near ? `Did you mean "${near}"? ` : ''}Parameters: ${names.join(', ')}.`,
  );
}

function single(search: SearchSpace): ParameterValue {
  return (search.choices ? search.choices[0] : search.range?.[0]) as ParameterValue;
}

/** Undefined where there is but one value. */
function dimensionOf(learner: SearchedLearner, name: string, search: SearchSpace, when: Condition | undefined): Dimension | undefined {
  const spec = learner.parameters[name] as ParameterSpec;
  const shared = { name, default: spec.default, ...(when && { when }) };
  if (search.choices || !search.range) {
    const choices = [...new Set(search.choices ?? spec.choices ?? (typeof spec.default === 'boolean' ? [false, true] : []))];
    if (choices.length === 0) throw wrong(name, 'names neither a range nor choices');
    for (const choice of choices) check(learner, name, choice);
    return choices.length > 1 ? { kind: 'choice', choices, ...shared } : undefined;
  }
  const [low, high] = search.range;
  if (typeof spec.default !== 'number' || spec.choices) throw wrong(name, 'is a range, but the parameter is no plain number');
  check(learner, name, low);
  check(learner, name, high);
  if (low > high) throw wrong(name, `goes from ${low} down to ${high}`);
  const log = search.log ?? false;
  if (log && low <= 0) throw wrong(name, `is logarithmic and begins at ${low}, which has no logarithm`);
  return low < high ? { kind: 'number', low, high, log, integer: spec.integer ?? false, ...shared } : undefined;
}

function wrong(name: string, why: string): MillwrightError {
  return new MillwrightError(
    'OPTION_INVALID',
    `The space of "${name}" ${why}.`,
    'Write for example learningRate=0.01..0.3:log, leaves=7|15|31, or l2=3 to keep it.',
  );
}

function check(learner: SearchedLearner, name: string, value: ParameterValue): void {
  try {
    checkParameters(learner.id, learner.parameters, { [name]: value });
  } catch (error) {
    if (!(error instanceof MillwrightError)) throw error;
    throw new MillwrightError(error.code, error.message, 'Correct it in --space.', { cause: error });
  }
}
