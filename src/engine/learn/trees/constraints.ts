import { MillwrightError } from '../../../core/errors.js';
import { nearestName } from '../../../core/nearest-name.js';
import type { Column } from '../../../core/table.js';
import type { GrowLimits } from './leaf-limits.js';
import type { Objective } from './objective.js';
import type { TreesParameters } from './parameters.js';

/** A name, written bare or as a JSON string, and the sign that ends it. */
function tokens(text: string, signs: string, parameter: string): { name: string; sign: string }[] {
  const found: { name: string; sign: string }[] = [];
  let at = 0;
  while (at < text.length) {
    const quoted = /^\s*("(?:[^"\\]|\\.)*")\s*/.exec(text.slice(at));
    let name: string;
    if (quoted) {
      name = unquote(quoted[1] as string, parameter);
      at += quoted[0].length;
    } else {
      const from = at;
      while (at < text.length && !signs.includes(text[at] as string)) at++;
      name = text.slice(from, at).trim();
    }
    found.push({ name, sign: text[at] ?? '' });
    at++;
  }
  return found;
}

function unquote(text: string, parameter: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    throw invalid(parameter, `${text} is not a name in quotes`, 'Write it as a JSON string.');
  }
}

function invalid(parameter: string, what: string, hint: string): MillwrightError {
  return new MillwrightError('OPTION_INVALID', `Boosted trees: ${parameter}: ${what}.`, hint);
}

function columnOf(columns: readonly Column[], name: string, parameter: string): number {
  const at = columns.findIndex((c) => c.name === name);
  if (at >= 0) return at;
  const names = columns.map((c) => c.name);
  const near = nearestName(name, names);
  const shown = names.slice(0, 20).join(', ') + (names.length > 20 ? ', …' : '');
  throw invalid(parameter, `there is no column "${name}"`, near ? `Did you mean "${near}"?` : `The prepared columns are ${shown}.`);
}

/**
 * Directions by column from text such as `age:1, price:-1`; undefined when it is empty. Names with signs in them are written in double quotes.
 * @throws MillwrightError `OPTION_INVALID` for a column that is not there or not numeric, or a direction other than 1, 0 and −1
 * @example parseMonotone('age:1,price:-1', table.columns) // Int8Array [1, 0, −1, …]
 */
export function parseMonotone(text: string, columns: readonly Column[]): Int8Array | undefined {
  if (text.trim() === '') return undefined;
  const directions = new Int8Array(columns.length);
  const parts = tokens(text, ':,', 'monotone');
  for (let i = 0; i < parts.length; i += 2) {
    const { name, sign } = parts[i] as { name: string; sign: string };
    const direction = parts[i + 1];
    const value = { '1': 1, '+1': 1, '-1': -1, '0': 0 }[direction?.name ?? ''];
    if (sign !== ':' || value === undefined || direction?.sign === ':')
      throw invalid('monotone', `"${name}" has no direction 1, 0 or -1`, 'Write for example age:1,price:-1.');
    const at = columnOf(columns, name, 'monotone');
    if (columns[at]?.kind !== 'numeric') throw invalid('monotone', `"${name}" holds categories, which have no order`, 'Leave it out.');
    directions[at] = value;
  }
  return directions;
}

/**
 * Groups of columns that may meet on a path, from text such as `a+b, c+d`; undefined when it is empty. A column may be in several groups; those in
 * none make up one more group.
 * @throws MillwrightError `OPTION_INVALID` for a column that is not there
 * @example parseGroups('a+b,c+d', table.columns)
 */
export function parseGroups(text: string, columns: readonly Column[]): Uint8Array[] | undefined {
  if (text.trim() === '') return undefined;
  const groups: Uint8Array[] = [];
  let open: Uint8Array | undefined;
  const named = new Uint8Array(columns.length);
  for (const { name, sign } of tokens(text, '+,', 'interactions')) {
    if (!open) {
      open = new Uint8Array(columns.length);
      groups.push(open);
    }
    const at = columnOf(columns, name, 'interactions');
    open[at] = 1;
    named[at] = 1;
    if (sign !== '+') open = undefined;
  }
  if (named.includes(0)) groups.push(named.map((n) => 1 - n));
  return groups;
}

/**
 * The limits on growth that parameters ask for, or undefined when there are none: the plain search is faster.
 * @throws MillwrightError `OPTION_INVALID` for a constraint that names no column, or that the objective cannot keep
 */
export function limitsOf(parameters: TreesParameters, objective: Objective, columns: readonly Column[]): GrowLimits | undefined {
  const { extraTrees, columnSampleByNode: columnShare } = parameters;
  const monotone = parseMonotone(parameters.monotone, columns);
  const groups = parseGroups(parameters.interactions, columns);
  if (monotone && objective.outputs > 1)
    throw invalid('monotone', 'a class among several has no direction', 'Leave it out, or learn two classes.');
  if (monotone && objective.leafQuantile !== undefined)
    throw invalid('monotone', `the ${objective.name} loss cannot keep directions`, 'Choose squared, huber or poisson.');
  return extraTrees || columnShare < 1 || monotone || groups ? { extraTrees, columnShare, monotone, groups } : undefined;
}
