import type { NumericColumn } from '../../core/table.js';
import type { Fields } from '../fields.js';
import type { BoundStep, StepData, StepKind } from '../step.js';
import { categoryOf, newNumeric, replaceColumns } from './columns.js';

/** `length` in UTF-16 units, `words`, and the shares of characters that are digits, upper case or ASCII punctuation. */
export const TEXT_STATS = ['length', 'words', 'digits', 'upper', 'punctuation'] as const;
export type TextStat = (typeof TEXT_STATS)[number];

/** Replaces a text by measures of it and by how often each of some fitted words occurs in it. */
export interface TextStatsStep extends StepData {
  readonly kind: 'text-stats';
  readonly columns: readonly {
    readonly name: string;
    readonly stats: readonly { readonly stat: TextStat; readonly name: string }[];
    readonly words: readonly { readonly word: string; readonly name: string }[];
  }[];
}

interface Part {
  readonly from: ReturnType<typeof categoryOf>;
  readonly stats: readonly { readonly stat: TextStat; readonly column: NumericColumn }[];
  readonly words: readonly NumericColumn[];
  readonly index: ReadonlyMap<string, number>;
  /** For each level of the table, the first row that holds it. */
  first: Int32Array;
}

export const textStats: StepKind<TextStatsStep> = {
  read: (fields: Fields): TextStatsStep => ({
    kind: 'text-stats',
    columns: fields.list('columns', (f) => ({
      name: f.text('name'),
      stats: f.list('stats', (s) => ({ stat: s.choice('stat', TEXT_STATS), name: s.text('name') })),
      words: f.list('words', (w) => ({ word: w.text('word'), name: w.text('name') })),
    })),
  }),
  bind(step, input): BoundStep {
    const parts = step.columns.map(
      ({ name, stats, words }): Part => ({
        from: categoryOf(input, name),
        stats: stats.map((s) => ({ stat: s.stat, column: newNumeric(s.name, input.rows) })),
        words: words.map((w) => newNumeric(w.name, input.rows)),
        index: new Map(words.map((w, i) => [w.word, i])),
        first: new Int32Array(0),
      }),
    );
    const replaced = new Map(parts.map((p) => [p.from.name, [...p.stats.map((s) => s.column), ...p.words]]));
    return { table: replaceColumns(input, replaced), run: () => parts.forEach(measure) };
  },
};

function measure(part: Part): void {
  const { codes, levels } = part.from;
  if (part.first.length !== levels.length) part.first = new Int32Array(levels.length);
  part.first.fill(-1);
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row] as number;
    const first = code < 0 ? -1 : (part.first[code] as number);
    if (first >= 0) copyRow(part, first, row);
    else {
      measureRow(part, code < 0 ? undefined : (levels[code] as string), row);
      if (code >= 0) part.first[code] = row;
    }
  }
}

function copyRow(part: Part, from: number, to: number): void {
  for (const { column } of part.stats) column.values[to] = column.values[from] as number;
  for (const column of part.words) column.values[to] = column.values[from] as number;
}

function measureRow(part: Part, text: string | undefined, row: number): void {
  for (const column of part.words) column.values[row] = 0;
  if (text === undefined) {
    for (const { column } of part.stats) column.values[row] = Number.NaN;
    return;
  }
  let words = 0;
  forEachWord(text, (word) => {
    words++;
    const at = part.index.get(word);
    const values = at === undefined ? undefined : part.words[at]?.values;
    if (values) values[row] = (values[row] as number) + 1;
  });
  for (const { stat, column } of part.stats) column.values[row] = stat === 'words' ? words : textStat(text, stat);
}

function textStat(text: string, stat: Exclude<TextStat, 'words'>): number {
  if (stat === 'length' || text.length === 0) return text.length;
  const end = Math.min(text.length, LONGEST);
  let count = 0;
  for (let i = 0; i < end; i++) {
    const c = text.charCodeAt(i);
    if (stat === 'digits') count += c >= 48 && c <= 57 ? 1 : 0;
    else if (stat === 'punctuation') count += isPunctuation(c) ? 1 : 0;
    else if (c < 128) count += c >= 65 && c <= 90 ? 1 : 0;
    else count += text.charAt(i).toLowerCase() !== text.charAt(i) ? 1 : 0;
  }
  return count / end;
}

function isPunctuation(c: number): boolean {
  return (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) || (c >= 123 && c <= 126);
}

/** Words and shares look at no more than this many UTF-16 units of a text, so that one huge cell cannot stall a run. */
export const LONGEST = 20_000;

/**
 * Calls `visit` with each run of letters and digits, in lower case and in order.
 * @param longest UTF-16 units looked at
 * @example forEachWord("Don't stop", visit) // don, t, stop
 */
export function forEachWord(text: string, visit: (word: string) => void, longest: number = LONGEST): void {
  const word = /[\p{L}\p{N}]+/gu;
  const lower = (text.length > longest ? text.slice(0, longest) : text).toLowerCase();
  for (let found = word.exec(lower); found; found = word.exec(lower)) visit(found[0]);
}
