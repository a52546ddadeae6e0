import { type ColumnSchema, isInput, type Schema, type Task } from '../../core/schema.js';
import { type Column, type NumericColumn, Table } from '../../core/table.js';
import { type Binning, codeColumn, codeCount, makeBinning, measured, SCORE_UNIT } from './binning.js';
import { type Reference, shapeOf } from './reference.js';
import { seasonOf, slotCount, slotOf } from './season.js';
import { MOST_PAIRED, pairCount, pairIndex, Sketch } from './sketch.js';

/** Rows that a reference is made of at most: every k-th. */
const MOST_ROWS = 50_000;
/** Rows that tell how much one row pulls at a correlation. */
const PULL_ROWS = 5000;
/** Heavier tails make sums of products too unlike a normal for a test. */
const MOST_KURTOSIS = 9;
/** Correlation with the row number from which a column counts as moving by itself. */
const MOVING = 0.9;

/** What is made of a table besides its columns. */
export interface ReferenceOptions {
  /** Model outputs as columns, of the table's rows; missing where there is none. */
  predicted?: readonly Column[];
  /** The column that says when a row happened. */
  time?: string;
}

/** The columns of a schema that are watched. */
export function watchedColumns({ columns }: Schema): ColumnSchema[] {
  return columns.filter((c) => isInput(c) && c.type !== 'id');
}

/** The column of a schema that says when a row happened: the one so used, else the first date that is read. */
export function timeColumn({ columns }: Schema): string | undefined {
  return (columns.find((c) => c.use === 'time') ?? columns.find((c) => c.type === 'datetime' && c.use !== 'ignore'))?.name;
}

/**
 * What a model's outputs look like as columns: a number, the probability of the positive class, or of more classes the one called and how sure.
 * @param values row-major rows × outputs
 */
export function predictionsAsColumns(task: Task, values: Float64Array, rows: number): Column[] {
  if (task.kind === 'regression') return [{ kind: 'numeric', name: 'prediction', values }];
  if (task.kind === 'binary')
    return [{ kind: 'numeric', name: 'prediction', values: Float64Array.from({ length: rows }, (_, i) => values[2 * i + 1] as number) }];
  const k = task.classes.length;
  const codes = new Int32Array(rows);
  const sure = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let best = 0;
    for (let c = 1; c < k; c++) if ((values[i * k + c] as number) > (values[i * k + best] as number)) best = c;
    const p = values[i * k + best] as number;
    codes[i] = Number.isNaN(p) ? -1 : best;
    sure[i] = p;
  }
  return [
    { kind: 'category', name: 'prediction', codes, levels: task.classes },
    { kind: 'numeric', name: 'confidence', values: sure },
  ];
}

/**
 * Sketches training rows, for later rows to be compared with.
 * @example buildReference(table, schema, { predicted: predictionsAsColumns(task, values, table.rows) })
 */
export function buildReference(whole: Table, schema: Schema, options: ReferenceOptions = {}): Reference {
  const step = Math.max(1, whole.rows / MOST_ROWS);
  const chosen = Uint32Array.from({ length: Math.min(whole.rows, MOST_ROWS) }, (_, i) => Math.floor(i * step));
  const table = step > 1 ? whole.take(chosen) : whole;
  const outputs = options.predicted ?? [];
  const predicted = step > 1 ? new Table(outputs, whole.rows).take(chosen).columns : outputs;
  const watched = watchedColumns(schema).filter((c) => table.find(c.name));
  const columns = [...watched.map((c) => table.column(c.name)), ...predicted];
  const binnings: Binning[] = columns.map((column, i) => makeBinning(column, watched[i] ?? { type: 'category' }));
  const { rows } = table;
  const codes = columns.map((column, i) => {
    const out = new Uint8Array(rows);
    codeColumn(binnings[i] as Binning, column, out);
    return out;
  });
  scoreCategories(binnings, codes, rows);
  const time = options.time ?? timeColumn(schema);
  const times = timesOf(table, time);
  const kind = times ? seasonOf(times) : 'none';
  const season = kind === 'none' ? { kind } : { kind, column: time as string };
  const sketch = new Sketch(shapeOf({ binnings, season }));
  const slotCounts = binnings.map((b) => new Float64Array(kind === 'none' ? 0 : slotCount(kind) * codeCount(b)));
  const row = new Uint8Array(binnings.length);
  for (let i = 0; i < rows; i++) {
    const slot = times ? slotOf(kind, times[i] as number) : 0;
    for (let c = 0; c < row.length; c++) {
      const code = (codes[c] as Uint8Array)[i] as number;
      row[c] = code;
      if (kind !== 'none') {
        const counts = slotCounts[c] as Float64Array;
        const at = slot * codeCount(binnings[c] as Binning) + code;
        counts[at] = (counts[at] as number) + 1;
      }
    }
    sketch.add(row, slot);
  }
  for (const [c, binning] of binnings.entries()) {
    if (binning.kind !== 'number') continue;
    const values = measured(columns[c] as Column, binning.measure);
    for (let i = 0; i < rows; i++) sketch.addMoment(c, values[i] as number);
  }
  const moving = binnings.map((binning, c) => watched[c]?.type === 'datetime' || movesOn(binning, codes[c] as Uint8Array));
  const pulls = pullsOf(binnings, codes, rows, Math.min(watched.length, MOST_PAIRED));
  return { binnings, predictions: predicted.length, moving, season, sketch, slotCounts, pulls };
}

