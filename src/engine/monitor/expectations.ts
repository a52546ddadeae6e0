import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import type { ColumnType, Schema } from '../../core/schema.js';
import type { Table } from '../../core/table.js';
import { inputCount, type Reference } from './reference.js';

const share = z.number().min(0).max(1);
const column = z.strictObject({
  column: z.string(),
  /** Left alone by drift and expectations alike. */
  ignore: z.boolean().optional(),
  /** Largest share of missing cells. */
  missing: share.optional(),
  /** Largest share of cells that hold something which cannot be read as the column's type. */
  unreadable: share.optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  /** The only values there may be. */
  levels: z.array(z.string()).optional(),
  /** Largest share of cells beyond minimum, maximum or levels; 0 when absent. */
  beyond: share.optional(),
  /** No value twice. */
  unique: z.boolean().optional(),
});
const file = z.strictObject({ columns: z.array(column) });

/** What rows should be like: proposed from training, edited by people. */
export type Expectations = z.infer<typeof file>;

/** An expectation that was not met. */
export interface Unmet {
  column: string;
  rule: 'missing' | 'unreadable' | 'beyond' | 'unique';
  /** Share of the cells concerned, and the largest that was expected. */
  share: number;
  expected: number;
  cells: number;
  message: string;
}

/** Values that are remembered to find one that comes twice. */
const MOST_REMEMBERED = 1_000_000;
const LISTED = 30;

/** @throws MillwrightError `OPTION_INVALID` naming the place that is wrong */
export function parseExpectations(value: unknown): Expectations {
  const parsed = file.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new MillwrightError(
    'OPTION_INVALID',
    `The expectations are wrong at ${issue?.path.join('.') || 'the top'}: ${issue?.message}.`,
    'Write new ones with --write-expectations, and edit them.',
  );
}

/** What the training rows let one expect, with some room; for a person to edit. */
export function proposeExpectations(reference: Reference, schema: Schema): Expectations {
  const columns: Expectations['columns'] = [];
  for (const [c, binning] of reference.binnings.slice(0, inputCount(reference)).entries()) {
    const counts = reference.sketch.counts[c] as Float64Array;
    const missing = (counts[0] as number) / reference.sketch.rows;
    const most = Math.min(1, Math.ceil(1000 * (missing + 4 * Math.sqrt((missing + 0.002) / 500))) / 1000);
    const rule: Expectations['columns'][number] = { column: binning.name, missing: missing === 0 ? 0 : most, unreadable: 0 };
    if (binning.kind === 'number' && binning.measure === 'value' && !reference.moving[c] && binning.uppers.length > 0) {
      rule.minimum = binning.lowest;
      rule.maximum = binning.uppers.at(-1) as number;
      rule.beyond = 0.01;
    } else if (binning.kind === 'category' && binning.complete && binning.levels.length <= LISTED) {
      rule.levels = [...binning.levels];
      rule.beyond = 0.01;
    }
    columns.push(rule);
  }
  for (const { name, type, use, stats } of schema.columns)
    if (type === 'id' && use !== 'ignore' && stats.distinct === stats.rows - stats.missing) columns.push({ column: name, unique: true });
  return { columns };
}

interface Watched {
  rule: Expectations['columns'][number];
  type: ColumnType | undefined;
  cells: number;
  missing: number;
  beyond: number;
  twice: number;
  levels: ReadonlySet<string> | undefined;
  seen: Set<string | number>;
}

/** Counts, over any number of rows, what does not meet the expectations. */
export class ExpectationCheck {
  readonly #watched: Watched[];

  /** @throws MillwrightError `COLUMN_NOT_FOUND` for a column that the schema lacks */
  constructor({ columns }: Expectations, schema: Schema) {
    const types = new Map(schema.columns.map((c) => [c.name, c.type]));
    for (const rule of columns)
      if (!types.has(rule.column))
        throw new MillwrightError('COLUMN_NOT_FOUND', `The expectations name a column "${rule.column}" that the model does not know.`);
    this.#watched = columns.flatMap((rule) =>
      rule.ignore
        ? []
        : [
            {
              rule,
              type: types.get(rule.column),
              cells: 0,
              missing: 0,
              beyond: 0,
              twice: 0,
              levels: rule.levels && new Set(rule.levels),
              seen: new Set(),
            },
          ],
    );
  }

  /** Adds some rows. */
  add(table: Table): void {
    for (const watched of this.#watched) {
      const { rule, seen } = watched;
      const found = table.find(rule.column);
      watched.cells += table.rows;
      if (!found) {
        watched.missing += table.rows;
        continue;
      }
      for (let i = 0; i < table.rows; i++) {
        const code = found.kind === 'numeric' ? 0 : (found.codes[i] as number);
        const value = found.kind === 'numeric' ? (found.values[i] as number) : code < 0 ? undefined : (found.levels[code] as string);
        if (value === undefined || Number.isNaN(value)) watched.missing++;
        else {
          if (
            typeof value === 'number'
              ? value < (rule.minimum ?? value) || value > (rule.maximum ?? value)
              : watched.levels?.has(value) === false
          )
            watched.beyond++;
          if (!rule.unique) continue;
          if (seen.has(value)) watched.twice++;
          else if (seen.size < MOST_REMEMBERED) seen.add(value);
        }
      }
    }
  }

  /** What was not met, over all rows so far. @param unreadable cells by column that could not be read; they count as missing too */
  unmet(unreadable: ReadonlyMap<string, number> = new Map()): Unmet[] {
    const unmet: Unmet[] = [];
    for (const { rule, cells, missing, beyond, twice } of this.#watched) {
      if (cells === 0) continue;
      const check = (of: Unmet['rule'], count: number, expected: number | undefined, what: string): void => {
        const part = count / cells;
        if (expected === undefined || part <= expected) return;
        const message = `${count} of ${cells} cells of "${rule.column}" ${what}; at most ${Number((100 * expected).toPrecision(3))} % were expected.`;
        unmet.push({ column: rule.column, rule: of, share: part, expected, cells: count, message });
      };
      check('missing', missing, rule.missing, 'are missing');
      check('unreadable', unreadable.get(rule.column) ?? 0, rule.unreadable, 'cannot be read');
      if (rule.levels || rule.minimum !== undefined || rule.maximum !== undefined)
        check('beyond', beyond, rule.beyond ?? 0, rule.levels ? 'are none of the values expected' : 'are beyond the range expected');
      if (rule.unique) check('unique', twice, 0, 'are there twice');
    }
    return unmet;
  }
}
