import type { Cells } from './infer-cells.js';
import { percent } from './infer-cells.js';

const UUID = /^\{?[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\}?$/i;
const HEX = /^(0x)?(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{24,}$/i;

/** The words of a column's name: "customerID" and "customer_id" are both ["customer", "id"]. */
export function nameWords(name: string): string[] {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
    .filter((w) => w !== '');
}

const STRICT = new Set(['id', 'ids', 'uuid', 'guid', 'key', 'pk', 'rowid', 'objectid', 'objid', 'identifier']);
const LOOSE = new Set([
  'number',
  'no',
  'nr',
  'num',
  'index',
  'idx',
  'row',
  'code',
  'ref',
  'reference',
  'serial',
  'sku',
  'ssn',
  'account',
  'record',
  'rownumber',
  'ticket',
  'isbn',
  'hash',
  'token',
  'phone',
  'email',
  'url',
]);
const ORDER = new Set(['year', 'month', 'week', 'day', 'hour', 'time', 'age', 'date', 'period', 'quarter', 'step', 'epoch']);

/** `strict`: the name says id; `loose`: it may mean one. */
export function idName(name: string): 'strict' | 'loose' | undefined {
  const words = nameWords(name);
  const [first, last] = [words[0] ?? '', words[words.length - 1] ?? ''];
  if (
    STRICT.has(last) ||
    (words.length > 1 && STRICT.has(first) && words.length <= 2) ||
    /(obj|user|cust|case|row|patient|spec)id$/.test(last)
  )
    return 'strict';
  if (LOOSE.has(last) || (words.length === 1 && last === 'unnamed')) return 'loose';
  return undefined;
}

/** Why whole numbers are an id rather than an amount, or `undefined`. `numbers` in order of first appearance, without missing ones. */
export function wholeNumberId(
  name: string,
  numbers: readonly number[],
  total: number,
  distinct: number,
  complete: boolean,
): string | undefined {
  if (total < 10) return undefined;
  const ratio = distinct / total;
  const hint = idName(name);
  const words = nameWords(name);
  const ordered = words.some((w) => ORDER.has(w));
  if (complete && distinct === total && !ordered && inSequence(numbers))
    return 'Whole numbers that count the rows one by one: a row number, not a measurement.';
  if (ratio >= 0.9 && hint === 'strict') return `Whole numbers, ${percent(ratio)} of them different, and the name says id.`;
  if (ratio >= 0.97 && hint === 'loose' && !ordered)
    return `Whole numbers, ${percent(ratio)} of them different, and the name "${name}" suggests a number that identifies.`;
  if (!complete && ratio >= 0.999 && !ordered && rises(numbers) && looksLikeCounter(numbers))
    return 'Whole numbers that rise by one from row to row: a row number, not a measurement.';
  return undefined;
}

function inSequence(numbers: readonly number[]): boolean {
  const step = (numbers[1] as number) - (numbers[0] as number);
  if (step !== 1 && step !== -1) return false;
  for (let i = 1; i < numbers.length; i++) if ((numbers[i] as number) - (numbers[i - 1] as number) !== step) return false;
  return true;
}

const rises = (numbers: readonly number[]): boolean => numbers.every((n, i) => i === 0 || n > (numbers[i - 1] as number));

/** A sample of rows of a counter starts near 0 or 1. */
function looksLikeCounter(numbers: readonly number[]): boolean {
  const [first, last] = [numbers[0] as number, numbers[numbers.length - 1] as number];
  return first >= 0 && first < (last - first) / 100;
}

/** Why text is an id rather than a category or prose, or `undefined`. */
export function textId(name: string, cells: Cells, filled: number, distinct: number, meanWords: number): string | undefined {
  if (filled < 10) return undefined;
  const ratio = distinct / filled;
  const probe = cells.values.slice(0, 1000);
  const share = (shape: RegExp): number => probe.filter((v) => shape.test(v)).length / probe.length;
  if (ratio > 0.5 && share(UUID) > 0.98) return 'Universally unique identifiers (UUIDs).';
  if (ratio > 0.5 && share(HEX) > 0.98) return 'Long hexadecimal codes, nearly all different.';
  if (meanWords >= 2.5) return undefined;
  const hint = idName(name);
  const first = nameWords(name)[0] ?? '';
  const named = hint !== undefined || STRICT.has(first);
  if (ratio >= 0.95 && named) return `${percent(ratio)} of the cells are different, and the name suggests an identifier.`;
  // one shape of letters and digits, such as LP001002, in every row
  if (ratio >= 0.98 && filled >= 20 && shapes(probe) <= 3 && probe.every((v) => /\d/.test(v)))
    return `${percent(ratio)} of the cells are different and all have the same form, such as "${probe[0]}".`;
  if (ratio >= 0.995 && filled >= 50 && meanWords < 1.5)
    return `Every row has its own value, such as "${probe[0]}"; nothing can be learned from it.`;
  return undefined;
}

function shapes(values: readonly string[]): number {
  return new Set(values.map((v) => v.replace(/\d/g, '9').replace(/\p{L}/gu, 'a'))).size;
}