/** The times of a table's rows, where it has that column as numbers. */
export function timesOf(table: Table, column: string | undefined): Float64Array | undefined {
  const found = column === undefined ? undefined : table.find(column);
  return found?.kind === 'numeric' ? (found as NumericColumn).values : undefined;
}

/** Gives the levels of each category the mean scores that they have in the numeric column which they tell most of. */
function scoreCategories(binnings: Binning[], codes: readonly Uint8Array[], rows: number): void {
  const numeric = binnings.flatMap((b, i) => (b.kind === 'number' ? [i] : []));
  for (const [c, binning] of binnings.entries()) {
    if (binning.kind !== 'category') continue;
    const own = codes[c] as Uint8Array;
    const size = codeCount(binning);
    const counts = new Float64Array(size);
    for (let i = 0; i < rows; i++) counts[own[i] as number] = (counts[own[i] as number] as number) + 1;
    let best = Number.NEGATIVE_INFINITY;
    let means = Float64Array.from(counts, (_, k) => -k); // without any number, by how frequent they are
    for (const o of numeric) {
      const { scores } = binnings[o] as Binning;
      const other = codes[o] as Uint8Array;
      const sums = new Float64Array(size);
      for (let i = 0; i < rows; i++) sums[own[i] as number] = (sums[own[i] as number] as number) + (scores[other[i] as number] as number);
      let between = 0;
      for (let k = 1; k < size; k++)
        if ((counts[k] as number) > 0) between += ((sums[k] as number) * (sums[k] as number)) / (counts[k] as number);
      if (between <= best) continue;
      best = between;
      means = sums.map((s, k) => s / Math.max(1, counts[k] as number));
    }
    binnings[c] = { ...binning, scores: standardised(means, counts) };
  }
}

/** Whole scores of mean 0 and deviation 1 over the known levels; 0 for missing and for all others. */
function standardised(means: Float64Array, counts: Float64Array): number[] {
  const last = means.length - 1;
  let n = 0;
  let sum = 0;
  for (let k = 1; k < last; k++) {
    n += counts[k] as number;
    sum += (counts[k] as number) * (means[k] as number);
  }
  const mean = n > 0 ? sum / n : 0;
  let squares = 0;
  for (let k = 1; k < last; k++) squares += (counts[k] as number) * ((means[k] as number) - mean) * ((means[k] as number) - mean);
  const spread = squares > 0 ? Math.sqrt(squares / n) : 1;
  return Array.from(means, (m, k) => {
    const z = Math.max(-4, Math.min(4, (m - mean) / spread));
    return k === 0 || k === last ? 0 : Math.round(z * SCORE_UNIT) + 0;
  });
}

/** Whether a number rises or falls with the row number, as counters and sorted columns do. */
function movesOn(binning: Binning, codes: Uint8Array): boolean {
  const n = codes.length;
  if (binning.kind !== 'number' || n < 50 || binning.uppers.length < 5) return false;
  let sum = 0;
  let squares = 0;
  let products = 0;
  for (let i = 0; i < n; i++) {
    const s = binning.scores[codes[i] as number] as number;
    sum += s;
    squares += s * s;
    products += s * (i - (n - 1) / 2);
  }
  const spread = squares - (sum * sum) / n;
  const rowSpread = (n * (n * n - 1)) / 12;
  return spread > 0 && Math.abs(products) / Math.sqrt(spread * rowSpread) >= MOVING;
}

/** The deviation of the influence function of each correlation: ab − r(a² + b²)/2 for standardised scores a and b. */
function pullsOf(binnings: readonly Binning[], codes: readonly Uint8Array[], rows: number, paired: number): Float64Array {
  const pulls = new Float64Array(pairCount(binnings.length));
  const n = Math.min(rows, PULL_ROWS);
  if (n < 50) return pulls;
  const step = rows / n;
  const standard: Float64Array[] = [];
  const fit: boolean[] = [];
  for (let c = 0; c < paired; c++) {
    const { scores } = binnings[c] as Binning;
    const z = Float64Array.from({ length: n }, (_, i) => scores[(codes[c] as Uint8Array)[Math.floor(i * step)] as number] as number);
    let mean = 0;
    for (const v of z) mean += v / n;
    let square = 0;
    let fourth = 0;
    for (const v of z) {
      const q = (v - mean) * (v - mean);
      square += q / n;
      fourth += (q * q) / n;
    }
    const spread = Math.sqrt(square);
    standard.push(z.map((v) => (v - mean) / (spread || 1)));
    fit.push(square > 0 && fourth / (square * square) <= MOST_KURTOSIS);
  }
  for (let a = 0; a < paired; a++) {
    for (let b = 0; b < a; b++) {
      if (!fit[a] || !fit[b]) continue;
      const x = standard[a] as Float64Array;
      const y = standard[b] as Float64Array;
      let r = 0;
      for (let i = 0; i < n; i++) r += ((x[i] as number) * (y[i] as number)) / n;
      // columns that say the same leave nothing to compare
      if (Math.abs(r) > 0.999) continue;
      let sum = 0;
      for (let i = 0; i < n; i++) {
        const p = x[i] as number;
        const q = y[i] as number;
        const pull = p * q - (r * (p * p + q * q)) / 2;
        sum += pull * pull;
      }
      pulls[pairIndex(a, b)] = Math.round(Math.sqrt(sum / n) * 1e6) / 1e6;
    }
  }
  return pulls;
}
