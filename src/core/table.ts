import { MillwrightError } from './errors.js';

/** Numbers, booleans (0/1) and instants (milliseconds since 1970, UTC). `NaN` is missing. */
export interface NumericColumn {
  readonly kind: 'numeric';
  readonly name: string;
  readonly values: Float64Array;
}

/** Categories, ids and text, dictionary-coded. Code −1 is missing. */
export interface CategoryColumn {
  readonly kind: 'category';
  readonly name: string;
  readonly codes: Int32Array;
  readonly levels: readonly string[];
}

export type Column = NumericColumn | CategoryColumn;

/** An immutable columnar table. Columns share one length; names are unique. */
export class Table {
  readonly columns: readonly Column[];
  readonly rows: number;
  readonly #index = new Map<string, number>();

  /**
   * @param rows needed only when there are no columns
   * @throws MillwrightError `INTERNAL` when lengths differ or a name repeats
   * @example new Table([{ kind: 'numeric', name: 'age', values: new Float64Array([31, NaN]) }])
   */
  constructor(columns: readonly Column[], rows?: number) {
    this.columns = columns;
    this.rows = rows ?? (columns[0] ? columnLength(columns[0]) : 0);
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i] as Column;
      if (columnLength(column) !== this.rows)
        throw new MillwrightError('INTERNAL', `Column "${column.name}" has ${columnLength(column)} rows, not ${this.rows}.`);
      if (this.#index.has(column.name)) throw new MillwrightError('INTERNAL', `Column "${column.name}" appears twice.`);
      this.#index.set(column.name, i);
    }
  }

  /** The column of that name, or `undefined`. */
  find(name: string): Column | undefined {
    const i = this.#index.get(name);
    return i === undefined ? undefined : this.columns[i];
  }

  /** The column of that name. @throws MillwrightError `COLUMN_NOT_FOUND` */
  column(name: string): Column {
    const found = this.find(name);
    if (!found) throw new MillwrightError('COLUMN_NOT_FOUND', `There is no column "${name}".`);
    return found;
  }

  /** A new table of the given rows, in the given order; rows may repeat. */
  take(rows: Uint32Array): Table {
    return new Table(
      this.columns.map((c) => takeColumn(c, rows)),
      rows.length,
    );
  }

  /** A new table without the named columns; unknown names are ignored. */
  drop(names: ReadonlySet<string>): Table {
    return new Table(
      this.columns.filter((c) => !names.has(c.name)),
      this.rows,
    );
  }

  /** A new table of the named columns, in that order. @throws MillwrightError `COLUMN_NOT_FOUND` */
  select(names: readonly string[]): Table {
    return new Table(
      names.map((n) => this.column(n)),
      this.rows,
    );
  }
}

function columnLength(column: Column): number {
  return column.kind === 'numeric' ? column.values.length : column.codes.length;
}

function takeColumn(column: Column, rows: Uint32Array): Column {
  if (column.kind === 'numeric') {
    const values = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i++) values[i] = column.values[rows[i] as number] as number;
    return { ...column, values };
  }
  const codes = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) codes[i] = column.codes[rows[i] as number] as number;
  return { ...column, codes };
}
