import type { ColumnFormat } from '../../core/schema.js';
import { dateParser } from '../../model/parse-date.js';
import type { Cells } from './infer-cells.js';

type DateFormat = Extract<ColumnFormat, { kind: 'datetime' }>;

/** How a column of text can be read as dates. */
export interface DateReading {
  format: DateFormat;
  /** Share of the cells that are dates in one of the patterns, 0–1. */
  share: number;
  note: string;
}

const DAY_FIRST = ['d/M/yyyy', 'd.M.yyyy', 'd-M-yyyy', 'd/M/yy', 'd.M.yy', 'd-M-yy'];
const MONTH_FIRST = ['M/d/yyyy', 'M.d.yyyy', 'M-d-yyyy', 'M/d/yy', 'M.d.yy', 'M-d-yy'];
const OTHER = [
  'yyyy/M/d',
  'yyyy.M.d',
  'd MMM yyyy',
  'd-MMM-yyyy',
  'd-MMM-yy',
  'd MMM yy',
  'd/MMM/yyyy',
  'd MMMM yyyy',
  'MMM d, yyyy',
  'MMM d yyyy',
  'MMMM d, yyyy',
  'MMMM d yyyy',
  'd MMMM, yyyy',
  'EEE, d MMM yyyy',
  'EEE d MMM yyyy',
  'EEE, MMM d, yyyy',
  'EEE, MMMM d, yyyy',
];
const ALONE = [
  'iso',
  'MMM yyyy',
  'MMM-yy',
  'MMM-yyyy',
  'MMMM yyyy',
  'M/yyyy',
  'yyyy/M',
  'EEE MMM d HH:mm:ss ZZ yyyy',
  'EEE MMM d HH:mm:ss yyyy',
  'd/MMM/yyyy:HH:mm:ss ZZ',
  'yyyyMMddHHmmss',
  'yyyyMMddTHHmmss',
  'yyyyMMddTHHmmssZZ',
  'yyyy Qq',
  'yyyy-Qq',
  'yyyyQq',
  'Qq yyyy',
];
const TIMES = [
  '',
  ' H:mm',
  ' H:mm:ss',
  ' H:mm:ss.SSS',
  ' H:mm:ss ZZ',
  ' h:mm a',
  ' h:mm:ss a',
  ' h:mma',
  ', H:mm',
  ', H:mm:ss',
  ', h:mm a',
  ', h:mm:ss a',
  'TH:mm:ss',
  ' H:mm ZZ',
];

/** All patterns that are tried, each with every way to write the time. Longer spellings ("yyyy") stand before shorter ones. */
const PATTERNS = [...ALONE, ...[...DAY_FIRST, ...MONTH_FIRST, ...OTHER].flatMap((date) => TIMES.map((time) => date + time))];
/** Day and month swapped. */
const TWIN = new Map(
  DAY_FIRST.flatMap((d, i) =>
    TIMES.flatMap((t) => [[d + t, (MONTH_FIRST[i] as string) + t] as const, [(MONTH_FIRST[i] as string) + t, d + t] as const]),
  ),
);

/** At most so many different cells are tried; they are spread over the column. */
const TRIED = 3000;

