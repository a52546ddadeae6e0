import type { ColumnFormat, ColumnType } from '../../core/schema.js';
import { cellReader } from '../../model/parse-cell.js';
import type { ColumnSample } from './column-sample.js';
import { type Cells, cellsOf, certainTokens, missingTokens, percent, quoted, tokensAmongNumbers } from './infer-cells.js';
import { numbersAsDates, readAsDates } from './infer-date.js';
import { idName, nameWords, textId, wholeNumberId } from './infer-id.js';
import { type NumberReading, readAsNumbers } from './infer-number.js';

/** What a column was found to mean. */
export interface Meaning {
  type: ColumnType;
  use: 'feature' | 'ignore';
  reason: string;
  format?: ColumnFormat;
  missing: string[];
  /** Cells taken by the missing tokens. */
  missingCells: number;
  range?: { min?: number; max?: number; mean?: number };
}

/** Words that answer yes or no, the no first. */
const ANSWERS: readonly (readonly [string, string])[] = [
  ['false', 'true'],
  ['no', 'yes'],
  ['f', 't'],
  ['n', 'y'],
  ['off', 'on'],
  ['falsch', 'wahr'],
  ['nein', 'ja'],
  ['non', 'oui'],
];

/** Digits under such names are never amounts. */
const CODE_WORDS = new Set([
  'zip',
  'zipcode',
  'postcode',
  'postal',
  'plz',
  'phone',
  'phonenumber',
  'telephone',
  'fips',
  'ssn',
  'isbn',
  'iban',
  'sku',
]);

/** Cells beyond this share that are no numbers (or dates) make the column something else. */
const MOST = 0.95;

/** Finds what a column means. A target is never ignored and never taken for a row number by its looks alone. */
export function inferColumn(sample: ColumnSample, isTarget = false): Meaning {
  const certain = cellsOf(sample, certainTokens(sample));
  if (certain.total === 0) {
    return { ...plain(sample, 'category', true), use: 'ignore', reason: sample.rows === 0 ? 'No rows.' : 'Every cell is missing.' };
  }
  const found = sample.physical === 'text' ? inferText(sample, certain) : inferPhysical(sample);
  const constant = distinctIn(sample, found) <= 1 && sample.missing + found.missingCells === 0;
  if (constant)
    return {
      ...found,
      use: 'ignore',
      reason: `Every row${sample.rows < sample.totalRows ? ' looked at' : ''} says ${quoted([certain.values[0] as string])}: a constant tells nothing.`,
    };
  return isTarget ? { ...found, use: 'feature' } : found;
}

/** Reads the column as a type that a person asked for. */
export function readAs(sample: ColumnSample, type: ColumnType): Meaning {
  const meaning = plain(sample, type, !(type === 'number' || type === 'datetime' || type === 'boolean'));
  meaning.reason = `Read as ${type} as asked.`;
  const without = new Set(meaning.missing);
  const cells = cellsOf(sample, without);
  if (type === 'number') meaning.format = readAsNumbers(cells)?.format;
  if (type === 'boolean')
    meaning.format = asAnswer(cells) ?? { kind: 'boolean', true: ['true', 'yes', 'y', 't', '1'], false: ['false', 'no', 'n', 'f', '0'] };
  if (type === 'datetime')
    meaning.format = (sample.physical === 'datetime'
      ? undefined
      : (readAsDates(cells)?.format ?? numbersAsDates('date', cells)?.format)) ?? { kind: 'datetime', patterns: ['iso'] };
  return ranged(sample, meaning);
}

function plain(sample: ColumnSample, type: ColumnType, words: boolean): Meaning {
  const missing = missingTokens(sample, words);
  return { type, use: 'feature', reason: missing.note.trim(), missing: missing.tokens, missingCells: missing.cells };
}

/** Cells that hold something, spelled out in the sample or not. */
const filledIn = (sample: ColumnSample, missingCells: number): number => sample.rows - sample.missing - missingCells;

const distinctIn = (sample: ColumnSample, meaning: Meaning): number =>
  sample.sample.length < sample.distinct ? sample.distinct : cellsOf(sample, new Set(meaning.missing)).values.length;

function inferPhysical(sample: ColumnSample): Meaning {
  const { physical } = sample;
  const cells = cellsOf(sample);
  const base: Meaning = { type: 'number', use: 'feature', reason: '', missing: [], missingCells: 0 };
  if (physical === 'datetime')
    return ranged(sample, {
      ...base,
      type: 'datetime',
      format: { kind: 'datetime', patterns: ['iso'] },
      reason: 'Held as dates by the source.',
    });
  if (physical === 'boolean')
    return ranged(sample, {
      ...base,
      type: 'boolean',
      format: { kind: 'boolean', true: ['true', '1'], false: ['false', '0'] },
      reason: 'Held as true and false by the source.',
    });
  return ranged(sample, numeric(sample, cells, readAsNumbers(cells) as NumberReading, base, 'Held as numbers by the source.'));
}

