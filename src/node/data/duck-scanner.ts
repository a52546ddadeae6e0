import { MillwrightError } from '../../core/errors.js';
import type { PhysicalType } from '../../engine/prep/column-sample.js';
import type { CellBatch, CellScanner } from './cell-batch.js';
import { refuseRepeats } from './csv-scanner.js';
import { chunkNumbers, chunkRows, chunkText, type Duck, quotedName, TYPE } from './duck.js';

const INTEGERS: ReadonlySet<number> = new Set([TYPE.tiny, TYPE.small, TYPE.int, TYPE.utiny, TYPE.usmall, TYPE.uint]);
const LARGE: ReadonlySet<number> = new Set([TYPE.big, TYPE.ubig, TYPE.huge, TYPE.uhuge]);
const TIMES: ReadonlySet<number> = new Set([
  TYPE.timestamp,
  TYPE.date,
  TYPE.timestampS,
  TYPE.timestampMs,
  TYPE.timestampNs,
  TYPE.timestampTz,
]);

/** A decimal of so many digits is spelled by its number again. */
const SAFE_DIGITS = 15;

/** Reads the rows of a relation in DuckDB: Parquet, JSON, a query, a copy of a database's table. */
export class DuckScanner implements CellScanner {
  private constructor(
    readonly duck: Duck,
    readonly relation: string,
    readonly names: readonly string[],
    readonly physical: readonly PhysicalType[],
    readonly expressions: readonly string[],
    readonly rowCount: number | undefined,
    readonly onClose: () => Promise<void>,
  ) {}

  /**
   * @param relation SQL that can stand after FROM
   * @param called columns as the source calls them, where DuckDB had to be told others
   */
  static async open(
    duck: Duck,
    relation: string,
    label: string,
    onClose: () => Promise<void>,
    count: boolean,
    called?: readonly string[],
  ): Promise<DuckScanner> {
    const columns = await duck.describe(`SELECT * FROM ${relation}`);
    const names = columns.map((c, i) => called?.[i] ?? (c.name.trim() || c.name));
    refuseRepeats(names, label);
    const large = columns.filter((c) => LARGE.has(c.type) || c.width > SAFE_DIGITS);
    const counted: string[] = count ? ['count(*)::DOUBLE'] : [];
    // beyond 2^53 whole numbers, and decimals of as many digits, are kept as text, or neighbours would become one
    const extremes = large.map(({ name, width, scale }) =>
      width > 0 ? `max(abs(${quotedName(name)}))::DOUBLE * 1e${scale}` : `max(abs(${quotedName(name)}::HUGEINT))::DOUBLE`,
    );
    let rowCount: number | undefined;
    const huge = new Set<string>();
    if (counted.length + extremes.length > 0) {
      for await (const chunk of duck.stream(`SELECT ${[...counted, ...extremes].join(', ')} FROM ${relation}`)) {
        if (count) rowCount = chunkNumbers(chunk, 0)[0];
        large.forEach((c, i) => {
          if ((chunkNumbers(chunk, i + counted.length)[0] as number) > Number.MAX_SAFE_INTEGER) huge.add(c.name);
        });
      }
    }
    if (rowCount === 0) throw new MillwrightError('DATA_EMPTY', `${label} has no rows.`, 'Give a table with at least one row.');
    const physical: PhysicalType[] = [];
    const expressions = columns.map(({ name, type }) => {
      const q = quotedName(name);
      if (INTEGERS.has(type) || (LARGE.has(type) && !huge.has(name))) {
        physical.push('integer');
        return `${q}::DOUBLE`;
      }
      if (type === TYPE.float || type === TYPE.double || (type === TYPE.decimal && !huge.has(name))) {
        physical.push('number');
        // a float's shortest spelling, so that 0.1 does not become 0.10000000149
        return type === TYPE.float ? `${q}::VARCHAR::DOUBLE` : `${q}::DOUBLE`;
      }
      if (type === TYPE.boolean) {
        physical.push('boolean');
        return `${q}::DOUBLE`;
      }
      if (TIMES.has(type)) {
        physical.push('datetime');
        const at = type === TYPE.date ? `${q}::TIMESTAMP` : q;
        return `CASE WHEN isfinite(${at}) THEN epoch_ms(${at})::DOUBLE END`;
      }
      physical.push('text');
      return type === TYPE.varchar ? q : `${q}::VARCHAR`;
    });
    return new DuckScanner(duck, relation, names, physical, expressions, rowCount, onClose);
  }

  async *scan(wanted: readonly number[]): AsyncIterable<CellBatch> {
    // at least one column, so that rows are counted
    const expressions = wanted.length === 0 ? ['1::DOUBLE'] : wanted.map((c) => this.expressions[c] as string);
    for await (const chunk of this.duck.stream(`SELECT ${expressions.join(', ')} FROM ${this.relation}`)) {
      yield {
        rows: chunkRows(chunk),
        vectors: wanted.map((c, i) =>
          this.physical[c] === 'text'
            ? { kind: 'bytes', ...chunkText(chunk, i), stride: 1, offset: 0 }
            : { kind: 'numbers', values: chunkNumbers(chunk, i) },
        ),
      };
    }
  }

  async close(): Promise<void> {
    await this.duck.close();
    await this.onClose();
  }
}