/** The best reading of the cells as dates, decided on the whole column; `undefined` when under half of them look like dates. */
export function readAsDates(cells: Cells): DateReading | undefined {
  const step = Math.max(1, Math.ceil(cells.values.length / TRIED));
  const values: string[] = [];
  const weights: number[] = [];
  for (let i = 0; i < cells.values.length; i += step) {
    values.push(cells.values[i] as string);
    weights.push(cells.counts[i] as number);
  }
  // a date has a digit and something that separates; and it is short
  const dateLike = values.filter((v) => v.length >= 6 && v.length <= 45 && /\d/.test(v) && /[-/. :T]|\d{8}/.test(v)).length;
  if (dateLike < values.length / 2) return undefined;
  const all = weights.reduce((a, b) => a + b, 0);
  let open = values.map((_, i) => i);
  const patterns: string[] = [];
  const few = Math.max(1, Math.ceil(values.length / 200));
  const spread = values.filter((_, i) => i % few === 0);
  let candidates = PATTERNS.filter((p) => fits(p, spread));
  let ambiguous = '';
  while (open.length > 0 && patterns.length < 8) {
    let best = { pattern: '', weight: 0, read: new Set<number>() };
    for (const pattern of candidates) {
      if (patterns.includes(pattern)) continue;
      const parse = dateParser(pattern);
      const read = new Set<number>();
      let weight = 0;
      for (const i of open) {
        const at = parse(values[i] as string);
        if (at === undefined || at < -1.6e13 || at > 7.3e12) continue;
        read.add(i);
        weight += weights[i] as number;
      }
      if (weight > best.weight) best = { pattern, weight, read };
    }
    if (best.pattern === '' || best.weight < 0.002 * all) break;
    const twin = TWIN.get(best.pattern);
    if (twin && patterns.length === 0) {
      const chosen = dayOrMonth(best.pattern, twin, values, best.read);
      if (chosen.ambiguous)
        ambiguous = ` Day and month could be the other way round ("${twin === chosen.pattern ? best.pattern : twin}"): no day is above 12.`;
      best.pattern = chosen.pattern;
    }
    // once day or month has been found to stand first, no other pattern may swap them
    if (twin) candidates = candidates.filter((p) => DAY_FIRST.some((d) => p.startsWith(d)) === isDayFirst(best.pattern) || !TWIN.has(p));
    patterns.push(best.pattern);
    open = open.filter((i) => !best.read.has(i));
  }
  if (patterns.length === 0) return undefined;
  const share = 1 - open.reduce((sum, i) => sum + (weights[i] as number), 0) / all;
  if (share < 0.5) return undefined;
  return { format: { kind: 'datetime', patterns }, share, note: ambiguous };
}

const isDayFirst = (pattern: string): boolean => DAY_FIRST.some((d) => pattern.startsWith(d));

function fits(pattern: string, values: readonly string[]): boolean {
  const parse = dateParser(pattern);
  return values.some((v) => parse(v) !== undefined);
}

/** Both fit every cell: dates that run in file order under one reading alone settle it; else slashes are read as in the United States. */
function dayOrMonth(
  pattern: string,
  twin: string,
  values: readonly string[],
  read: ReadonlySet<number>,
): { pattern: string; ambiguous: boolean } {
  const other = dateParser(twin);
  for (const i of read) if (other(values[i] as string) === undefined) return { pattern, ambiguous: false };
  const dayFirst = isDayFirst(pattern) ? pattern : twin;
  const monthFirst = dayFirst === pattern ? twin : pattern;
  const list = [...read].map((i) => values[i] as string);
  const [d, m] = [runs(dayFirst, list), runs(monthFirst, list)];
  if (d !== m && list.length >= 3) return { pattern: d ? dayFirst : monthFirst, ambiguous: false };
  return { pattern: monthFirst.includes('/') ? monthFirst : dayFirst, ambiguous: true };
}

function runs(pattern: string, values: readonly string[]): boolean {
  const parse = dateParser(pattern);
  const at = values.map((v) => parse(v) as number);
  return at.every((t, i) => i === 0 || t >= (at[i - 1] as number)) || at.every((t, i) => i === 0 || t <= (at[i - 1] as number));
}

const TIME_NAME = /(^|[^a-z])(timestamp|epoch|unix|datetime|date|time|ts|created|updated|modified|at)([^a-z]|$)|timestamp|_at$/i;

/**
 * Whole numbers that stand for dates: compact days such as 20240131, or seconds and milliseconds since 1970, the latter only when the
 * name of the column says so.
 */
export function numbersAsDates(name: string, cells: Cells): DateReading | undefined {
  if (cells.values.length === 0) return undefined;
  const hinted = TIME_NAME.test(name.replace(/([a-z])([A-Z])/g, '$1_$2'));
  const compact = dateParser('yyyymmdd');
  const days = cells.values.filter((v) => {
    const at = compact(v);
    return at !== undefined && at >= -2.2e12 && at < 4.2e12;
  }).length;
  if (days >= 0.99 * cells.values.length && (hinted || days >= 20))
    return { format: { kind: 'datetime', patterns: ['yyyymmdd'] }, share: 1, note: '' };
  if (!hinted) return undefined;
  const within = (low: number, high: number): boolean => cells.values.every((v) => Number(v) >= low && Number(v) <= high);
  if (within(3e8, 2.2e9) && cells.values.some((v) => Number(v) > 5e8))
    return {
      format: { kind: 'datetime', patterns: ['epoch-s'] },
      share: 1,
      note: ' The name speaks of time and the numbers are seconds since 1970.',
    };
  if (within(3e11, 2.2e12))
    return {
      format: { kind: 'datetime', patterns: ['epoch-ms'] },
      share: 1,
      note: ' The name speaks of time and the numbers are milliseconds since 1970.',
    };
  return undefined;
}
