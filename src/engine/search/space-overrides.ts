import { MillwrightError } from '../../core/errors.js';
import type { SearchSpace } from '../learn/learner.js';
import type { ParameterValue, SpaceOverrides } from './search-space.js';

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * Reads what a person wants searched: `a..b` (`:log` to draw evenly in the logarithm), `x|y|z`, or one value to keep; several divided by commas.
 * @throws MillwrightError `OPTION_INVALID` naming the part that is wrong
 * @example parseSpace('learningRate=0.01..0.3:log,leaves=7|15|31,l2=3')
 */
export function parseSpace(text: string): SpaceOverrides {
  const overrides = new Map<string, SearchSpace | ParameterValue>();
  for (const part of text.split(',')) {
    const item = part.trim();
    if (item === '') continue;
    const at = item.indexOf('=');
    const name = item.slice(0, Math.max(0, at)).trim();
    const value = item.slice(at + 1).trim();
    if (name === '' || value === '') throw wrong(item);
    overrides.set(name, parseValue(item, value));
  }
  return overrides;
}

function parseValue(item: string, value: string): SearchSpace | ParameterValue {
  const range = /^([^|]*?)\.\.([^|]*?)(:log)?$/.exec(value);
  if (range) {
    const [low, high] = [range[1] as string, range[2] as string];
    if (!NUMBER.test(low) || !NUMBER.test(high)) throw wrong(item);
    return { range: [Number(low), Number(high)], log: range[3] !== undefined };
  }
  if (/^[+-]?[\d.]+:log$/.test(value)) throw wrong(item);
  if (!value.includes('|')) return scalar(value);
  const choices = value.split('|').map((choice) => choice.trim());
  if (choices.includes('')) throw wrong(item);
  return { choices: choices.map(scalar) };
}

function scalar(text: string): ParameterValue {
  if (NUMBER.test(text)) return Number(text);
  return text === 'true' ? true : text === 'false' ? false : text;
}

function wrong(item: string): MillwrightError {
  return new MillwrightError(
    'OPTION_INVALID',
    `--space "${item}" cannot be understood.`,
    'Write for example learningRate=0.01..0.3:log, leaves=7|15|31, or l2=3 to keep it.',
  );
}

/**
 * The same from a file's content: parameter → `{ range: [low, high], log }`, `{ choices: […] }`, a list of choices, or one value.
 * @throws MillwrightError `OPTION_INVALID`
 * @example spaceFromData({ learningRate: { range: [0.01, 0.3], log: true }, leaves: [7, 15, 31] })
 */
export function spaceFromData(data: unknown): SpaceOverrides {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) throw wrongFile('it is no object of parameters');
  const overrides = new Map<string, SearchSpace | ParameterValue>();
  for (const [name, value] of Object.entries(data)) overrides.set(name, fromData(name, value));
  return overrides;
}

function fromData(name: string, value: unknown): SearchSpace | ParameterValue {
  if (isScalar(value)) return value;
  if (Array.isArray(value)) return { choices: choicesOf(name, value) };
  if (typeof value !== 'object' || value === null) throw wrongFile(`"${name}" is neither a range nor choices nor a value`);
  const { range, log, choices, when, ...rest } = value as Record<string, unknown>;
  const strange = Object.keys(rest)[0];
  if (strange !== undefined) throw wrongFile(`"${name}" has "${strange}", which means nothing`);
  const condition = when === undefined ? {} : { when: conditionOf(name, when) };
  if (choices !== undefined && range === undefined) return { choices: choicesOf(name, choices), ...condition };
  if (!Array.isArray(range) || range.length !== 2 || !range.every((x) => typeof x === 'number' && Number.isFinite(x)))
    throw wrongFile(`the range of "${name}" is no pair of numbers`);
  if (log !== undefined && typeof log !== 'boolean') throw wrongFile(`"log" of "${name}" is not true or false`);
  return { range: [range[0] as number, range[1] as number], log: log ?? false, ...condition };
}

function conditionOf(name: string, when: unknown): NonNullable<SearchSpace['when']> {
  const { parameter, values } = (when ?? {}) as Record<string, unknown>;
  if (typeof parameter !== 'string') throw wrongFile(`"when" of "${name}" names no parameter`);
  return { parameter, values: choicesOf(name, values) };
}

function choicesOf(name: string, list: unknown): ParameterValue[] {
  if (!Array.isArray(list) || list.length === 0 || !list.every(isScalar)) throw wrongFile(`the choices of "${name}" are no list of values`);
  return list;
}

function isScalar(value: unknown): value is ParameterValue {
  return typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}

function wrongFile(why: string): MillwrightError {
  return new MillwrightError(
    'OPTION_INVALID',
    `The search space is wrong: ${why}.`,
    'Write for example {"learningRate": {"range": [0.01, 0.3], "log": true}, "leaves": [7, 15, 31]}.',
  );
}
