import { nearestName } from '../../core/nearest-name.js';
import { type AdoptedColumn, type Adoption, wrong } from './adoption.js';
import { type OnnxFile, type OnnxValue, type TensorType, unusable } from './onnx-file.js';
import type { CellRule, InputRule, OnnxHead } from './onnx-model.js';

const UNITS = { milliseconds: 1, seconds: 1000, days: 86_400_000 } as const;

/**
 * Ties the columns of a schema to the tensors of a model, and the model's answers to the task.
 * Without `inputs`, columns go into tensors of their names, or all in order into the only one.
 * @throws MillwrightError `ADOPTION_INVALID`, `ONNX_UNUSABLE`
 */
export function bindColumns(file: OnnxFile, adoption: Adoption): OnnxHead {
  const byName = new Map(adoption.columns.map((c) => [c.name, c]));
  const inputs = inputsOf(file, adoption);
  const goes = new Map<string, TensorType>();
  for (const input of inputs)
    for (const name of input.columns) {
      if (!byName.has(name)) throw wrong(`inputs: there is no column "${name}"${hintOf(name, [...byName.keys()])}`);
      if ((goes.get(name) === 'string') !== (input.type === 'string') && goes.has(name))
        throw wrong(`"${name}" goes into tensors of text and of numbers`);
      goes.set(name, input.type);
    }
  const lost = adoption.columns.find((c) => !goes.has(c.name));
  if (lost) throw wrong(`The column "${lost.name}" goes into no input of the model`);
  return {
    cells: adoption.columns.map((c) => cellRule(c, goes.get(c.name) as TensorType)),
    inputs,
    output: outputOf(file, adoption),
    outputs: adoption.task === 'regression' ? 1 : adoption.classes.length,
    ...batchOf(file),
  };
}

/** The column, alone in a list, that a tensor is called by; converters write `_` for what is no letter or digit. */
export function columnNamed(tensor: string, columns: readonly string[]): string[] | undefined {
  if (columns.includes(tensor)) return [tensor];
  const plain = (name: string): string => name.replace(/[^A-Za-z0-9_]/g, '_');
  const alike = columns.filter((c) => plain(c) === plain(tensor));
  return alike.length === 1 ? alike : undefined;
}

function inputsOf(file: OnnxFile, { columns, inputs }: Adoption): InputRule[] {
  const names = columns.map((c) => c.name);
  const told = new Map(inputs?.map((i) => [i.name, i.columns]));
  for (const name of told.keys())
    if (!file.inputs.some((i) => i.name === name))
      throw wrong(
        `The model has no input "${name}"${hintOf(
          name,
          file.inputs.map((i) => i.name),
        )}`,
      );
  return file.inputs.map((input): InputRule => {
    const { name, shape = [-1, -1] } = input;
    if (!input.type) throw unusable(`Its input "${name}" is of a type that no cells go into.`);
    if (shape.length < 1 || shape.length > 2)
      throw unusable(`Its input "${name}" has ${shape.length} dimensions: it takes no rows of a table.`);
    const own = told.get(name) ?? columnNamed(name, names) ?? (file.inputs.length === 1 ? names : undefined);
    if (!own)
      throw wrong(
        `Nothing says which columns go into the input "${name}" of the model`,
        'Say so under inputs: [{ name, columns }], in the order of the model.',
      );
    const flat = shape.length === 1;
    const width = flat ? 1 : (shape[1] as number);
    if (width !== -1 && width !== own.length)
      throw wrong(`The input "${name}" of the model takes ${width} columns, and ${own.length} go into it`);
    return { name, type: input.type, flat, columns: own };
  });
}

function cellRule(column: AdoptedColumn, type: TensorType): CellRule {
  const { name, codes, missing, unit } = column;
  const text = type === 'string';
  if (missing !== undefined && (typeof missing === 'string') !== text)
    throw wrong(`What stands for a missing cell of "${name}" must be ${text ? 'a text' : 'a number'}: that is what its input takes`);
  const rule = { name, ...(missing !== undefined && { missing }) };
  if (text) {
    if (codes) throw wrong(`"${name}" has codes, but its input takes text`);
    return { ...rule, kind: column.type === 'category' || column.type === 'text' ? 'text' : 'number' };
  }
  if (missing === undefined && type !== 'float32' && type !== 'float64')
    throw wrong(`The input of "${name}" holds ${type}, which cannot be missing`, 'Say with missing: what stands for a missing cell.');
  if (column.type !== 'category' && column.type !== 'text') return { ...rule, kind: 'number', ...(unit && { divide: UNITS[unit] }) };
  if (!codes)
    throw wrong(`The input of "${name}" takes numbers`, 'Say with codes: which number stands for each category, from 0 in a list.');
  return { ...rule, kind: 'codes', codes: Array.isArray(codes) ? codes.map((_, i) => i) : Object.values(codes) };
}

/** The categories of a column with codes, in the order of `CellRule.codes`. */
export function codedLevels({ codes }: AdoptedColumn): string[] {
  return Array.isArray(codes) ? codes : Object.keys(codes ?? {});
}

function outputOf(file: OnnxFile, { output, task, classes }: Adoption): OnnxHead['output'] {
  const floats = file.outputs.filter(
    (o) => o.type === 'float32' || o.type === 'float64' || (task === 'regression' && o.type !== undefined),
  );
  const named = (name: string): OnnxValue | undefined => file.outputs.find((o) => o.name === name);
  const chosen =
    output.name === undefined ? (named(file.probabilities ?? '') ?? (floats.length === 1 ? floats[0] : undefined)) : named(output.name);
  if (!chosen?.type || chosen.type === 'string')
    throw wrong(
      `Nothing says which output of the model is its ${task === 'regression' ? 'number' : 'probabilities'}`,
      `Say so under output: { name }. It has ${file.outputs.map((o) => o.name).join(', ')}.`,
    );
  const { shape = [-1] } = chosen;
  const width = shape.length === 1 ? -1 : (shape[1] as number);
  const count = Math.max(1, classes.length);
  if (shape.length > 2 || (width !== -1 && width !== count && !(count === 2 && width === 1)))
    throw wrong(`The output "${chosen.name}" does not give ${count} ${count === 1 ? 'number' : 'probabilities'} a row`);
  if (task !== 'regression') checkClasses(file.classes, classes);
  return { name: chosen.name, as: output.as ?? (task === 'regression' ? 'number' : 'probability') };
}

/** Where the model names its classes, the schema may rename them but not reorder them. */
function checkClasses(own: readonly string[] | undefined, classes: readonly string[]): void {
  if (!own || own.length !== classes.length || own.every((c, i) => c === classes[i])) return;
  if (own.every((c) => classes.includes(c))) throw wrong(`classes must stand in the order of the model: ${own.join(', ')}`);
}

/** Where a model takes a fixed number of rows at a time, all its inputs must. */
function batchOf(file: OnnxFile): { batch?: number } {
  const sizes = new Set(file.inputs.map((i) => i.shape?.[0] ?? -1));
  const [size = -1] = sizes;
  if (sizes.size > 1) throw unusable('Its inputs take different numbers of rows.');
  return size === -1 ? {} : { batch: size };
}

function hintOf(name: string, names: readonly string[]): string {
  const near = nearestName(name, [...names]);
  return near === undefined ? '' : `; did you mean "${near}"?`;
}