function inferText(sample: ColumnSample, certain: Cells): Meaning {
  const answer = asAnswer(certain);
  if (answer && !zeroOne(answer)) {
    const base = plain(sample, 'boolean', true);
    return ranged(sample, {
      ...base,
      format: answer,
      reason: sentence(`Two answers, ${quoted([...answer.false, ...answer.true], 4)}.`, missingNote(sample, base)),
    });
  }
  const tokens = tokensAmongNumbers(sample);
  const cells = cellsOf(sample, tokens);
  const numbers = readAsNumbers(cells);
  if (numbers && numbers.share >= MOST) {
    const base = plain(sample, 'number', false);
    return ranged(sample, numeric(sample, cells, numbers, base, ''));
  }
  const dates = readAsDates(cells);
  if (dates && dates.share >= MOST) {
    const base = plain(sample, 'datetime', false);
    const hint = idName(sample.name);
    if (hint === 'strict' && sample.distinct >= 0.95 * filledIn(sample, base.missingCells) && cells.total >= 20)
      return {
        ...base,
        type: 'id',
        use: 'ignore',
        reason: 'Nearly every cell is different, and the name says id, although the cells look like times.',
      };
    const many =
      dates.format.patterns.length > 1
        ? ` in ${dates.format.patterns.length} forms (${quoted(dates.format.patterns, 4)})`
        : ` written as ${written(dates.format.patterns[0] as string)}`;
    const rest = dates.share < 1 ? ` ${percent(1 - dates.share)} of the cells are no real dates and become missing.` : '';
    return ranged(sample, {
      ...base,
      format: dates.format,
      reason: sentence(`Dates${many}.${rest}${dates.note}`, missingNote(sample, base)),
    });
  }
  return words(sample, numbers);
}

const written = (pattern: string): string => (pattern === 'iso' ? 'year-month-day (ISO 8601)' : `"${pattern}"`);

function numeric(sample: ColumnSample, cells: Cells, reading: NumberReading, base: Meaning, held: string): Meaning {
  const note = missingNote(sample, base);
  const complete = sample.rows === sample.totalRows;
  const distinct = cells.values.length + Math.max(0, sample.distinct - sample.sample.length);
  const filled = filledIn(sample, base.missingCells);
  const whole = reading.whole;
  const format: ColumnFormat = reading.format;
  if (whole && reading.plain) {
    const padded = cells.values.filter((v) => /^[-+]?0\d+$/.test(v)).length;
    if (padded > 0.02 * cells.values.length && padded >= 2) {
      const cats = plain(sample, 'category', true);
      return { ...cats, reason: sentence('Digits with leading zeros: codes, not amounts.', missingNote(sample, cats)) };
    }
    const huge = cells.values.filter((v) => /^[-+]?\d{16,}$/.test(v) && !Number.isSafeInteger(Number(v))).length;
    if (huge > 0) {
      const cats = plain(sample, 'category', true);
      if (distinct >= 0.9 * filled)
        return {
          ...cats,
          type: 'id',
          use: 'ignore',
          reason: `Whole numbers beyond 2^53, which no number holds exactly, and ${percent(distinct / filled)} of them different: an identifier.`,
        };
      return { ...cats, reason: 'Whole numbers beyond 2^53, which no number holds exactly: kept as they are spelled.' };
    }
    const codeWord = nameWords(sample.name).find((w) => CODE_WORDS.has(w));
    if (codeWord !== undefined) {
      const cats = plain(sample, 'category', true);
      return {
        ...cats,
        reason: sentence(
          `Digits that are a code, by the column's name ("${codeWord}"): a category, not an amount.`,
          missingNote(sample, cats),
        ),
      };
    }
    const dates = numbersAsDates(sample.name, cells);
    if (dates)
      return {
        ...base,
        type: 'datetime',
        format: dates.format,
        reason: sentence(
          dates.format.patterns[0] === 'yyyymmdd' ? 'Days written as eight digits (year, month, day).' : `Moments as numbers.${dates.note}`,
          note,
        ),
      };
    const id = wholeNumberId(
      sample.name,
      reading.numbers.filter((n) => !Number.isNaN(n)),
      filled,
      distinct,
      complete,
    );
    if (id !== undefined) return { ...base, type: 'id', use: 'ignore', format, reason: sentence(id, note) };
    const answer = asAnswer(cells);
    if (answer && Math.min(...cells.counts) >= (complete ? 2 : 0.01 * cells.total))
      return { ...base, type: 'boolean', format: answer, reason: sentence('Only 0 and 1.', note) };
    const last = nameWords(sample.name);
    if (last.length > 1 && last[last.length - 1] === 'id' && distinct > 2 && distinct <= 0.5 * filled) {
      const cats = plain(sample, 'category', true);
      return {
        ...cats,
        reason: sentence(`Whole numbers that name ${distinct} things, by the column's name: a category.`, missingNote(sample, cats)),
      };
    }
  }
  const others =
    reading.share < 1 ? ` ${percent(1 - reading.share)} of the cells are no numbers (${quoted(reading.others)}) and become missing.` : '';
  const what =
    reading.plain || reading.note === ''
      ? held === ''
        ? whole
          ? 'Whole numbers.'
          : 'Numbers.'
        : held
      : `Numbers in dress: ${reading.note}.`;
  return { ...base, type: 'number', format, reason: sentence(what + others, note) };
}

