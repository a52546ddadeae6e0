import type { CategoryColumn, NumericColumn } from '../../core/table.js';
import { sinOfTurns } from '../../core/turns.js';
import type { Fields } from '../fields.js';
import type { BoundStep, StepData, StepKind } from '../step.js';
import { newCategory, newNumeric, numericOf, replaceColumns } from './columns.js';

/**
 * `weekday` is 1 (Monday) to 7, `hour` 0 to 23, `month` 1 to 12, `week` that of ISO 8601, `elapsed` days since `origin` with fractions, `of-year` and so on
 * the share of the year, month, week or day that is over; all in UTC.
 */
export const DATE_PARTS = [
  'year',
  'month',
  'day',
  'weekday',
  'day-of-year',
  'hour',
  'minute',
  'month-end',
  'elapsed',
  'week',
  'weekend',
  'month-start',
  'of-year',
  'of-month',
  'of-week',
  'of-day',
] as const;
export type DatePart = (typeof DATE_PARTS)[number];

/** Parts that may also come as categories, with their lowest and highest value. */
export const PART_RANGES = { month: [1, 12], weekday: [1, 7], hour: [0, 23] } as const;

export interface DateOutput {
  readonly part: DatePart;
  readonly name: string;
  /** As a category (month, weekday, hour) rather than a number. */
  readonly category?: boolean;
  /** The sine or cosine of a share, so that its end is next to its beginning. */
  readonly wave?: (typeof WAVES)[number];
}

const WAVES = ['sin', 'cos'] as const;

/** Replaces instants (milliseconds, UTC) by parts of their date. */
export interface DatePartsStep extends StepData {
  readonly kind: 'date-parts';
  readonly columns: readonly { readonly name: string; readonly origin: number; readonly outputs: readonly DateOutput[] }[];
}

export const dateParts: StepKind<DatePartsStep> = {
  read: (fields: Fields): DatePartsStep => ({
    kind: 'date-parts',
    columns: fields.list('columns', (f) => ({ name: f.text('name'), origin: f.number('origin'), outputs: f.list('outputs', readOutput) })),
  }),
  bind(step, input): BoundStep {
    const parts = step.columns.map(({ name, origin, outputs }) => ({
      from: numericOf(input, name),
      origin,
      outputs: outputs.map((o) => ({
        place: DATE_PARTS.indexOf(o.part),
        column: outputColumn(o, input.rows),
        base: lowest(o),
        // a cosine is a sine a quarter later
        wave: o.wave && (o.wave === 'sin' ? 0 : 0.25),
      })),
    }));
    const run = (): void => {
      for (const part of parts) fill(part.from.values, part.origin, part.outputs);
    };
    return { table: replaceColumns(input, new Map(parts.map((p) => [p.from.name, p.outputs.map((o) => o.column)]))), run };
  },
};

function readOutput(f: Fields): DateOutput {
  const output: DateOutput = { part: f.choice('part', DATE_PARTS), name: f.text('name') };
  if (f.has('wave')) return { ...output, wave: f.choice('wave', WAVES) };
  if (!f.has('category') || !f.boolean('category')) return output;
  return { ...output, part: f.choice('part', ['month', 'weekday', 'hour']), category: true };
}

function lowest(output: DateOutput): number {
  return output.category ? PART_RANGES[output.part as keyof typeof PART_RANGES][0] : 0;
}

function outputColumn(output: DateOutput, rows: number): NumericColumn | CategoryColumn {
  if (!output.category) return newNumeric(output.name, rows);
  const [low, high] = PART_RANGES[output.part as keyof typeof PART_RANGES];
  const levels = Array.from({ length: high - low + 1 }, (_, i) => String(low + i));
  return newCategory(output.name, rows, levels);
}

/** One column made: the place of its part in `DATE_PARTS`, and the value that has code 0. */
interface Output {
  readonly place: number;
  readonly column: NumericColumn | CategoryColumn;
  readonly base: number;
  /** Where on its turn a wave begins. */
  readonly wave: number | undefined;
}

function fill(from: Float64Array, origin: number, outputs: readonly Output[]): void {
  const parts = new Float64Array(DATE_PARTS.length);
  for (let row = 0; row < from.length; row++) {
    readDate(from[row] as number, origin, parts);
    for (const { place, column, base, wave } of outputs) {
      const value = wave === undefined ? (parts[place] as number) : sinOfTurns((parts[place] as number) + wave);
      if (column.kind === 'numeric') column.values[row] = value;
      else column.codes[row] = Number.isNaN(value) ? -1 : value - base;
    }
  }
}

const DAY = 86_400_000;
// The range of instants that JavaScript, and so our schema, knows.
const LATEST = 8.64e15;

/**
 * The parts of an instant in UTC, by whole-number arithmetic (the civil calendar of Howard Hinnant's `civil_from_days`).
 * @param ms milliseconds since 1970; all parts are `NaN` for what is not an instant
 * @param origin where `elapsed` begins, in milliseconds
 * @param parts is filled in the order of `DATE_PARTS`
 * @example readDate(Date.UTC(2024, 1, 29), 0, parts) // 2024, 2, 29, 4, 60, 0, 0, 1, 19782, 9, 0, 0, …
 */
export function readDate(ms: number, origin: number, parts: Float64Array): void {
  if (!(ms >= -LATEST && ms <= LATEST)) {
    parts.fill(Number.NaN);
    return;
  }
  const days = Math.floor(ms / DAY);
  // Years begin in March here, so that the leap day is the last one.
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const leaps = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leaps) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 1 : 0;
  const time = ms - days * DAY;
  parts[0] = year;
  parts[1] = month;
  parts[2] = day;
  parts[3] = ((((days + 3) % 7) + 7) % 7) + 1;
  parts[4] = month <= 2 ? dayOfYear - 305 : dayOfYear + 60 + leap;
  parts[5] = Math.floor(time / 3_600_000);
  parts[6] = Math.floor(time / 60_000) % 60;
  const monthDays = monthLength(month, leap);
  parts[7] = day === monthDays ? 1 : 0;
  parts[8] = (ms - origin) / DAY;
  const weekday = parts[3];
  const yearDay = parts[4];
  parts[9] = isoWeek(year, yearDay, weekday);
  parts[10] = weekday > 5 ? 1 : 0;
  parts[11] = day === 1 ? 1 : 0;
  const today = time / DAY;
  parts[12] = (yearDay - 1 + today) / (365 + leap);
  parts[13] = (day - 1 + today) / monthDays;
  parts[14] = (weekday - 1 + today) / 7;
  parts[15] = today;
}

/** The week that holds the Thursday next to the day, counted in that Thursday's year. */
function isoWeek(year: number, yearDay: number, weekday: number): number {
  const week = Math.floor((yearDay - weekday + 10) / 7);
  if (week < 1) return weeksOf(year - 1);
  return week > weeksOf(year) ? 1 : week;
}

/** 53 weeks in years that begin or end on a Thursday. */
function weeksOf(year: number): number {
  const lastDay = (y: number): number => (((y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400)) % 7) + 7) % 7;
  return lastDay(year) === 4 || lastDay(year - 1) === 3 ? 53 : 52;
}

function monthLength(month: number, leap: number): number {
  if (month === 2) return 28 + leap;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
