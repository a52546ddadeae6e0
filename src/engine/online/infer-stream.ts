import { MillwrightError } from '../../core/errors.js';
import { nearestName } from '../../core/nearest-name.js';
import { type ColumnSchema, type ColumnType, isFeature, type Schema, type TaskKind } from '../../core/schema.js';
import { spelling } from '../../model/parse-cell.js';
import { plainNumber } from '../../model/parse-number.js';
import { type ColumnSample, codeCells, summariseColumn } from '../prep/column-sample.js';
import { inferSchema } from '../prep/infer-schema.js';
import { inferTask, withTask } from '../prep/infer-task.js';

/** What a person decided of a stream. */
export interface StreamQuestion {
  target: string;
  task?: TaskKind;
  drop?: readonly string[];
  types?: ReadonlyMap<string, ColumnType>;
}

/** What the columns of a stream mean, and what is predicted. */
export interface StreamSchema {
  schema: Schema;
  target: string;
  predicts: 'classes' | 'number';
}

/**
 * Infers from the first rows how all later ones are read. What is constant there may move later, so it is a feature; and what is written in plain numbers is a
 * number, however few of them there were.
 * @param rows cells by row, in the order of `names`
 * @throws MillwrightError `TARGET_NOT_FOUND`, `COLUMN_NOT_FOUND`, `TARGET_MISSING`, `TARGET_IS_ID`, `TARGET_NOT_NUMERIC`, `NO_FEATURES`, `DATA_EMPTY`
 */
export function inferStream(names: readonly string[], rows: readonly (readonly unknown[])[], question: StreamQuestion): StreamSchema {
  if (rows.length === 0) throw new MillwrightError('DATA_EMPTY', 'The stream has no rows.', 'Give at least one row.');
  const { target, drop = [], types = new Map<string, ColumnType>() } = question;
  for (const name of [target, ...drop, ...types.keys()]) {
    if (names.includes(name)) continue;
    const near = nearestName(name, names);
    throw new MillwrightError(
      name === target ? 'TARGET_NOT_FOUND' : 'COLUMN_NOT_FOUND',
      `There is no ${name === target ? 'target column' : 'column'} "${name}" in the stream.`,
      near === undefined ? `The columns are ${names.slice(0, 20).join(', ')}.` : `Did you mean "${near}"?`,
    );
  }
  const samples = names.map((name, c) => sampleOf(name, rows, c));
  const columns = samples.map((sample): ColumnSchema => {
    const { name } = sample;
    const chosen = types.get(name) ?? (name === target ? undefined : plainType(sample));
    const options = { ...(name === target && { target }), ...(chosen && { overrides: new Map([[name, chosen]]) }) };
    // each by itself: columns that are alike at first may part later
    const [column] = inferSchema([sample], options).columns as [ColumnSchema];
    if (name === target) return column;
    return { ...column, use: drop.includes(name) || column.type === 'text' || column.type === 'id' ? 'ignore' : 'feature' };
  });
  const schema = { columns };
  if (!columns.some((c) => isFeature(c, target)))
    throw new MillwrightError(
      'NO_FEATURES',
      'No column of the stream can be learned from.',
      'Texts and identifiers are left out; --type col=category takes one in.',
    );
  const column = columns.find((c) => c.name === target) as ColumnSchema;
  const sample = samples[names.indexOf(target)] as ColumnSample;
  const counts = sample.sample.map((value, i) => ({ value, count: sample.counts[i] as number }));
  const kind = question.task ?? guess(column, counts);
  const reason = kind === 'regression' ? 'A number.' : 'Classes.';
  return {
    schema: withTask(schema, { kind, target, classes: [], reason }),
    target,
    predicts: kind === 'regression' ? 'number' : 'classes',
  };
}

function guess(column: ColumnSchema, counts: readonly { value: string; count: number }[]): TaskKind {
  try {
    return inferTask(column, counts).kind;
  } catch (error) {
    // a class that is rare at first, or alone, is one all the same
    const code = error instanceof MillwrightError ? error.code : undefined;
    if (code === 'TARGET_CLASS_TOO_SMALL') return 'multiclass';
    if (code !== 'TARGET_CONSTANT') throw error;
    throw new MillwrightError(
      'TARGET_CONSTANT',
      `The target "${column.name}" says the same in all of the first rows, so that its kind cannot be told.`,
      'Say what it is with --task binary, multiclass or regression.',
      { cause: error },
    );
  }
}

function sampleOf(name: string, rows: readonly (readonly unknown[])[], c: number): ColumnSample {
  const cells = rows.map((row) => spelling(row[c]) ?? undefined).map((cell) => (cell === '' ? undefined : cell));
  return summariseColumn({ name, physical: 'text', totalRows: rows.length, ...codeCells(cells) });
}

/** Numbers that look like categories or answers because few were seen; cells that are all missing are taken for numbers too. */
function plainType(sample: ColumnSample): ColumnType | undefined {
  const [meant] = inferSchema([sample]).columns as [ColumnSchema];
  const filled = sample.sample.filter((v) => !meant.missing.includes(v.toLowerCase()));
  if (meant.type === 'category' && filled.every((v) => plainNumber(v) !== undefined)) return 'number';
  return meant.use === 'ignore' && meant.type === 'boolean' && filled.every((v) => plainNumber(v) !== undefined) ? 'number' : undefined;
}
