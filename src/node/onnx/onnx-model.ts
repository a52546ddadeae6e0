import { MillwrightError } from '../../core/errors.js';
import { sigmoid, softmaxInPlace } from '../../core/math.js';
import type { Column, Table } from '../../core/table.js';
import { Fields, unreadable } from '../../model/fields.js';
import type { Blobs, Model } from '../../model/model.js';
import { readOnnx, type TensorType } from './onnx-file.js';
import { type Feed, OnnxSession } from './onnx-session.js';

const TYPES: readonly TensorType[] = ['float32', 'float64', 'int32', 'int64', 'bool', 'string'];

/** How the cells of a column become what the model was trained on. */
export interface CellRule {
  readonly name: string;
  /** `text`: as it is; `codes`: the number of its category. */
  readonly kind: 'number' | 'text' | 'codes';
  /** Numbers are divided by it: milliseconds to days, say. */
  readonly divide?: number;
  /** The number of each category of the recipe's dictionary. */
  readonly codes?: readonly number[];
  /** What stands for a missing cell; absent: NaN, or an empty text. */
  readonly missing?: number | string;
}

/** A tensor that columns go into. */
export interface InputRule {
  readonly name: string;
  readonly type: TensorType;
  /** `[rows]` instead of `[rows, columns]`. */
  readonly flat: boolean;
  readonly columns: readonly string[];
}

export interface OnnxHead {
  readonly cells: readonly CellRule[];
  readonly inputs: readonly InputRule[];
  readonly output: { readonly name: string; readonly as: 'number' | 'probability' | 'logit' };
  /** 1 for a number, else one a class. */
  readonly outputs: number;
  /** Rows that it takes at a time, where that is fixed. */
  readonly batch?: number;
}

/** A model that was trained elsewhere: an ONNX graph, and how rows go in and answers come out. The runtime is loaded when it is first asked. */
export class OnnxModel implements Model {
  readonly kind = 'onnx';
  readonly inputs: readonly string[];
  #session: OnnxSession | undefined;
  /** Why it does not load: not tried again, as each try may take its whole patience, and a thread. */
  #failure: unknown;

  constructor(
    readonly head: OnnxHead,
    readonly bytes: Uint8Array,
  ) {
    this.inputs = head.cells.map((c) => c.name);
  }

  /** @throws MillwrightError `BUNDLE_UNREADABLE`, `ONNX_UNUSABLE` */
  static decode(head: Record<string, unknown>, blobs: Blobs): OnnxModel {
    const { graph } = blobs;
    if (!(graph instanceof Uint8Array)) throw unreadable('The bundle lacks the graph of its ONNX model.');
    const model = new OnnxModel(readHead(new Fields(head, 'model')), graph);
    const file = readOnnx(graph);
    const wanted = new Map(file.inputs.map((i) => [i.name, i]));
    const fits = model.head.inputs.every((i) => wanted.get(i.name)?.type === i.type) && model.head.inputs.length === wanted.size;
    if (!fits || !file.outputs.some((o) => o.name === model.head.output.name))
      throw unreadable('The inputs or outputs of the ONNX model are not those that the bundle tells.');
    return model;
  }

  /** @throws MillwrightError `RUNTIME_MISSING`, `ONNX_UNUSABLE`, `MODEL_FAILED`, `SCHEMA_MISMATCH` for rows to which it has no answer */
  predict(table: Table): Float64Array {
    const session = this.#open();
    const { batch, outputs } = this.head;
    if (batch === undefined || table.rows === batch) return this.#ask(session, table);
    const values = new Float64Array(table.rows * outputs);
    for (let from = 0; from < table.rows; from += batch) {
      // the last row fills what is left
      const part = table.take(Uint32Array.from({ length: batch }, (_, i) => Math.min(from + i, table.rows - 1)));
      const found = this.#ask(session, part);
      values.set(found.subarray(0, Math.min(batch, table.rows - from) * outputs), from * outputs);
    }
    return values;
  }

  encode(): { head: Record<string, unknown>; blobs: Blobs } {
    return { head: { ...this.head }, blobs: { graph: this.bytes } };
  }

  #open(): OnnxSession {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      this.#session ??= new OnnxSession(this.bytes);
    } catch (failure) {
      this.#failure = failure;
      throw failure;
    }
    return this.#session;
  }

  #ask(session: OnnxSession, table: Table): Float64Array {
    const { rows } = table;
    const { output, outputs, cells } = this.head;
    if (rows === 0) return new Float64Array(0);
    const rules = new Map(cells.map((c) => [c.name, c]));
    const feeds = this.head.inputs.map((input) => feed(input, rules, table));
    const { values } = session.run({ feeds, output: output.name });
    const width = values.length / rows;
    if (width !== outputs && !(outputs === 2 && width === 1))
      throw new MillwrightError('MODEL_FAILED', `The ONNX model gave ${values.length} numbers for ${rows} rows, not ${outputs} each.`);
    const found = width === outputs ? values : secondClass(values, output.as === 'logit');
    if (output.as === 'logit' && width === outputs) for (let at = 0; at < found.length; at += outputs) softmaxInPlace(found, at, outputs);
    check(found, outputs, output.as === 'number');
    return found;
  }
}

