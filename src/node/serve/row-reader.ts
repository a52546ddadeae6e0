import type { ColumnSchema } from '../../core/schema.js';
import { type Column, Table } from '../../core/table.js';
import type { Bundle } from '../../model/bundle.js';
import { type CellReader, hasNumericToken, missingTest } from '../../model/parse-cell.js';
import { fillSlot, oneRow, type Slot } from '../../model/row-scorer.js';
import { levelIndex } from '../../model/steps/columns.js';
import { stepsOf } from '../../model/unseen-categories.js';
import { type FieldIssue, Refusal } from './refusal.js';

/** Wrong cells that are told one by one. */
const MOST_ISSUES = 100;

/** A column that the model reads, made ready. */
interface Place {
  readonly slot: Slot;
  readonly name: string;
  readonly read: CellReader;
  readonly isMissing: (cell: unknown) => boolean;
  readonly numeric: boolean;
  /** Numbers, not dates or booleans. */
  readonly number: boolean;
  /** A finite number is what it says: none stands for a missing value. */
  readonly plain: boolean;
  /** Objects inherit something of this name, so that it must be their own. */
  readonly inherited: boolean;
  /** Levels that the model knows, where it tells them apart. */
  readonly known: ReadonlyMap<string, number> | undefined;
  readonly wanted: string;
}

/** What of the rows did not fit the schema; they were scored all the same. */
export interface RowNotes {
  /** Cells that cannot be read count as missing. */
  readonly lenient: boolean;
  /** Cells are read as those of text files are: a blank is missing, and so is what the training data wrote for it. In JSON that is `null`. */
  readonly textual: boolean;
  issues: FieldIssue[];
  issueCount: number;
  missing: string[];
  extra: Set<string>;
  unseen: Map<string, number>;
}

export function newNotes(lenient: boolean, textual = lenient): RowNotes {
  return { lenient, textual, issues: [], issueCount: 0, missing: [], extra: new Set(), unseen: new Map() };
}

const TYPE_WORDS: Record<ColumnSchema['type'], string> = {
  number: 'a number',
  boolean: 'yes or no in the spelling of the training data',
  datetime: 'a date in the format of the training data',
  category: 'a text',
  text: 'a text',
  id: 'a text',
};

/** Reads parsed JSON into the columns of a bundle's schema, prepared once for each bundle. */
export class RowReader {
  readonly #places: readonly Place[];
  readonly #schemaColumns: ReadonlySet<string>;
  /** Scores the row that `readOne` read. */
  readonly scoreOne: () => Float64Array;

