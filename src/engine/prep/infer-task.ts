import { MillwrightError } from '../../core/errors.js';
import type { ColumnSchema, Schema, Task, TaskKind } from '../../core/schema.js';
import { shellWord } from '../../core/shell-word.js';
import { cellReader, missingTest } from '../../model/parse-cell.js';
import { percent, quoted } from './infer-cells.js';
import { nameWords } from './infer-id.js';

/** A cell of the target as spelled, with its count over the whole data. */
export interface TargetCount {
  value: string;
  count: number;
}

const CLASS_NAMES = new Set([
  'class',
  'label',
  'type',
  'species',
  'category',
  'cluster',
  'segment',
  'kind',
  'group',
  'digit',
  'status',
  'outcome',
  'diagnosis',
]);
const AMOUNT_NAMES = new Set([
  'quality',
  'rating',
  'score',
  'grade',
  'count',
  'cnt',
  'age',
  'rings',
  'number',
  'num',
  'year',
  'years',
  'price',
  'amount',
  'days',
  'hours',
  'minutes',
  'stars',
  'points',
  'level',
  'rank',
  'total',
  'sum',
  'quantity',
  'cost',
  'value',
  'sales',
]);
/** Fewer rows than this, and a class of one row is taken for a mistake that must be looked at. */
const SMALL_TABLE = 5000;
const MOST_CLASSES = 200;

/**
 * Decides which question is put to the table, and the order of the classes.
 * @param column the target as inferred
 * @param counts every different target cell with its exact count; may be cut where there are more than 2,000 of them
 * @param kind what a person asked for; errors are then about whether it can be
 * @throws MillwrightError `TARGET_MISSING`, `TARGET_CONSTANT`, `TARGET_IS_ID`, `TARGET_NOT_NUMERIC`, `TARGET_CLASS_TOO_SMALL`, `OPTION_INVALID`
 */
export function inferTask(column: ColumnSchema, counts: readonly TargetCount[], kind?: TaskKind): Task {
  const isMissing = missingTest(column);
  const merged = new Map<string, number>();
  for (const { value, count } of counts) if (!isMissing(value)) merged.set(value.trim(), (merged.get(value.trim()) ?? 0) + count);
  const present = [...merged].map(([value, count]) => ({ value, count }));
  const rows = present.reduce((sum, c) => sum + c.count, 0);
  const name = column.name;
  if (present.length === 0)
    throw new MillwrightError(
      'TARGET_MISSING',
      `The target "${name}" has no value in any row.`,
      'Choose a column that holds the answer, with --target.',
    );
  if (present.length === 1)
    throw new MillwrightError(
      'TARGET_CONSTANT',
      `The target "${name}" says ${quoted([present[0]?.value ?? ''])} in every row, so there is nothing to predict.`,
      'Choose another target, or add rows with other answers.',
    );
  const numbers = numbersOf(column, present);
  if (column.type === 'id' && kind === undefined)
    throw isId(name, `it looks like an identifier: ${column.reason.replace(/^The target\. /, '')}`);
  const asNumber = numbers !== undefined;
  const chosen = kind ?? guess(name, present, numbers, rows);
  if (chosen === 'regression') {
    if (column.type === 'datetime')
      throw new MillwrightError(
        'TARGET_NOT_NUMERIC',
        `The target "${name}" holds dates, and a number is needed.`,
        'Predict a length of time instead, for instance days since the start, made with --sql.',
      );
    if (!asNumber)
      throw new MillwrightError(
        'TARGET_NOT_NUMERIC',
        `The target "${name}" holds words such as ${quoted(present.map((p) => p.value))}, which cannot be predicted as a number.`,
        'Leave --task out, or use --task binary or multiclass.',
      );
    return { kind: 'regression', target: name, classes: [], reason: regressionReason(present, numbers, kind) };
  }
  return classes(name, present, rows, kind, asNumber, column);
}

/** The schema with its target read as the task needs it: classes as spelled, or numbers. */
export function withTask(schema: Schema, task: Task): Schema {
  return {
    columns: schema.columns.map((c) => {
      if (c.name !== task.target) return c;
      const type = task.kind === 'regression' ? 'number' : 'category';
      const { format, ...rest } = c;
      return type === 'number' && format?.kind === 'number' ? { ...rest, type, use: 'target', format } : { ...rest, type, use: 'target' };
    }),
  };
}

