import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { MillwrightError } from '../../core/errors.js';
import { Rng } from '../../core/rng.js';
import type { ColumnSchema, Schema } from '../../core/schema.js';
import { type Column, Table } from '../../core/table.js';
import type { OnnxExport } from '../../engine/export/onnx/to-onnx.js';
import type { Bundle } from '../../model/bundle.js';
import { cellReader, isNumericType } from '../../model/parse-cell.js';
import { predict } from '../../model/predict.js';

const ROWS = 64;
/** Shares of cells that are missing, and that hold what training had not. */
const MISSING = 0.1;
const STRANGE = 0.05;
const TOLERANCE = 1e-5;
/** What exported models do not know. */
const RARE = /[\u{20000}-\u{10ffff}]/u;

/** How a model was compared. */
export interface CheckedOnnx {
  runtime: string;
  /** Made up from what the schema tells of the columns. */
  rows: number;
  /** The greatest difference of a probability, or of a number as a share of itself where it is above 1. */
  difference: number;
}

/** The part of onnxruntime-common's interface that is used. */
interface Runtime {
  readonly InferenceSession: {
    create(
      bytes: Uint8Array,
      options?: { logSeverityLevel?: number },
    ): Promise<{
      run(feeds: object): Promise<Record<string, { readonly data: ArrayLike<number> } | undefined>>;
    }>;
  };
  readonly Tensor: new (type: 'float64' | 'string', data: Float64Array | string[], dims: number[]) => object;
}

/**
 * Compares an exported model with the bundle's own predictions on made-up rows.
 * @returns undefined where no runtime is installed
 * @throws MillwrightError `INTERNAL` when they differ by more than 1e-5
 */
export async function checkOnnx(bundle: Bundle, { bytes, inputs }: OnnxExport): Promise<CheckedOnnx | undefined> {
  const found = anyRuntime();
  if (!found) return undefined;
  const { InferenceSession, Tensor } = found.runtime;
  const table = madeUpRows(bundle.schema);
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const feeds = {};
  for (const { name, column, tensor } of inputs) {
    const from = table.column(column);
    const data = from.kind === 'numeric' ? from.values : Array.from(from.codes, (code) => (code < 0 ? '' : (from.levels[code] as string)));
    // a column may be called "__proto__"
    Object.defineProperty(feeds, name, {
      value: new Tensor(tensor === 'double' ? 'float64' : 'string', data, [ROWS, 1]),
      enumerable: true,
    });
  }
  const said = await session.run(feeds);
  const theirs = (said.variable ?? said.probabilities)?.data ?? [];
  const ours = predict(bundle, table).values;
  let difference = ours.length === theirs.length ? 0 : Number.POSITIVE_INFINITY;
  ours.forEach((value, i) => {
    const away = Math.abs(value - (theirs[i] as number)) / Math.max(1, Math.abs(value));
    if (!(away <= difference)) difference = away;
  });
  if (!(difference <= TOLERANCE))
    throw new MillwrightError(
      'INTERNAL',
      `The ONNX model differs by ${difference} from the bundle's own predictions under ${found.name}; it was not written.`,
      'Please report this with the bundle.',
    );
  return { runtime: found.name, rows: ROWS, difference };
}

function anyRuntime(): { name: string; runtime: Runtime } | undefined {
  const require = createRequire(import.meta.url);
  // neither is a dependency: they are large
  for (const name of [process.env.MILLWRIGHT_ONNXRUNTIME ?? 'onnxruntime-node', 'onnxruntime-web']) {
    try {
      return { name: basename(name), runtime: require(name) as Runtime };
    } catch {
      // not installed, or not for this machine
    }
  }
  return undefined;
}

/** A table of cells like those that training had, with some missing and some unlike them. */
function madeUpRows(schema: Schema): Table {
  const columns = schema.columns
    .filter((c) => c.use !== 'target' && c.use !== 'ignore')
    .map((column): Column => {
      const rng = new Rng(1).child(column.name);
      return isNumericType(column.type) ? madeUpNumbers(column, rng) : madeUpTexts(column, rng);
    });
  return new Table(columns, ROWS);
}

function madeUpNumbers({ name, type, stats }: ColumnSchema, rng: Rng): Column {
  const low = stats.min ?? 0;
  const high = stats.max ?? 1;
  const values = Float64Array.from({ length: ROWS }, () => {
    const chance = rng.float();
    if (chance < MISSING) return Number.NaN;
    if (type === 'boolean') return rng.below(2);
    const value = low + rng.float() * (high - low);
    if (chance < MISSING + STRANGE) return type === 'datetime' ? high : value + 2 * (high - low);
    return chance < 0.5 ? Math.round(value) : value;
  });
  return { kind: 'numeric', name, values };
}

function madeUpTexts(column: ColumnSchema, rng: Rng): Column {
  const read = cellReader(column);
  const known = column.stats.top
    .map(({ value }) => read(value))
    .filter((text) => typeof text === 'string' && text !== '' && !RARE.test(text));
  const levels = [...new Set([...known, 'a level that training had not'])] as string[];
  const codes = Int32Array.from({ length: ROWS }, () => {
    const chance = rng.float();
    if (chance < MISSING) return -1;
    return chance < MISSING + STRANGE ? levels.length - 1 : rng.below(levels.length);
  });
  return { kind: 'category', name: column.name, codes, levels };
}
