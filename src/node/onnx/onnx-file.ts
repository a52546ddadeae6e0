import { MillwrightError } from '../../core/errors.js';
import { concatenated, type WireField, wholeNumbers, wireBytes, wireFields, wireSmall } from './wire.js';

/** Types of tensor that cells can go into, by their number in ONNX. */
const TENSOR_TYPES: ReadonlyMap<bigint, TensorType> = new Map([
  [1n, 'float32'],
  [6n, 'int32'],
  [7n, 'int64'],
  [8n, 'string'],
  [9n, 'bool'],
  [11n, 'float64'],
]);
/** A node deeper than this is no honest model's; runtimes give up at 100 messages. */
const DEEPEST = 32;

export type TensorType = 'float32' | 'float64' | 'int32' | 'int64' | 'bool' | 'string';

/** An input or output of a model. */
export interface OnnxValue {
  readonly name: string;
  /** Absent for types that hold no cells, and for what is no tensor. */
  readonly type?: TensorType;
  /** Absent where the file does not say; −1 for a size that is open. */
  readonly shape?: readonly number[];
}

/** What an ONNX file says of itself. */
export interface OnnxFile {
  /** Ready to run: dictionaries of probabilities have become tensors. */
  readonly bytes: Uint8Array;
  readonly producer: string;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** The classes in the order of their probabilities, where the model names them. */
  readonly classes?: readonly string[];
  /** The output that is the probabilities, where the model says so. */
  readonly probabilities?: string;
}

/**
 * Looks through an ONNX file before anything runs it. Weights in other files are refused, wherever in the model they are named.
 * `ZipMap`, with which converters for scikit-learn make a dictionary of each row's probabilities, is taken out.
 * @throws MillwrightError `ONNX_UNUSABLE`
 * @example readOnnx(await readFile('model.onnx')).inputs // [{ name: 'X', type: 'float32', shape: [-1, 4] }]
 */
export function readOnnx(bytes: Uint8Array): OnnxFile {
  // by these bytes the runtime takes a file for one of its own format, which is not looked through here
  if (new TextDecoder('latin1').decode(bytes.subarray(4, 8)) === 'ORTM')
    throw unusable('It is in the format of ONNX Runtime, not in ONNX.', 'Give the .onnx file that it was made from.');
  try {
    return read(bytes);
  } catch (cause) {
    if (cause instanceof MillwrightError) throw cause;
    throw unusable(`It is not an ONNX file: ${(cause as Error).message}.`, undefined, cause);
  }
}

function read(bytes: Uint8Array): OnnxFile {
  const model = [...wireFields(bytes)];
  const graphs = model.filter((f) => f.number === 7);
  if (graphs.length !== 1) throw unusable('It is not an ONNX file: it has no graph.');
  for (const field of model) {
    if (field.number === 7) checkGraph(field.bytes, 0);
    if (field.number === 20) for (const f of wireFields(field.bytes)) if (f.number <= 2) checkGraph(f.bytes, 1);
    if (field.number === 25)
      for (const f of wireFields(field.bytes))
        if (f.number === 7 || f.number === 11) checkNode(f.number === 7 ? f.bytes : inNode(f.bytes), 1);
  }
  const { graph, zipped, values } = withoutZipMap((graphs[0] as WireField).bytes);
  const fields = [...wireFields(graph)];
  const named = fields.filter((f) => f.number === 5).flatMap((f) => [...wireFields(f.bytes)].filter((t) => t.number === 8).map(textOf));
  const weights = new Set(named);
  const inputs = fields.filter((f) => f.number === 11).map((f) => readValue(f.bytes));
  const labelled = values ?? fields.filter((f) => f.number === 1).flatMap((f) => classLabels(f.bytes) ?? []);
  return {
    bytes:
      zipped === undefined ? bytes : concatenated(model.map((f) => (f.number === 7 ? wireBytes(7, graph) : bytes.subarray(f.from, f.to)))),
    producer: model.filter((f) => f.number === 2).map(textOf)[0] ?? '',
    // older files name their weights as inputs too
    inputs: inputs.filter((i) => !weights.has(i.name)),
    outputs: fields.filter((f) => f.number === 12).map((f) => readValue(f.bytes)),
    ...(labelled.length > 0 && { classes: labelled }),
    ...(zipped !== undefined && { probabilities: zipped }),
  };
}

/** Every tensor of a graph and of the graphs in it must hold its own numbers. */
function checkGraph(graph: Uint8Array, depth: number): void {
  if (depth > DEEPEST) throw unusable('Its graphs lie too deep in one another.');
  for (const { number, bytes } of wireFields(graph)) {
    if (number === 1) checkNode(bytes, depth);
    else if (number === 5) checkTensor(bytes);
    else if (number === 15) checkSparse(bytes);
  }
}