/** The target's cells as numbers when it is a column of numbers, else `undefined`. */
function numbersOf(column: ColumnSchema, present: readonly TargetCount[]): number[] | undefined {
  if (column.type === 'datetime') return undefined;
  const format = column.format?.kind === 'number' ? column.format : undefined;
  const read = cellReader({ type: 'number', format, missing: column.missing });
  let readable = 0;
  let total = 0;
  const numbers = present.map(({ value, count }) => {
    const number = read(value) as number | undefined;
    total += count;
    if (number !== undefined) readable += count;
    return number ?? Number.NaN;
  });
  return readable >= 0.95 * total ? numbers : undefined;
}

function guess(name: string, present: readonly TargetCount[], numbers: readonly number[] | undefined, rows: number): TaskKind {
  if (present.length === 2) return 'binary';
  if (!numbers) return 'multiclass';
  const known = numbers.filter((n) => !Number.isNaN(n));
  if (new Set(known).size === 2) return 'binary';
  return codes(name, present, numbers, rows) ? 'multiclass' : 'regression';
}

/** Whether whole numbers are codes of classes rather than amounts. */
function codes(name: string, present: readonly TargetCount[], numbers: readonly number[], rows: number): boolean {
  const sorted = present
    .map((p, i) => ({ n: numbers[i] as number, count: p.count }))
    .filter((p) => !Number.isNaN(p.n))
    .sort((a, b) => a.n - b.n);
  const d = sorted.length;
  if (!sorted.every((p) => Number.isInteger(p.n)) || rows < 3 * d) return false;
  const words = nameWords(name);
  if (words.some((w) => CLASS_NAMES.has(w))) return d <= 30;
  const [first, last] = [sorted[0]?.n ?? 0, sorted[d - 1]?.n ?? 0];
  const amount = words.some((w) => AMOUNT_NAMES.has(w));
  if (amount && d > 3) return false;
  // codes start at 0 or 1 and leave hardly a gap; counts and scores of few values also do, but rise to one hill and fall away
  const dense = (first === 0 || first === 1) && last - first + 1 - d <= 1;
  if (d <= 3) return dense || d * 20 <= rows;
  return dense && d <= 12 && !oneHill(sorted.map((p) => p.count));
}

/** Counts that rise to one peak and fall again, the peak inside or at an end. */
function oneHill(counts: readonly number[]): boolean {
  let i = 1;
  while (i < counts.length && (counts[i] as number) >= (counts[i - 1] as number)) i++;
  while (i < counts.length && (counts[i] as number) <= (counts[i - 1] as number)) i++;
  return i === counts.length;
}

function regressionReason(present: readonly TargetCount[], numbers: readonly number[], kind: TaskKind | undefined): string {
  if (kind !== undefined) return 'Regression as asked.';
  const whole = numbers.every((n) => Number.isNaN(n) || Number.isInteger(n));
  if (whole && present.length <= 30)
    return `The target holds ${present.length} different whole numbers that look like amounts or an ordered score. If they are names of classes, use --task multiclass.`;
  return 'The target is a number with many different values.';
}

