import { MillwrightError } from '../core/errors.js';
import { unreadable } from './fields.js';

const DEEPEST = 200;

/**
 * One spelling for one value: keys in UTF-16 order, no spaces. Numbers that JSON lacks are written `{"$":"NaN"}`, `"Infinity"`, `"-Infinity"`, `"-0"`;
 * a key that begins with `$`, and the key `__proto__`, get one more `$` in front.
 * @throws MillwrightError `INTERNAL` for values that are not plain data
 * @example writeJson({ b: NaN, a: 1 }) // {"a":1,"b":{"$":"NaN"}}
 */
export function writeJson(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'boolean' || value === null) return String(value);
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0) ? String(value) : `{"$":"${spelled(value)}"}`;
  if (Array.isArray(value)) return `[${value.map((v) => (v === undefined ? 'null' : writeJson(v))).join(',')}]`;
  if (typeof value !== 'object' || !isPlain(value)) throw new MillwrightError('INTERNAL', `A ${typeof value} cannot be written as JSON.`);
  const fields = Object.entries(value).filter(([, v]) => v !== undefined);
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, v]) => `${JSON.stringify(escaped(key))}:${writeJson(v)}`).join(',')}}`;
}

/** Reads what `writeJson` wrote. @throws MillwrightError `BUNDLE_UNREADABLE` */
export function readJson(text: string, where: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unreadable(`${where} is not JSON.`, cause);
  }
  return restore(value, where, 0);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function spelled(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function escaped(key: string): string {
  return key.startsWith('$') || key === '__proto__' ? `$${key}` : key;
}

const SPECIAL: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
]);

function restore(value: unknown, where: string, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) throw unreadable(`${where} is nested too deeply.`);
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = restore(value[i], where, depth + 1);
    return value;
  }
  const object = value as Record<string, unknown>;
  const keys = Object.keys(object);
  if (keys.length === 1 && keys[0] === '$') {
    const number = SPECIAL.get(object.$);
    if (number === undefined) throw unreadable(`${where} has a number that cannot be read.`);
    return number;
  }
  if (!keys.some((key) => key.startsWith('$') || key === '__proto__')) {
    for (const key of keys) object[key] = restore(object[key], where, depth + 1);
    return object;
  }
  const plain: Record<string, unknown> = {};
  for (const key of keys) {
    const name = key.startsWith('$') ? key.slice(1) : key;
    if (escaped(name) !== key) throw unreadable(`${where} has a key that may not be there.`);
    // Defined, not assigned: a key may be __proto__.
    Object.defineProperty(plain, name, {
      value: restore(object[key], where, depth + 1),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return plain;
}