function feed(input: InputRule, rules: ReadonlyMap<string, CellRule>, table: Table): Feed {
  const { name, type, columns } = input;
  const { rows } = table;
  const width = columns.length;
  const size = rows * width;
  const dims = input.flat ? [rows] : [rows, width];
  if (type === 'string') {
    const data: string[] = new Array(size);
    columns.forEach((c, at) => {
      const told = String(rules.get(c)?.missing ?? '');
      const column = table.column(c);
      for (let r = 0; r < rows; r++) data[r * width + at] = textCell(column, r) ?? told;
    });
    return { name, type, data, dims };
  }
  const numbers = new Float64Array(size);
  columns.forEach((c, at) => {
    const rule = rules.get(c) as CellRule;
    const column = table.column(c);
    const missing = typeof rule.missing === 'number' ? rule.missing : Number.NaN;
    const divide = rule.divide ?? 1;
    for (let r = 0; r < rows; r++) {
      const value =
        column.kind === 'numeric' ? (column.values[r] as number) / divide : (rule.codes?.[column.codes[r] as number] ?? missing);
      numbers[r * width + at] = Number.isNaN(value) ? missing : value;
    }
  });
  return { name, type, data: asType(numbers, type), dims };
}

function textCell(column: Column, row: number): string | undefined {
  if (column.kind === 'category') return column.levels[column.codes[row] as number];
  const value = column.values[row] as number;
  return Number.isNaN(value) ? undefined : String(value);
}

/** Whole numbers are rounded: explanations ask for means. */
function asType(numbers: Float64Array, type: TensorType): Feed['data'] {
  if (type === 'float64') return numbers;
  if (type === 'float32') return Float32Array.from(numbers);
  if (type === 'int32') return Int32Array.from(numbers, Math.round);
  if (type === 'bool') return Uint8Array.from(numbers, (x) => (x !== 0 ? 1 : 0));
  return BigInt64Array.from(numbers, (x) => BigInt(Number.isFinite(x) ? Math.max(-9.2e18, Math.min(9.2e18, Math.round(x))) : 0)) as never;
}

/** Both classes' probabilities from what is told of the second alone. */
function secondClass(values: Float64Array, logit: boolean): Float64Array {
  const both = new Float64Array(values.length * 2);
  for (let r = 0; r < values.length; r++) {
    const p = logit ? sigmoid(values[r] as number) : (values[r] as number);
    both[2 * r] = 1 - p;
    both[2 * r + 1] = p;
  }
  return both;
}

/** Finite numbers, and probabilities that sum to 1: those of single precision nearly do. */
function check(values: Float64Array, outputs: number, isNumber: boolean): void {
  for (let at = 0; at < values.length; at += outputs) {
    let sum = 0;
    let bad = false;
    for (let k = 0; k < outputs; k++) {
      const v = values[at + k] as number;
      sum += v;
      bad ||= !Number.isFinite(v) || (!isNumber && v < -1e-6);
    }
    if (bad || (!isNumber && !(sum > 0)))
      throw new MillwrightError(
        'SCHEMA_MISMATCH',
        `The ONNX model gives no ${isNumber ? 'number' : 'probabilities'} for row ${at / outputs + 1}.`,
        'If the row has missing cells, say in the schema what stands for them (missing); if its answers are scores, say so (as: logit).',
      );
    if (isNumber) continue;
    for (let k = 0; k < outputs; k++) values[at + k] = Math.max(0, values[at + k] as number) / sum;
  }
}

function readHead(f: Fields): OnnxHead {
  const cells = f.list('cells', (c): CellRule => {
    const missing = c.raw('missing');
    if (missing !== undefined && typeof missing !== 'string' && !Number.isFinite(missing)) throw unreadable(`${c.where}.missing is wrong.`);
    return {
      name: c.text('name'),
      kind: c.choice('kind', ['number', 'text', 'codes']),
      ...(c.has('divide') && { divide: c.number('divide') }),
      ...(c.has('codes') && { codes: c.numbers('codes') }),
      ...(missing !== undefined && { missing: missing as number | string }),
    };
  });
  const names = new Set(cells.map((c) => c.name));
  const inputs = f.list('inputs', (i): InputRule => {
    const columns = i.texts('columns');
    if (columns.length === 0 || columns.some((c) => !names.has(c))) throw unreadable(`${i.where}.columns names what is no column.`);
    const flat = i.boolean('flat');
    if (flat && columns.length > 1) throw unreadable(`${i.where} is flat and has several columns.`);
    return { name: i.text('name'), type: i.choice('type', TYPES), flat, columns };
  });
  const output = f.object('output');
  return {
    cells,
    inputs,
    output: { name: output.text('name'), as: output.choice('as', ['number', 'probability', 'logit']) },
    outputs: f.whole('outputs', 1, 100_000),
    ...(f.has('batch') && { batch: f.whole('batch', 1, 1_000_000) }),
  };
}