function classes(
  name: string,
  present: TargetCount[],
  rows: number,
  kind: TaskKind | undefined,
  asNumber: boolean,
  column: ColumnSchema,
): Task {
  if (kind === 'binary' && present.length !== 2)
    throw new MillwrightError(
      'OPTION_INVALID',
      `--task binary needs two different answers, but the target "${name}" has ${present.length}.`,
      'Leave --task out, or use --task multiclass.',
    );
  if (present.length > MOST_CLASSES || (present.length > 20 && present.length > 0.5 * rows)) {
    if (!asNumber && column.type === 'text') throw isId(name, `it holds free text, ${present.length} different cells in ${rows} rows`);
    if (present.length > 0.5 * rows) throw isId(name, `nearly every row has its own answer (${present.length} different in ${rows} rows)`);
    if (kind === undefined || present.length > 2 * MOST_CLASSES)
      throw new MillwrightError(
        'OPTION_INVALID',
        `The target "${name}" has ${present.length} classes; at most ${MOST_CLASSES} can be told apart.`,
        'Group the rare classes into one, for instance with --sql.',
      );
  }
  const singles = present.filter((p) => p.count === 1).map((p) => p.value);
  if (singles.length > 0 && (rows < SMALL_TABLE || present.length === 2)) {
    throw new MillwrightError(
      'TARGET_CLASS_TOO_SMALL',
      `The target "${name}" has ${singles.length === 1 ? 'a class' : `${singles.length} classes`} with one row alone: ${quoted(singles, 5)}. One row cannot be both learned from and checked.`,
      `Add rows, correct the spelling, or leave them out: --sql ${shellWord(withoutClasses(name, singles))}`,
    );
  }
  const two = present.length === 2;
  const labels = two ? binaryOrder(present) : present.map((p) => p.value).sort(byNumberThenSpelling);
  const odd =
    singles.length > 0 ? ` ${quoted(singles, 5)} ${singles.length === 1 ? 'has' : 'have'} one row alone and can hardly be learned.` : '';
  const asked = kind === undefined ? '' : ' as asked';
  const coded =
    asNumber && !two && kind === undefined
      ? ' They are whole numbers that look like codes; if they are amounts, use --task regression.'
      : '';
  const share = two ? percent((present.find((p) => p.value === labels[1])?.count ?? 0) / rows) : '';
  return {
    kind: two ? 'binary' : 'multiclass',
    target: name,
    classes: labels,
    reason: two
      ? `Two answers${asked}: "${labels[0]}" and "${labels[1]}"; "${labels[1]}" (${share} of the rows) is the one to look for.`
      : `${present.length} classes${asked}.${coded}${odd}`,
  };
}

/** A query for the rows whose target is none of these; many are cut short, to be completed by hand. */
function withoutClasses(name: string, classes: readonly string[]): string {
  const list = classes.slice(0, 5).map((s) => `'${s.replaceAll("'", "''")}'`);
  return `SELECT * FROM data WHERE "${name.replaceAll('"', '""')}" NOT IN (${list.join(', ')})`;
}

function isId(name: string, why: string): MillwrightError {
  return new MillwrightError(
    'TARGET_IS_ID',
    `The target "${name}" cannot be learned: ${why}`.replace(/\.?$/, '.'),
    'Choose a column whose values repeat or measure something, or force the task with --task.',
  );
}

const YES = new Set([
  'yes',
  'y',
  'true',
  't',
  '1',
  '1.',
  '1.0',
  'positive',
  'pos',
  '+',
  '+1',
  'on',
  'ja',
  'oui',
  'si',
  'sí',
  'wahr',
  'vrai',
  'spam',
  'sick',
  'disease',
  'fraud',
  'churn',
  'churned',
  'default',
  'bad',
  'malignant',
  'up',
]);
const NO = new Set([
  'no',
  'n',
  'false',
  'f',
  '0',
  '0.',
  '0.0',
  '-1',
  'negative',
  'neg',
  '-',
  'off',
  'nein',
  'non',
  'falsch',
  'faux',
  'ham',
  'healthy',
  'normal',
  'good',
  'benign',
  'down',
  'none',
  'control',
]);

/** The negative class first: by what the labels say, else the more frequent one. */
function binaryOrder(present: readonly TargetCount[]): string[] {
  const [a, b] = present as [TargetCount, TargetCount];
  const score = ({ value }: TargetCount): number => {
    const lower = value.toLowerCase();
    if (NO.has(lower) || /^(no|not|non|un|never|without|<|≤)[\s_=\d-]/.test(lower)) return -1;
    if (/^(>|≥)/.test(lower)) return 1;
    return YES.has(lower) ? 1 : 0;
  };
  let [sa, sb] = [score(a), score(b)];
  // "1" means yes beside "0" or "-1", not beside "2"
  const [na, nb] = [Number(a.value), Number(b.value)];
  if (Number.isFinite(na) && Number.isFinite(nb) && a.value !== '' && b.value !== '' && Math.min(na, nb) > 0) [sa, sb] = [0, 0];
  if (sa !== sb) return sa < sb ? [a.value, b.value] : [b.value, a.value];
  if (a.count !== b.count) return a.count > b.count ? [a.value, b.value] : [b.value, a.value];
  return [a.value, b.value].sort(byNumberThenSpelling);
}

/** 2 before 10, numbers before words, words by code units: the same on every machine. */
function byNumberThenSpelling(a: string, b: string): number {
  const [na, nb] = [Number(a), Number(b)];
  const [fa, fb] = [Number.isFinite(na), Number.isFinite(nb)];
  if (fa && fb && na !== nb) return na - nb;
  if (fa !== fb) return fa ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
