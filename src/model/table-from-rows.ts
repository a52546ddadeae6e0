import type { ColumnSchema, Schema } from '../core/schema.js';
import { type Column, Table } from '../core/table.js';
import { cellReader, isNumericType, missingTest } from './parse-cell.js';

/** What did not fit the schema while rows were read. */
export interface ReadReport {
  /** Columns of the schema that the rows lack; they were read as missing. */
  missingColumns: string[];
  /** Columns of the rows that the schema does not know; they were ignored. */
  extraColumns: string[];
  /** Column → cells that hold something which could not be read as its type; they became missing. */
  unreadable: Map<string, number>;
}

export function emptyReport(): ReadReport {
  return { missingColumns: [], extraColumns: [], unreadable: new Map() };
}

/** The columns of the schema that a raw table holds, in the schema's order. */
export function columnsToRead(schema: Schema, withTarget = false): ColumnSchema[] {
  return schema.columns.filter((c) => (c.use === 'target' ? withTarget : c.use !== 'ignore'));
}

/** Collects the cells of one column. */
export interface ColumnBuilder {
  /** Reads one cell and appends it. */
  add(cell: unknown): void;
  /** Cells so far that were neither missing nor readable. */
  readonly unreadable: number;
  finish(): Column;
}

type Maker = (capacity: number) => ColumnBuilder;

/** Prepares the reading of one column once; the result makes a builder for each table. */
export function columnBuilder(column: ColumnSchema): Maker {
  const read = cellReader(column);
  const isMissing = missingTest(column);
  const name = column.name;
  if (isNumericType(column.type)) {
    return (capacity) => {
      const values = new Float64Array(capacity);
      let rows = 0;
      let unreadable = 0;
      return {
        add(cell) {
          const value = read(cell);
          if (value === undefined && !isMissing(cell)) unreadable++;
          values[rows++] = value === undefined ? Number.NaN : (value as number);
        },
        get unreadable() {
          return unreadable;
        },
        finish: () => ({ kind: 'numeric', name, values: rows === capacity ? values : values.slice(0, rows) }),
      };
    };
  }
  return (capacity) => {
    const codes = new Int32Array(capacity);
    const levels: string[] = [];
    const index = new Map<string, number>();
    let rows = 0;
    let unreadable = 0;
    return {
      add(cell) {
        const text = read(cell) as string | undefined;
        let code = -1;
        if (text !== undefined) {
          code = index.get(text) ?? -1;
          if (code < 0) {
            code = levels.length;
            index.set(text, code);
            levels.push(text);
          }
        } else if (!isMissing(cell)) unreadable++;
        codes[rows++] = code;
      },
      get unreadable() {
        return unreadable;
      },
      finish: () => ({ kind: 'category', name, codes: rows === capacity ? codes : codes.slice(0, rows), levels }),
    };
  };
}

/** A schema's columns made ready for reading. */
interface Ready {
  columns: { name: string; make: Maker; isTarget: boolean }[];
  known: ReadonlySet<string>;
}

const ready = new WeakMap<Schema, Ready>();

function readyFor(schema: Schema): Ready {
  let found = ready.get(schema);
  if (!found) {
    found = {
      columns: columnsToRead(schema, true).map((c) => ({ name: c.name, make: columnBuilder(c), isTarget: c.use === 'target' })),
      known: new Set(schema.columns.map((c) => c.name)),
    };
    ready.set(schema, found);
  }
  return found;
}

/**
 * The raw table of plain objects, with the columns of the schema that a model needs, in the schema's order.
 * Absent properties and columns are missing. A schema is prepared once and must not be changed afterwards.
 * @param report collects what did not fit
 * @param withTarget also reads the target where the rows have it
 * @example tableFromRows(bundle.schema, [{ age: 31, city: 'Oslo' }])
 */
export function tableFromRows(
  schema: Schema,
  rows: readonly Readonly<Record<string, unknown>>[],
  report?: ReadReport,
  withTarget = false,
): Table {
  const { columns, known } = readyFor(schema);
  const built: Column[] = [];
  for (const { name, make, isTarget } of columns) {
    if (isTarget && !withTarget) continue;
    const builder = make(rows.length);
    let present = rows.length === 0;
    for (const row of rows) {
      // own properties alone: a column may be called "toString" or "__proto__"
      const has = Object.hasOwn(row, name);
      if (has) present = true;
      builder.add(has ? row[name] : undefined);
    }
    if (isTarget && !present) continue;
    if (report) {
      if (!present) report.missingColumns.push(name);
      if (builder.unreadable > 0) report.unreadable.set(name, (report.unreadable.get(name) ?? 0) + builder.unreadable);
    }
    built.push(builder.finish());
  }
  if (report) {
    const extra = new Set(report.extraColumns);
    for (const row of rows) for (const name of Object.keys(row)) if (!known.has(name)) extra.add(name);
    report.extraColumns = [...extra];
  }
  return new Table(built, rows.length);
}