function checkNode(node: Uint8Array, depth: number): void {
  for (const attribute of wireFields(node)) {
    if (attribute.number !== 5) continue;
    for (const { number, bytes } of wireFields(attribute.bytes)) {
      if (number === 5 || number === 10) checkTensor(bytes);
      else if (number === 6 || number === 11) checkGraph(bytes, depth + 1);
      else if (number === 22 || number === 23) checkSparse(bytes);
    }
  }
}

/** An attribute as it stands in a node. */
const inNode = (attribute: Uint8Array): Uint8Array => wireBytes(5, attribute);

function checkSparse(tensor: Uint8Array): void {
  for (const { number, bytes } of wireFields(tensor)) if (number === 1 || number === 2) checkTensor(bytes);
}

function checkTensor(tensor: Uint8Array): void {
  for (const { number, value } of wireFields(tensor))
    if (number === 13 || (number === 14 && value !== 0n))
      throw unusable('It keeps weights in another file.', 'Save it as one file: onnx.save(model, path, save_as_external_data=False).');
}

function readValue(bytes: Uint8Array): OnnxValue {
  let name = '';
  let type: TensorType | undefined;
  let shape: number[] | undefined;
  for (const field of wireFields(bytes)) {
    if (field.number === 1) name = textOf(field);
    if (field.number !== 2) continue;
    for (const tensor of wireFields(field.bytes)) {
      if (tensor.number !== 1) continue;
      for (const part of wireFields(tensor.bytes)) {
        if (part.number === 1) type = TENSOR_TYPES.get(part.value);
        else if (part.number === 2) shape = [...wireFields(part.bytes)].filter((f) => f.number === 1).map((f) => sizeOf(f.bytes));
      }
    }
  }
  return { name, ...(type && { type }), ...(shape && { shape }) };
}

function sizeOf(dimension: Uint8Array): number {
  for (const { number, value } of wireFields(dimension)) if (number === 1 && value > 0n && value < 2n ** 31n) return Number(value);
  return -1;
}

/** The classes that a node names, as text. */
function classLabels(node: Uint8Array): string[] | undefined {
  for (const attribute of wireFields(node)) {
    if (attribute.number !== 5) continue;
    const fields = [...wireFields(attribute.bytes)];
    const name = fields.filter((f) => f.number === 1).map(textOf)[0];
    if (name !== 'classlabels_strings' && name !== 'classlabels_int64s' && name !== 'classlabels_ints') continue;
    const texts = fields.filter((f) => f.number === 9).map(textOf);
    const labels = texts.length > 0 ? texts : fields.filter((f) => f.number === 8).flatMap((f) => wholeNumbers(f).map(String));
    if (labels.length > 0) return labels;
  }
  return undefined;
}

/** Takes the last `ZipMap` out, if there is one; its input, a tensor, becomes the output instead. */
function withoutZipMap(graph: Uint8Array): { graph: Uint8Array; zipped?: string; values?: string[] } {
  const fields = [...wireFields(graph)];
  const zip = fields.find((f) => f.number === 1 && [...wireFields(f.bytes)].some((p) => p.number === 4 && textOf(p) === 'ZipMap'));
  if (!zip) return { graph };
  const parts = [...wireFields(zip.bytes)];
  const tensor = parts.filter((p) => p.number === 1).map(textOf)[0] ?? '';
  const made = parts.filter((p) => p.number === 2).map(textOf)[0];
  // elem_type 1: probabilities are float32; no shape: the runtime works it out
  const type = wireBytes(2, wireBytes(1, wireSmall(1, 1)));
  const output = wireBytes(12, concatenated([wireBytes(1, new TextEncoder().encode(tensor)), type]));
  const rest = fields.flatMap((f) => {
    if (f === zip) return [];
    return [f.number === 12 && readValue(f.bytes).name === made ? output : graph.subarray(f.from, f.to)];
  });
  return { graph: concatenated(rest), zipped: tensor, values: classLabels(zip.bytes) };
}

const textOf = ({ bytes }: WireField): string => new TextDecoder().decode(bytes);

/** The error for an ONNX file that cannot be a model of rows. */
export function unusable(message: string, hint?: string, cause?: unknown): MillwrightError {
  return new MillwrightError(
    'ONNX_UNUSABLE',
    `The ONNX model cannot be used. ${message}`,
    hint ?? 'docs/adopt.md says what can be adopted.',
    {
      cause,
    },
  );
}
