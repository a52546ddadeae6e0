import type { ColumnFormat } from '../../core/schema.js';
import { numberParser, plainNumber } from '../../model/parse-number.js';
import type { Cells } from './infer-cells.js';
import { quoted } from './infer-cells.js';

type NumberFormat = Extract<ColumnFormat, { kind: 'number' }>;

/** How a column of text can be read as numbers. */
export interface NumberReading {
  format: NumberFormat;
  /** Share of the cells that are numbers in this format, 0–1. */
  share: number;
  /** True when no cell needs more than a plain number's reader. */
  plain: boolean;
  /** Every number read is whole. */
  whole: boolean;
  /** Different cells that are no numbers, most frequent first. */
  others: string[];
  /** Numbers by cell, in the order of the cells; NaN where there is none. */
  numbers: number[];
  /** What the dress is, for the reason; empty for plain numbers. */
  note: string;
}

const PLAIN: NumberFormat = { kind: 'number', decimal: '.', group: '', affixes: [], percent: false };
/** In this order, so that "1,200" is 1200 unless other cells say that the comma is the decimal sign. */
const SIGNS: readonly (readonly ['.' | ',', string])[] = [
  ['.', ''],
  ['.', ','],
  [',', '.'],
  [',', ''],
  ['.', ' '],
  [',', ' '],
  ['.', "'"],
  [',', "'"],
];
const DRESS =
  /^(\(?)([^\d(.,+-]{0,12}?)\s*[-+]?\s*([^\d.,+-]{0,4}?)[\d.,]*\d[\d.,' \u00a0\u2009\u202f\u2019]*(?:[eE][-+]?\d+)?\s*([^\d]{0,14}?)\)?$/;

/** The best reading of the cells as numbers, or `undefined` when under half of them could be numbers at all. */
export function readAsNumbers(cells: Cells): NumberReading | undefined {
  if (cells.total === 0) return undefined;
  const plain = judge(cells, PLAIN, plainNumber);
  if (plain.share === 1) return plain;
  const affixes = affixesOf(cells);
  const percent = isHundredths(cells);
  let best: NumberReading = plain;
  for (const [decimal, group] of SIGNS) {
    const format: NumberFormat = { kind: 'number', decimal, group, affixes, percent };
    const reading = judge(cells, format, numberParser(format));
    if (reading.share > best.share) best = { ...reading, plain: false };
  }
  if (best.share < 0.5) return undefined;
  return { ...best, note: describe(best) };
}

function judge(cells: Cells, format: NumberFormat, parse: (text: string) => number | undefined): NumberReading {
  let read = 0;
  let whole = true;
  const numbers: number[] = [];
  const others: { value: string; count: number }[] = [];
  for (let i = 0; i < cells.values.length; i++) {
    const value = cells.values[i] as string;
    const count = cells.counts[i] as number;
    const number = parse(value);
    numbers.push(number ?? Number.NaN);
    if (number === undefined) {
      others.push({ value, count });
      continue;
    }
    read += count;
    if (!Number.isInteger(number)) whole = false;
  }
  others.sort((a, b) => b.count - a.count);
  return { format, share: read / cells.total, plain: true, whole, others: others.map((o) => o.value), numbers, note: '' };
}

/** Currencies may stand before the digits; other words there make codes, as in "VS2". */
const CURRENCY = /^([$€£¥₹₽₩₺¢#~≈<>]|(us|ca|a|au|hk|nz|r|s)\$|usd|eur|gbp|jpy|inr|rs\.?|chf|cad|aud|cny|rmb|kr\.?|sek|nok|dkk|r)$/;
/** These multiply or count, so that taking them off would change the number. */
const NOT_UNITS = new Set([
  'st',
  'nd',
  'rd',
  'th',
  'k',
  'm',
  'b',
  'bn',
  'mn',
  'mio',
  'mrd',
  'tsd',
  'thousand',
  'million',
  'billion',
  'e',
  'am',
  'pm',
  'x',
]);

/**
 * Units and signs that stand around the digits, if they are the same all over. Letters before the digits, several different units,
 * and words that multiply are part of the value: then there are no affixes and the cells stay words.
 */
function affixesOf(cells: Cells): string[] {
  const before = new Map<string, number>();
  const after = new Map<string, number>();
  const note = (found: Map<string, number>, part: string | undefined, count: number): void => {
    const affix = (part ?? '').replace(/%/g, '').trim().toLowerCase();
    if (affix !== '') found.set(affix, (found.get(affix) ?? 0) + count);
  };
  for (let i = 0; i < Math.min(cells.values.length, 3000); i++) {
    const value = (cells.values[i] as string).replace('\u2212', '-');
    const m = value.length > 40 ? null : DRESS.exec(value);
    if (!m) continue;
    note(before, m[2], cells.counts[i] as number);
    note(before, m[3], cells.counts[i] as number);
    note(after, m[4], cells.counts[i] as number);
  }
  const leading = [...before.keys()].filter((affix) => CURRENCY.test(affix));
  const units = [...after].filter(([unit]) => !NOT_UNITS.has(unit)).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const [main, most] = units[0] ?? ['', 0];
  if (most < 0.05 * cells.total) return leading;
  // "oz", "oz." and "ounce" are one unit, "kg" and "lb" are not; a rare one is a slip unless it is spelled alike
  const alike = (unit: string): boolean => (main.length > 1 ? unit.startsWith(main.slice(0, 2)) : unit === main);
  const trailing = units
    .filter(([unit, count]) => alike(unit) || (unit.charAt(0) === main.charAt(0) && count >= 0.01 * cells.total))
    .map(([unit]) => unit);
  return [...new Set([...leading, ...trailing])].slice(0, 12);
}

/**
 * Whether "12 %" stands for 0.12 here. Where only some cells carry the sign and the figures before it are as large as those without it,
 * the sign says nothing.
 */
function isHundredths(cells: Cells): boolean {
  const figures = (signed: boolean): number[] =>
    cells.values
      .filter((v) => v.endsWith('%') === signed)
      .map((v) => plainNumber(v.replace('%', '').trim()))
      .filter((n): n is number => n !== undefined && n > 0)
      .sort((a, b) => a - b);
  const [withSign, without] = [figures(true), figures(false)];
  if (withSign.length === 0) return cells.values.some((v) => v.endsWith('%'));
  if (without.length === 0) return true;
  const middle = (list: number[]): number => list[list.length >> 1] as number;
  return middle(withSign) > 10 * middle(without);
}

function describe(reading: NumberReading): string {
  const { format } = reading;
  const parts: string[] = [];
  if (format.affixes.length > 0) parts.push(`${quoted(format.affixes, 6)} taken off`);
  if (format.percent) parts.push('"%" read as hundredths');
  if (format.group !== '') parts.push(`"${format.group}" separates thousands`);
  if (format.decimal === ',') parts.push('"," is the decimal sign');
  return parts.join(', ');
}
