import type { ColumnSample } from './column-sample.js';

/** Different cells of a column with their counts, without those that mean "missing". */
export interface Cells {
  values: string[];
  counts: number[];
  /** Sum of `counts`. */
  total: number;
}

/** Everywhere "missing", whatever the column holds. */
const CERTAIN = new Set([
  '?',
  'n/a',
  '#n/a',
  '#na',
  'null',
  '(null)',
  '<null>',
  'nan',
  '<na>',
  '-',
  '--',
  '---',
  '.',
  '\\n',
  'nil',
  '#null!',
  '#value!',
  '#div/0!',
  '#ref!',
  'n.a.',
  '-nan',
  '#n/a n/a',
  '1.#qnan',
  '-1.#ind',
  '1.#ind',
]);
/** "Missing" among numbers and dates; among words they may be a level of their own. */
const AMONG_NUMBERS = new Set([
  'na',
  'none',
  'unknown',
  'unk',
  'missing',
  'not available',
  'not applicable',
  'undefined',
  'inf',
  '-inf',
  '+inf',
  'infinity',
  '-infinity',
  'tbd',
  'tba',
  'nat',
  'no data',
  'n\\a',
  'void',
  'blank',
  'empty',
]);

export function cellsOf(sample: ColumnSample, without: ReadonlySet<string> = new Set()): Cells {
  const values: string[] = [];
  const counts: number[] = [];
  let total = 0;
  for (let i = 0; i < sample.sample.length; i++) {
    const value = sample.sample[i] as string;
    if (without.has(value.toLowerCase())) continue;
    values.push(value);
    counts.push(sample.counts[i] as number);
    total += sample.counts[i] as number;
  }
  return { values, counts, total };
}

/** The tokens of the column that mean "missing", lower-case, and how many cells they take. */
export interface MissingTokens {
  tokens: string[];
  cells: number;
  /** What was decided about doubtful words. */
  note: string;
}

/** Tokens to leave out before the type of a column is looked for. */
export function certainTokens(sample: ColumnSample): Set<string> {
  return new Set(sample.sample.map((v) => v.toLowerCase()).filter((v) => CERTAIN.has(v)));
}

/** Tokens to leave out when the rest of the column is numbers or dates. */
export function tokensAmongNumbers(sample: ColumnSample): Set<string> {
  return new Set(sample.sample.map((v) => v.toLowerCase()).filter((v) => CERTAIN.has(v) || AMONG_NUMBERS.has(v)));
}

/**
 * Decides which tokens mean "missing" once it is known whether the other cells are words.
 * Among words "None" is a level, and so is "NA" where it is very frequent or stands among codes as short as itself.
 */
export function missingTokens(sample: ColumnSample, words: boolean): MissingTokens {
  const found = words ? certainTokens(sample) : tokensAmongNumbers(sample);
  let note = '';
  if (words) {
    const { values, counts, total } = cellsOf(sample, found);
    const at = values.findIndex((v) => v.toLowerCase() === 'na');
    if (at >= 0) {
      const share = (counts[at] as number) / Math.max(1, total);
      const codes = values.length >= 12 && values.every((v) => /^[A-Z]{2,3}$/.test(v));
      if (codes) note = ' "NA" is kept as a level: the others are codes of the same kind.';
      else if (share > 0.4)
        note = ` "NA" is kept as a level of its own: ${percent(share)} of the cells say so, which looks like "does not apply".`;
      else found.add('na');
    }
    if (values.some((v) => v.toLowerCase() === 'none')) note += ' "None" is kept as a level of its own.';
  }
  let cells = 0;
  for (let i = 0; i < sample.sample.length; i++)
    if (found.has((sample.sample[i] as string).toLowerCase())) cells += sample.counts[i] as number;
  return { tokens: [...found].sort(), cells, note };
}

/** `0.123` → `"12 %"`, with enough digits to be honest about small shares. */
export function percent(share: number): string {
  const p = share * 100;
  if (p === 0 || p === 100) return `${p} %`;
  if (p < 0.1) return 'under 0.1 %';
  if (p > 99.9) return 'over 99.9 %';
  return `${p < 10 || p > 90 ? Math.round(p * 10) / 10 : Math.round(p)} %`;
}

/** Up to three values as a person would quote them. */
export function quoted(values: readonly string[], most = 3): string {
  const shown = values.slice(0, most).map((v) => `"${v.length > 30 ? `${v.slice(0, 29)}…` : v}"`);
  return shown.join(', ') + (values.length > most ? ', …' : '');
}
