import type { CsvDialect } from './csv-records.js';

/** What the beginning of a text table tells about it. */
export interface SniffedCsv {
  dialect: CsvDialect;
  /** From the header, or `column_1`, …; trimmed, not checked for repeats. */
  names: string[];
  /** Rows seen beyond the header, at most a few hundred. */
  rowsSeen: number;
}

const DELIMITERS = [',', ';', '\t', '|', '^', '~'];
/** Records that are looked at. */
const LOOKED = 300;

/**
 * Finds separator, quote, comment lines, leading junk and header of a text table.
 * A separator is right when the records have the same number of cells; the header is what does not look like the cells below it.
 * @param head decoded text from the beginning, without byte-order mark
 * @param whole whether `head` is the whole text
 * @param hint separator by the file's name (tab for .tsv), preferred when it fits as well
 */
export function sniffCsv(head: string, whole: boolean, hint?: string): SniffedCsv {
  const comment = leadingComment(head);
  const quote = quoteOf(head);
  let best = { delimiter: hint ?? ',', score: -1, records: [] as string[][], skip: 0 };
  for (const delimiter of DELIMITERS) {
    const records = readRecords(head, delimiter, quote, comment, whole);
    const { score, skip } = evenness(records);
    const better = delimiter === hint ? score >= best.score - 1e-9 : score > best.score + 1e-9;
    if (better && score > 0) best = { delimiter, score, records, skip };
  }
  if (best.score <= 0) best = { delimiter: hint ?? ',', score: 0, records: readRecords(head, '\u0000', quote, comment, whole), skip: 0 };
  const records = best.records.slice(best.skip);
  // one column: nothing separates, so commas in the text are text
  const delimiter = best.score <= 0 && hint === undefined ? '\u0000' : best.delimiter;
  const first = records[0] ?? [];
  let width = widthOf(records);
  const header = hasHeader(records, width);
  // a separator at the end of every line makes no column
  if (header && width > 1 && first.length === width && first[width - 1]?.trim() === '' && records.every((r) => (r[width - 1] ?? '') === ''))
    width--;
  const names = Array.from(
    { length: header ? headerWidth(first, width) : width },
    (_, i) => (header ? (first[i] ?? '').trim() : '') || `column_${i + 1}`,
  );
  // R writes a header without the name of its row names
  if (
    header &&
    names.length === width - 1 &&
    records.length > 2 &&
    records.slice(1, 20).every((r) => r.length === width && r[width - 1] !== '')
  )
    names.unshift('row_name');
  const data = records.slice(header ? 1 : 0).filter((r) => width === 1 || r.length > 1 || r[0] !== '');
  return { dialect: { delimiter, quote, comment, skip: best.skip, header }, names, rowsSeen: data.length };
}

/** The usual number of cells in the rows below the first. */
function widthOf(records: readonly string[][]): number {
  const below = records.slice(1).filter((r) => r.length > 1 || r[0] !== '');
  return below.length === 0 ? (records[0]?.length ?? 0) : usual(below.map((r) => r.length)).value;
}

/** A header whose line ends with a separator names one column less. */
function headerWidth(first: readonly string[], width: number): number {
  return first.length === width ? width : first.length === width + 1 && first[width] === '' ? width : first.length;
}

function usual(numbers: readonly number[]): { value: number; share: number } {
  const counts = new Map<number, number>();
  for (const n of numbers) counts.set(n, (counts.get(n) ?? 0) + 1);
  let [value, most] = [0, 0];
  for (const [n, count] of counts) if (count > most || (count === most && n > value)) [value, most] = [n, count];
  return { value, share: most / Math.max(1, numbers.length) };
}

/** How evenly records are cut: the share with the usual number of cells, a little more for more cells; and lines of junk before them. */
function evenness(records: readonly string[][]): { score: number; skip: number } {
  const lengths = records.filter((r) => r.length > 1 || r[0] !== '').map((r) => r.length);
  if (lengths.length === 0) return { score: -1, skip: 0 };
  const { value, share } = usual(lengths.length > 1 ? lengths.slice(1) : lengths);
  if (value < 2) return { score: 0, skip: 0 };
  // titles above the header: short lines at the top of an otherwise even table
  let skip = 0;
  if (share > 0.8 && records.length > 4) while (skip < 10 && (records[skip]?.length ?? value) <= Math.max(1, value / 3)) skip++;
  const headFits = Math.abs((records[skip]?.length ?? value) - value) <= 1 ? 0 : 0.3;
  return { score: share - headFits + Math.min(value, 50) / 1000, skip };
}

