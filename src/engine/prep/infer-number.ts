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
  let best: NumberReading = plain;
  for (const [decimal, group] of SIGNS) {
    const format: NumberFormat = { kind: 'number', decimal, group, affixes, percent: cells.values.some((v) => v.endsWith('%')) };
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

/** Units and signs that stand around the digits, if they are few; letters around differing digits are codes, not numbers. */
function affixesOf(cells: Cells): string[] {
  const found = new Map<string, number>();
  for (let i = 0; i < Math.min(cells.values.length, 3000); i++) {
    const value = (cells.values[i] as string).replace('\u2212', '-');
    if (value.length > 40) continue;
    const m = DRESS.exec(value);
    if (!m) continue;
    for (const part of [m[2], m[3], m[4]]) {
      const affix = (part ?? '').replace(/%/g, '').trim().toLowerCase();
      if (affix !== '') found.set(affix, (found.get(affix) ?? 0) + (cells.counts[i] as number));
    }
  }
  // more than a few different ones are part of the value, as in "A12" and "B7"
  const frequent = [...found].filter(([, count]) => count >= 0.001 * cells.total).sort((a, b) => b[1] - a[1]);
  return frequent.length > 6 ? [] : frequent.map(([affix]) => affix);
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
