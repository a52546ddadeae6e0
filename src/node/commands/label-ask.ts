import { MillwrightError } from '../../core/errors.js';
import { Rng } from '../../core/rng.js';
import { type ColumnSchema, isInput } from '../../core/schema.js';
import type { Table } from '../../core/table.js';
import { chooseRows } from '../../engine/label/choose-rows.js';
import { RowDistance } from '../../engine/label/row-distance.js';
import { doubt } from '../../engine/label/uncertainty.js';
import type { Bundle } from '../../model/bundle.js';
import { calledClass } from '../../model/predict.js';
import { emptyReport } from '../../model/table-from-rows.js';
import type { DataSource } from '../data/data-source.js';
import { csvNumber, csvText } from './csv-cell.js';
import { contentKey, rowId, spelledRows } from './label-cells.js';
import { nodeClock } from './node-clock.js';

const BATCH = 8192;
/** Of a batch of rows so many for each row to ask for are looked at more closely, and so many at least. */
const CLOSER = 10;
const FEWEST = 1000;

/** A row to ask for. */
interface Wanted {
  /** From 1. */
  readonly number: number;
  readonly prediction: string;
  /** 0 to 1, the most unsure row of the pool being 1. */
  readonly uncertainty: number;
}

/** Rows to ask for, and how many there were to choose from. */
export interface Asked {
  readonly csv: string;
  readonly count: number;
  readonly open: number;
  readonly answered: number;
}

/** Columns that a file of questions has of its own. */
export const OWN_COLUMNS = { id: 'row_id', prediction: 'prediction', uncertainty: 'uncertainty' } as const;

/**
 * Chooses the rows of a pool to ask a person for, and writes them down with room for the answers.
 * @param known content of rows that have an answer elsewhere
 * @throws MillwrightError `SCHEMA_MISMATCH` when the pool has no column that the model reads, `DATA_EMPTY` when no row is open
 */
export async function askFor(
  bundle: Bundle,
  pool: DataSource,
  known: ReadonlySet<string>,
  options: { count: number; seed: number },
): Promise<Asked> {
  const target = bundle.task.target;
  const inputs = bundle.schema.columns.filter((c) => isInput(c) && pool.columns.includes(c.name));
  if (inputs.length === 0)
    throw new MillwrightError(
      'SCHEMA_MISMATCH',
      `${pool.label} has none of the columns that the model reads.`,
      'Name the pool that goes with this model.',
    );
  const names = pool.columns.filter((name) => name !== target);
  const candidates = await closeLook(bundle, pool, names, known, options.count);
  if (candidates.open === 0)
    throw new MillwrightError('DATA_EMPTY', `Every row of ${pool.label} has an answer in "${target}".`, 'Bring rows without an answer.');
  const { tables, uncertainty, numbers, predictions } = candidates;
  const distance = new RowDistance(tables, columnWeights(bundle, inputs));
  const chosen = chooseRows({ uncertainty, distance, count: options.count, rng: new Rng(options.seed).child('label') });
  let most = 0;
  for (const u of uncertainty) most = Math.max(most, u);
  const wanted = chosen.map((i): Wanted => {
    const share = most > 0 ? (uncertainty[i] as number) / most : 1;
    return { number: numbers[i] as number, prediction: predictions[i] as string, uncertainty: Number(share.toPrecision(3)) };
  });
  const csv = await questions(pool, names, target, wanted);
  return { csv, count: wanted.length, open: candidates.open, answered: candidates.answered };
}

interface Candidates {
  tables: Table[];
  uncertainty: Float64Array;
  numbers: number[];
  predictions: string[];
  open: number;
  answered: number;
}

/** The most unsure open rows of each batch, and some others by chance, which tell what is usual. */
async function closeLook(
  bundle: Bundle,
  pool: DataSource,
  names: readonly string[],
  known: ReadonlySet<string>,
  count: number,
): Promise<Candidates> {
  const found: Omit<Candidates, 'uncertainty'> & { uncertainty: number[] } = {
    tables: [],
    uncertainty: [],
    numbers: [],
    predictions: [],
    open: 0,
    answered: 0,
  };
  const report = emptyReport();
  const { task } = bundle;
  const classes = task.classes.length;
  let before = 0;
  for await (const { table, kept } of pool.batches(bundle.schema, BATCH, { keep: names, report })) {
    const answers = table.find(task.target);
    const isOpen = (i: number): boolean => {
      const none = !answers || (answers.kind === 'numeric' ? Number.isNaN(answers.values[i] as number) : (answers.codes[i] as number) < 0);
      if (!none) return false;
      return (
        known.size === 0 ||
        !known.has(
          contentKey(
            names,
            kept.map((cells) => cells[i] as string),
          ),
        )
      );
    };
    const { predicted, uncertainty } = doubt(bundle, table);
    const open = Array.from({ length: table.rows }, (_, i) => i).filter(isOpen);
    found.open += open.length;
    found.answered += table.rows - open.length;
    const sorted = open.toSorted((a, b) => (uncertainty[b] as number) - (uncertainty[a] as number) || a - b);
    const near = sorted.slice(0, Math.max(FEWEST, CLOSER * count));
    found.tables.push(table.take(Uint32Array.from(near)));
    for (const i of near) {
      found.uncertainty.push(uncertainty[i] as number);
      found.numbers.push(before + i + 1);
      found.predictions.push(
        task.kind === 'regression'
          ? csvNumber(predicted[i] as number)
          : csvText(task.classes[calledClass(task, predicted.subarray(i * classes, (i + 1) * classes), 0, bundle.threshold)] as string),
      );
    }
    before += table.rows;
    await nodeClock.pause();
  }
  return { ...found, uncertainty: Float64Array.from(found.uncertainty) };
}

/** What the model listens to counts most; each column counts a little. */
function columnWeights({ metrics }: Bundle, inputs: readonly ColumnSchema[]): Map<string, number> {
  const told = Array.isArray(metrics.importance) ? (metrics.importance as unknown[]) : [];
  const drops = new Map<string, number>();
  for (const item of told) {
    const { column, drop } = (item ?? {}) as { column?: unknown; drop?: { value?: unknown } };
    if (typeof column === 'string' && typeof drop?.value === 'number' && drop.value > 0) drops.set(column, drop.value);
  }
  let total = 0;
  for (const { name } of inputs) total += drops.get(name) ?? 0;
  return new Map(inputs.map(({ name }) => [name, 0.3 / inputs.length + (total > 0 ? (0.7 * (drops.get(name) ?? 0)) / total : 0)]));
}

/** The rows with room for the answer, in the order of their worth. */
async function questions(pool: DataSource, names: readonly string[], target: string, wanted: readonly Wanted[]): Promise<string> {
  const own = [OWN_COLUMNS.id, target, OWN_COLUMNS.prediction, OWN_COLUMNS.uncertainty];
  const shown = names.map((name, i) => ({ name, i })).filter(({ name }) => !own.includes(name));
  const place = new Map(wanted.map((w, i) => [w.number, i]));
  const lines: string[] = new Array(wanted.length).fill('');
  for await (const { number, cells } of spelledRows(pool, names)) {
    const at = place.get(number);
    if (at === undefined) continue;
    const { prediction, uncertainty } = wanted[at] as Wanted;
    const row = [rowId(number, names, cells), '', prediction, csvNumber(uncertainty), ...shown.map(({ i }) => csvText(cells[i] as string))];
    lines[at] = `${row.join(',')}\n`;
  }
  return `${[...own, ...shown.map(({ name }) => name)].map(csvText).join(',')}\n${lines.join('')}`;
}