function words(sample: ColumnSample, numbers: NumberReading | undefined): Meaning {
  const base = plain(sample, 'category', true);
  const cells = cellsOf(sample, new Set(base.missing));
  const distinct = cells.values.length + Math.max(0, sample.distinct - sample.sample.length);
  let wordCount = 0;
  let letters = 0;
  for (let i = 0; i < cells.values.length; i++) {
    const value = cells.values[i] as string;
    // long prose need not be counted to its end
    wordCount += Math.min(value.length, 2000) > 1 ? value.slice(0, 2000).split(/\s+/).length : 1;
    letters += value.length;
  }
  const meanWords = wordCount / Math.max(1, cells.values.length);
  const meanLetters = letters / Math.max(1, cells.values.length);
  const note = base.reason + missingNote(sample, base);
  const filled = filledIn(sample, base.missingCells);
  const id = textId(sample.name, cells, filled, distinct, meanWords);
  if (id !== undefined) return { ...base, type: 'id', use: 'ignore', reason: sentence(id, note) };
  const ratio = distinct / Math.max(1, filled);
  if (
    (meanWords >= 3 && distinct > 20 && ratio >= 0.3) ||
    (meanWords >= 6 && distinct > 100) ||
    (meanWords >= 2 && distinct > 100 && ratio >= 0.8) ||
    (meanLetters >= 60 && ratio >= 0.3 && meanWords >= 3)
  )
    return {
      ...base,
      type: 'text',
      reason: sentence(`Free text: ${distinct} different cells of ${Math.round(meanWords)} words on average.`, note),
    };
  const mixed =
    numbers && numbers.share > 0.5 ? ` ${percent(numbers.share)} of the cells are numbers, but not ${quoted(numbers.others)}.` : '';
  const many = distinct > 50 || ratio > 0.5 ? ` Many levels: rare ones are hard to learn from.` : '';
  return { ...base, reason: sentence(`${distinct} ${distinct === 1 ? 'level' : 'different levels'}.${mixed}${many}`, note) };
}

/** The two answers of a column as a format; at most one spelling by case of each counts. */
function asAnswer(cells: Cells): Extract<ColumnFormat, { kind: 'boolean' }> | undefined {
  if (cells.values.length < 2 || cells.values.length > 6) return undefined;
  const lower = [...new Set(cells.values.map((v) => v.toLowerCase()))];
  const bare = lower.map((v) => v.replace(/\.0+$/, ''));
  if (bare.every((v) => v === '0' || v === '1') && bare.includes('0') && bare.includes('1'))
    return { kind: 'boolean', true: ['1'], false: ['0'] };
  for (const [no, yes] of ANSWERS)
    if (lower.length === 2 && lower.includes(no) && lower.includes(yes)) return { kind: 'boolean', true: [yes], false: [no] };
  return undefined;
}

const zeroOne = (format: Extract<ColumnFormat, { kind: 'boolean' }>): boolean => format.true[0] === '1';

function missingNote(sample: ColumnSample, meaning: Meaning): string {
  const count = sample.missing + meaning.missingCells;
  if (count === 0) return '';
  const how =
    meaning.missing.length > 0
      ? ` (${[...(sample.missing > 0 ? ['empty'] : []), ...spelledTokens(sample, meaning.missing).map((t) => `"${t}"`)].slice(0, 5).join(', ')})`
      : '';
  return ` ${percent(count / sample.rows)} missing${how}.`;
}

/** Missing tokens as the data spells them. */
function spelledTokens(sample: ColumnSample, tokens: readonly string[]): string[] {
  return sample.sample.filter((v) => tokens.includes(v.toLowerCase()));
}

const sentence = (...parts: string[]): string => parts.join(' ').replace(/ {2,}/g, ' ').trim();

/** Adds least, greatest and mean value, of the profiled cells that are spelled out. */
function ranged(sample: ColumnSample, meaning: Meaning): Meaning {
  if (meaning.type === 'category' || meaning.type === 'text' || meaning.type === 'id') return meaning;
  if (sample.min !== undefined) return { ...meaning, range: { min: sample.min, max: sample.max, mean: sample.mean } };
  const read = cellReader({ type: meaning.type, format: meaning.format, missing: meaning.missing });
  let [min, max, sum, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (let i = 0; i < sample.sample.length; i++) {
    const value = read(sample.sample[i]) as number | undefined;
    if (value === undefined) continue;
    const weight = sample.counts[i] as number;
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value * weight;
    count += weight;
  }
  return count === 0 ? meaning : { ...meaning, range: { min, max, mean: sum / count } };
}