function leadingComment(head: string): string {
  const first = head.trimStart();
  if (first.startsWith('#') && /^#.*[\r\n]+[^#]/m.test(first)) {
    // "#id,name" is a header that begins with a number sign
    const lines = first
      .split(/\r\n|\r|\n/)
      .slice(0, 20)
      .filter((l) => l !== '');
    const commented = lines.filter((l) => l.startsWith('#'));
    const next = lines.find((l) => !l.startsWith('#'));
    if (commented.length === 1 && next !== undefined) {
      const cut = (l: string): number => Math.max(...DELIMITERS.map((d) => l.split(d).length));
      if (cut(commented[0] as string) === cut(next) && cut(next) > 1) return '';
    }
    return '#';
  }
  return '';
}

/** Single quotes count only where there are no double ones and they stand around whole cells. */
function quoteOf(head: string): string {
  if (head.includes('"')) return '"';
  const around = head.match(/(^|[,;\t|])'[^'\r\n]*'(?=[,;\t|\r\n]|$)/gm)?.length ?? 0;
  const all = head.match(/'/g)?.length ?? 0;
  return around > 2 && around * 2 >= all * 0.9 ? "'" : '"';
}

/** A small, forgiving reader for the beginning alone. */
function readRecords(text: string, delimiter: string, quote: string, comment: string, whole: boolean): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let at = 0;
  while (at < text.length && records.length < LOOKED) {
    if (record.length === 0 && comment !== '' && text.startsWith(comment, at)) {
      while (at < text.length && text[at] !== '\n' && text[at] !== '\r') at++;
      at += text.startsWith('\r\n', at) ? 2 : 1;
      continue;
    }
    let cell = '';
    if (text[at] === quote) {
      let close = text.indexOf(quote, at + 1);
      while (close >= 0 && text[close + 1] === quote) close = text.indexOf(quote, close + 2);
      if (close < 0) return whole ? [...records, [...record, text.slice(at)]] : records;
      cell = text.slice(at + 1, close).replaceAll(quote + quote, quote);
      at = close + 1;
    }
    const from = at;
    while (at < text.length && text[at] !== delimiter && text[at] !== '\n' && text[at] !== '\r') at++;
    cell += text.slice(from, at);
    record.push(cell);
    if (at < text.length && text[at] === delimiter) {
      at++;
      if (at < text.length || !whole) continue;
      record.push('');
    }
    if (at >= text.length && !whole) return records;
    records.push(record);
    record = [];
    at += text.startsWith('\r\n', at) ? 2 : 1;
  }
  return records;
}

const isNumber = (cell: string): boolean => /^\s*[-+]?(\d[\d,]*\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$/.test(cell);

/** Whether the first record names the columns: it does unless it looks like the rows below it. */
function hasHeader(records: readonly string[][], width: number): boolean {
  const [first = [], ...below] = records;
  const rows = below.filter((r) => r.length === width).slice(0, 200);
  if (rows.length === 0) return !first.every(isNumber) || first.length === 0;
  let [forHeader, against] = [0, 0];
  for (let c = 0; c < width; c++) {
    const cells = rows.map((r) => r[c] as string).filter((v) => v.trim() !== '');
    const name = (first[c] ?? '').trim();
    if (cells.length === 0) continue;
    const numeric = cells.filter(isNumber).length / cells.length;
    if (numeric >= 0.9) {
      if (isNumber(name)) against++;
      else if (name !== '') forHeader++;
    } else if (name !== '' && rows.length >= 3) {
      // words: a name is not one of the values that come again below
      const again = cells.filter((v) => v.trim() === name).length;
      if (again > 0 && new Set(cells).size <= cells.length * 0.8) against++;
      else if (again === 0 && new Set(cells).size <= cells.length * 0.8) forHeader += 0.5;
    }
  }
  return against === 0 || forHeader >= against;
}
