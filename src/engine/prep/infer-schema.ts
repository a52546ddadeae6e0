import { MillwrightError } from '../../core/errors.js';
import { nearestName } from '../../core/nearest-name.js';
import type { ColumnFormat, ColumnSchema, ColumnStats, ColumnType, Schema } from '../../core/schema.js';
import type { ColumnSample } from './column-sample.js';
import { inferColumn, type Meaning, readAs } from './infer-column.js';

/** What a person decided beforehand. */
export interface InferOptions {
  target?: string;
  /** Columns that must not be used. */
  drop?: readonly string[];
  /** Column → the type it must have; such a column is also a feature. */
  overrides?: ReadonlyMap<string, ColumnType>;
}

/**
 * Gives every column a type, a use and a reason in plain words, from samples alone.
 * @throws MillwrightError `TARGET_NOT_FOUND`, `COLUMN_NOT_FOUND` for a dropped or overridden column that is not there
 * @example inferSchema(await source.samples(), { target: 'Survived', overrides: new Map([['Pclass', 'category']]) })
 */
export function inferSchema(samples: readonly ColumnSample[], options: InferOptions = {}): Schema {
  const names = samples.map((s) => s.name);
  const { target, drop = [], overrides = new Map<string, ColumnType>() } = options;
  if (target !== undefined && !names.includes(target)) throw notFound('TARGET_NOT_FOUND', 'target column', target, names);
  for (const name of [...drop, ...overrides.keys()]) if (!names.includes(name)) throw notFound('COLUMN_NOT_FOUND', 'column', name, names);
  const dropped = new Set(drop);
  const seen = new Map<string, string>();
  const columns = samples.map((sample): ColumnSchema => {
    const { name } = sample;
    const forced = overrides.get(name);
    const meaning = forced === undefined ? inferColumn(sample, name === target) : readAs(sample, forced);
    const column = columnOf(sample, meaning);
    if (name === target) return { ...column, use: 'target', reason: `The target. ${column.reason}` };
    if (dropped.has(name)) return { ...column, use: 'ignore', reason: `Dropped as asked. ${column.reason}` };
    if (column.use === 'ignore' || forced !== undefined) return column;
    const twin = seen.get(sample.fingerprint);
    if (twin !== undefined) return { ...column, use: 'ignore', reason: `Holds exactly the same cells as "${twin}". ${column.reason}` };
    seen.set(sample.fingerprint, name);
    return column;
  });
  return { columns };
}

function notFound(code: 'TARGET_NOT_FOUND' | 'COLUMN_NOT_FOUND', what: string, name: string, names: readonly string[]): MillwrightError {
  const near = nearestName(name, names);
  const list = names
    .slice(0, 20)
    .map((n) => `"${n}"`)
    .join(', ');
  return new MillwrightError(
    code,
    `There is no ${what} "${name}".`,
    near === undefined ? `The columns are ${list}${names.length > 20 ? ` and ${names.length - 20} more` : ''}.` : `Did you mean "${near}"?`,
  );
}

function columnOf(sample: ColumnSample, meaning: Meaning): ColumnSchema {
  const stats: ColumnStats = {
    rows: sample.rows,
    missing: sample.missing + meaning.missingCells,
    distinct: Math.max(0, sample.distinct - meaning.missing.filter((t) => sample.sample.some((v) => v.toLowerCase() === t)).length),
    top: sample.top.filter((t) => !meaning.missing.includes(t.value.toLowerCase())),
    ...meaning.range,
  };
  const column: ColumnSchema = {
    name: sample.name,
    type: meaning.type,
    use: meaning.use,
    reason: meaning.reason,
    missing: meaning.missing,
    stats,
  };
  if (meaning.format) column.format = meaning.format satisfies ColumnFormat;
  return column;
}
