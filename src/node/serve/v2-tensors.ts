import { own } from './json-body.js';
import { Refusal } from './refusal.js';

/** A tensor of the Open Inference Protocol V2, its cells in one list. */
export interface Tensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly cells: ArrayLike<unknown>;
}

/** How a fixed-size datatype is read from bytes, and its width. */
const FIXED: ReadonlyMap<string, readonly [number, (view: DataView, at: number) => unknown]> = new Map([
  ['BOOL', [1, (v: DataView, at: number) => v.getUint8(at) !== 0]],
  ['UINT8', [1, (v: DataView, at: number) => v.getUint8(at)]],
  ['UINT16', [2, (v: DataView, at: number) => v.getUint16(at, true)]],
  ['UINT32', [4, (v: DataView, at: number) => v.getUint32(at, true)]],
  ['UINT64', [8, (v: DataView, at: number) => Number(v.getBigUint64(at, true))]],
  ['INT8', [1, (v: DataView, at: number) => v.getInt8(at)]],
  ['INT16', [2, (v: DataView, at: number) => v.getInt16(at, true)]],
  ['INT32', [4, (v: DataView, at: number) => v.getInt32(at, true)]],
  ['INT64', [8, (v: DataView, at: number) => Number(v.getBigInt64(at, true))]],
  ['FP32', [4, (v: DataView, at: number) => v.getFloat32(at, true)]],
  ['FP64', [8, (v: DataView, at: number) => v.getFloat64(at, true)]],
]);

function wrong(message: string): Refusal {
  return new Refusal('REQUEST_INVALID', message);
}

/**
 * Reads the inputs of an inference request; those with binary data take theirs in order from what follows the JSON.
 * @throws Refusal `REQUEST_INVALID`
 */
export function readTensors(inputs: unknown, binary: Buffer, mostRows: number): Tensor[] {
  if (!Array.isArray(inputs) || inputs.length === 0) throw wrong('"inputs" is not a list of tensors.');
  let at = 0;
  const tensors = inputs.map((input: unknown, i): Tensor => {
    const name = own(input, 'name');
    const datatype = own(input, 'datatype');
    const shape = own(input, 'shape');
    if (typeof name !== 'string' || typeof datatype !== 'string') throw wrong(`Input ${i} has no name or no datatype.`);
    const told = JSON.stringify(name.slice(0, 60));
    if (!Array.isArray(shape) || !isColumn(shape)) throw wrong(`The shape of ${told} is neither [rows] nor [rows, 1].`);
    const rows = shape[0] as number;
    if (rows < 1 || rows > mostRows) throw wrong(`${told} has ${rows} rows; 1 to ${mostRows} are taken.`);
    const size = own(own(input, 'parameters'), 'binary_data_size');
    if (size === undefined) {
      const data = own(input, 'data');
      if (!Array.isArray(data)) throw wrong(`${told} has no data.`);
      const cells = data.length === rows && !Array.isArray(data[0]) ? data : data.flat();
      if (cells.length !== rows) throw wrong(`${told} has ${cells.length} cells for ${rows} rows.`);
      return { name, datatype, shape, cells };
    }
    if (!Number.isInteger(size) || (size as number) < 0 || at + (size as number) > binary.length)
      throw wrong(`The binary data of ${told} is cut short.`);
    const bytes = binary.subarray(at, at + (size as number));
    at += size as number;
    return { name, datatype, shape, cells: datatype === 'BYTES' ? readTexts(bytes, rows, told) : readFixed(bytes, datatype, rows, told) };
  });
  if (at !== binary.length) throw wrong('There is more binary data than the inputs tell of.');
  return tensors;
}

function isColumn(shape: unknown[]): boolean {
  return (shape.length === 1 || (shape.length === 2 && shape[1] === 1)) && Number.isInteger(shape[0]);
}

function readFixed(bytes: Buffer, datatype: string, rows: number, told: string): unknown[] {
  const type = FIXED.get(datatype);
  if (!type) throw wrong(`The datatype ${JSON.stringify(datatype.slice(0, 20))} of ${told} is not read.`);
  const [width, read] = type;
  if (bytes.length !== rows * width) throw wrong(`${told} has ${bytes.length} bytes for ${rows} rows of ${datatype}.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: rows }, (_, r) => read(view, r * width));
}

/** Texts with their length in four bytes before each. */
function readTexts(bytes: Buffer, rows: number, told: string): string[] {
  const texts: string[] = [];
  let at = 0;
  while (texts.length < rows) {
    const length = at + 4 <= bytes.length ? bytes.readUInt32LE(at) : Number.POSITIVE_INFINITY;
    if (at + 4 + length > bytes.length) throw wrong(`The texts of ${told} are cut short.`);
    texts.push(bytes.toString('utf8', at + 4, at + 4 + length));
    at += 4 + length;
  }
  if (at !== bytes.length) throw wrong(`${told} has more texts than rows.`);
  return texts;
}

/** Cells of an output as bytes: FP64, or texts. */
export function tensorBytes({ datatype, cells }: Tensor): Buffer {
  if (datatype === 'FP64') {
    const bytes = Buffer.alloc(cells.length * 8);
    for (let i = 0; i < cells.length; i++) bytes.writeDoubleLE(cells[i] as number, i * 8);
    return bytes;
  }
  const parts: Buffer[] = [];
  for (let i = 0; i < cells.length; i++) {
    const text = Buffer.from(cells[i] as string);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    parts.push(length, text);
  }
  return Buffer.concat(parts);
}