  constructor(bundle: Bundle) {
    const { slots, score } = oneRow(bundle);
    this.scoreOne = score;
    const known = knownLevels(bundle);
    const columns = new Map(bundle.schema.columns.map((c) => [c.name, c]));
    this.#schemaColumns = new Set(columns.keys());
    this.#places = slots.map((slot): Place => {
      const column = columns.get(slot.name) as ColumnSchema;
      return {
        slot,
        name: slot.name,
        read: slot.read,
        isMissing: missingTest(column),
        numeric: slot.values !== undefined,
        number: column.type === 'number',
        plain: column.type === 'number' && !hasNumericToken(column.missing),
        inherited: slot.name in Object.prototype,
        known: known.get(slot.name),
        wanted: TYPE_WORDS[column.type],
      };
    });
  }

  /** Cells of the row that `readOne` read last. */
  get slots(): readonly Slot[] {
    return this.#places.map((p) => p.slot);
  }

  /** Columns that are read, in order. */
  get columns(): string[] {
    return this.#places.map((p) => p.name);
  }

  /** Fills the one-row table that `scoreOne` scores. @throws Refusal `SCHEMA_MISMATCH` */
  readOne(row: unknown, notes: RowNotes): void {
    if (!isObject(row)) throw notAnObject(0);
    let found = 0;
    const places = this.#places;
    for (let i = 0; i < places.length; i++) {
      const place = places[i] as Place;
      const cell = place.inherited && !Object.hasOwn(row, place.name) ? undefined : row[place.name];
      if (cell === undefined) notes.missing.push(place.name);
      else found++;
      fillSlot(place.slot, this.#read(place, cell, 0, notes));
    }
    if (Object.keys(row).length > found) this.#noteExtraOf(row, 0, notes);
    this.#finish(notes, found);
  }

  /** The table of several objects. @throws Refusal `SCHEMA_MISMATCH` */
  readMany(rows: readonly unknown[], notes: RowNotes): Table {
    for (let r = 0; r < rows.length; r++) if (!isObject(rows[r])) throw notAnObject(r);
    const objects = rows as readonly Record<string, unknown>[];
    const found = new Uint32Array(rows.length);
    const table = this.#table(rows.length, notes, (place) => {
      const { name } = place;
      return place.inherited
        ? (r) =>
            Object.hasOwn(objects[r] as object, name) ? this.#count(found, r, (objects[r] as Record<string, unknown>)[name]) : undefined
        : (r) => this.#count(found, r, (objects[r] as Record<string, unknown>)[name]);
    });
    for (let r = 0; r < objects.length; r++) {
      const row = objects[r] as Record<string, unknown>;
      if (Object.keys(row).length > (found[r] as number)) this.#noteExtraOf(row, r, notes);
    }
    this.#finish(notes, this.#places.length - notes.missing.length);
    return table;
  }

  /** The table of rows as lists, under the names of their columns. @throws Refusal `SCHEMA_MISMATCH`, `REQUEST_INVALID` */
  readLists(names: readonly string[], rows: readonly unknown[], notes: RowNotes): Table {
    const at = new Map<string, number>();
    names.forEach((name, i) => {
      if (at.has(name)) throw new Refusal('REQUEST_INVALID', `The column "${name}" is named twice.`);
      at.set(name, i);
    });
    rows.forEach((row, r) => {
      if (!Array.isArray(row) || row.length !== names.length)
        throw new Refusal('REQUEST_INVALID', 'The rows do not fit the columns.', 'Give each row one cell for each column.', [
          { row: r, message: `is not a list of ${names.length} cells` },
        ]);
    });
    const table = this.#table(rows.length, notes, ({ name }) => {
      const i = at.get(name);
      return i === undefined ? undefined : (r) => (rows[r] as unknown[])[i];
    });
    this.#noteExtra(names, notes);
    this.#finish(notes, this.#places.length - notes.missing.length);
    return table;
  }

  /** The table of whole columns of equal length. @throws Refusal `SCHEMA_MISMATCH` */
  readColumns(columns: ReadonlyMap<string, ArrayLike<unknown>>, rows: number, notes: RowNotes): Table {
    const table = this.#table(rows, notes, ({ name }) => {
      const cells = columns.get(name);
      return cells && ((r) => cells[r]);
    });
    this.#noteExtra(columns.keys(), notes);
    this.#finish(notes, this.#places.length - notes.missing.length);
    return table;
  }

  #count(found: Uint32Array, r: number, cell: unknown): unknown {
    if (cell !== undefined) found[r] = (found[r] as number) + 1;
    return cell;
  }

  #table(rows: number, notes: RowNotes, cells: (place: Place) => ((row: number) => unknown) | undefined): Table {
    const columns = this.#places.map((place): Column => {
      const cell = cells(place);
      const present = { any: false };
      const column = place.numeric ? this.#numbers(place, rows, cell, notes, present) : this.#categories(place, rows, cell, notes, present);
      if (!present.any) notes.missing.push(place.name);
      return column;
    });
    return new Table(columns, rows);
  }

  #numbers(place: Place, rows: number, cell: ((row: number) => unknown) | undefined, notes: RowNotes, present: { any: boolean }): Column {
    const values = new Float64Array(rows).fill(Number.NaN);
    const { plain } = place;
    if (cell)
      for (let r = 0; r < rows; r++) {
        const raw = cell(r);
        if (raw === undefined) continue;
        present.any = true;
        if (plain && typeof raw === 'number' && raw - raw === 0) {
          values[r] = raw;
          continue;
        }
        const value = this.#read(place, raw, r, notes);
        if (value !== undefined) values[r] = value as number;
      }
    return { kind: 'numeric', name: place.name, values };
  }

  #categories(
    place: Place,
    rows: number,
    cell: ((row: number) => unknown) | undefined,
    notes: RowNotes,
    present: { any: boolean },
  ): Column {
    const codes = new Int32Array(rows).fill(-1);
    const levels: string[] = [];
    const index = new Map<string, number>();
    if (cell)
      for (let r = 0; r < rows; r++) {
        const raw = cell(r);
        if (raw === undefined) continue;
        present.any = true;
        const text = this.#read(place, raw, r, notes) as string | undefined;
        if (text === undefined) continue;
        let code = index.get(text);
        if (code === undefined) {
          code = levels.push(text) - 1;
          index.set(text, code);
        }
        codes[r] = code;
      }
    return { kind: 'category', name: place.name, codes, levels };
  }

  /** Reads a cell, telling what is wrong with it. */
  #read(place: Place, cell: unknown, row: number, notes: RowNotes): number | string | undefined {
    if (cell === null || cell === undefined) return undefined;
    // a nested value is no cell, and spelling it out could take long
    const plain = (typeof cell !== 'object' || cell instanceof Date) && (notes.textual || !(place.number && typeof cell === 'boolean'));
    const value = plain ? place.read(cell) : undefined;
    if (value === undefined) {
      if (!plain || (place.numeric && !notes.textual) || !place.isMissing(cell)) this.#noteIssue(place, cell, row, notes);
    } else if (place.known && !place.known.has(value as string)) notes.unseen.set(place.name, (notes.unseen.get(place.name) ?? 0) + 1);
    return value;
  }

  #noteIssue(place: Place, cell: unknown, row: number, notes: RowNotes): void {
    notes.issueCount++;
    if (notes.issues.length >= MOST_ISSUES) return;
    const told = typeof cell === 'object' ? nameOf(cell) : JSON.stringify(String(cell).slice(0, 60));
    notes.issues.push({ row, column: place.name, message: `${told} is not ${place.wanted}` });
  }

  /** Columns of a row that the schema does not know; what they hold must be cells all the same. */
  #noteExtraOf(row: Record<string, unknown>, r: number, notes: RowNotes): void {
    this.#noteExtra(Object.keys(row), notes);
    for (const name of Object.keys(row)) {
      if (typeof row[name] !== 'object' || row[name] === null) continue;
      if (this.#places.some((p) => p.name === name)) continue; // told already
      notes.issueCount++;
      if (notes.issues.length < MOST_ISSUES) notes.issues.push({ row: r, column: name, message: `${nameOf(row[name])} is no cell` });
    }
  }

  #noteExtra(names: Iterable<string>, notes: RowNotes): void {
    for (const name of names) if (notes.extra.size < MOST_ISSUES && !this.#schemaColumns.has(name)) notes.extra.add(name);
  }

  #finish(notes: RowNotes, found: number): void {
    if (notes.issueCount > 0 && !notes.lenient)
      throw new Refusal(
        'SCHEMA_MISMATCH',
        `${notes.issueCount} ${notes.issueCount === 1 ? 'cell does' : 'cells do'} not fit the schema of the model.`,
        'Correct them, give null where a value is unknown, or ask with ?lenient=true to count them as missing.',
        notes.issues,
      );
    if (found === 0 && this.#places.length > 0)
      throw new Refusal(
        'SCHEMA_MISMATCH',
        `The rows have none of the ${this.#places.length} columns that the model reads.`,
        `The model reads ${this.columns.slice(0, 10).join(', ')}${this.#places.length > 10 ? ', …' : ''}.`,
      );
  }
}

function nameOf(cell: unknown): string {
  return cell instanceof Date ? 'a date' : Array.isArray(cell) ? 'a list' : 'an object';
}

function isObject(row: unknown): row is Record<string, unknown> {
  return typeof row === 'object' && row !== null && !Array.isArray(row);
}

function notAnObject(row: number): Refusal {
  return new Refusal('SCHEMA_MISMATCH', 'A row to predict is not an object.', 'Give an object with the columns as properties.', [
    { row, message: 'is not an object' },
  ]);
}

function knownLevels(bundle: Bundle): Map<string, ReadonlyMap<string, number>> {
  const known = new Map<string, ReadonlyMap<string, number>>();
  for (const step of stepsOf(bundle)) {
    if (step.kind !== 'category-codes' && step.kind !== 'one-hot') continue;
    const { columns } = step as unknown as { columns: readonly { name: string; levels: readonly string[] }[] };
    for (const { name, levels } of columns) known.set(name, levelIndex(levels));
  }
  return known;
}
