import { BATCH, SCHEMA } from './arrow-types.js';
import { type FlatField, type FlatNode, flatBuffer } from './flat-write.js';

/** A column to write. Numbers that are not finite are null. */
export interface ArrowColumn {
  readonly name: string;
  readonly values: Float64Array | readonly string[];
}

const V5 = 4;
const FLOAT = 3;
const TEXT = 5;
const DOUBLE = 2;
const END = Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);

/**
 * Writes an Arrow IPC stream of one batch: doubles and texts.
 * @param metadata of the schema
 * @example writeArrow([{ name: 'prediction', values: Float64Array.of(1.5) }], 1, [['version', '3']])
 */
export function writeArrow(columns: readonly ArrowColumn[], rows: number, metadata: readonly (readonly [string, string])[]): Buffer {
  const schema: FlatNode = {
    table: [
      { bytes: 2, value: 0 },
      { list: columns.map(fieldOf) },
      { list: metadata.map(([key, value]) => ({ table: [{ text: key }, { text: value }] })) },
    ],
  };
  const body: Buffer[] = [];
  const nodes: number[] = [];
  const buffers: number[] = [];
  let end = 0;
  for (const { values } of columns) {
    const { there, nulls, data } = buffersOf(values, rows);
    nodes.push(rows, nulls);
    for (const bytes of [there, ...data]) {
      buffers.push(end, bytes.length);
      const padded = Math.ceil(bytes.length / 8) * 8;
      body.push(bytes, Buffer.alloc(padded - bytes.length));
      end += padded;
    }
  }
  const batch: FlatNode = {
    table: [
      { bytes: 8, value: rows },
      { longs: nodes, width: 2 },
      { longs: buffers, width: 2 },
    ],
  };
  return Buffer.concat([...message(SCHEMA, schema, 0), ...message(BATCH, batch, end), ...body, END]);
}

function message(kind: number, content: FlatNode, size: number): [Buffer, Buffer] {
  const flat = flatBuffer({ table: [{ bytes: 2, value: V5 }, { bytes: 1, value: kind }, content, { bytes: 8, value: size }] });
  const head = Buffer.alloc(8, 0xff);
  head.writeInt32LE(flat.length, 4);
  return [head, flat];
}

function fieldOf({ name, values }: ArrowColumn): FlatNode {
  const [type, about]: [number, readonly FlatField[]] =
    values instanceof Float64Array ? [FLOAT, [{ bytes: 2, value: DOUBLE }]] : [TEXT, []];
  return { table: [{ text: name }, { bytes: 1, value: 1 }, { bytes: 1, value: type }, { table: about }, undefined, { list: [] }] };
}

function buffersOf(values: ArrowColumn['values'], rows: number): { there: Buffer; nulls: number; data: Buffer[] } {
  if (values instanceof Float64Array) {
    const finite = bits(rows, (r) => Number.isFinite(values[r]));
    const nulls = rows - finite.count;
    // every platform that runs JavaScript is little-endian
    return {
      there: nulls === 0 ? Buffer.alloc(0) : finite.bytes,
      nulls,
      data: [Buffer.from(values.buffer, values.byteOffset, values.byteLength)],
    };
  }
  const texts = values.map((text) => Buffer.from(text));
  const places = Buffer.alloc(4 * (rows + 1));
  let end = 0;
  texts.forEach((text, r) => {
    end += text.length;
    places.writeInt32LE(end, 4 * (r + 1));
  });
  return { there: Buffer.alloc(0), nulls: 0, data: [places, Buffer.concat(texts)] };
}

function bits(rows: number, is: (row: number) => boolean): { bytes: Buffer; count: number } {
  const bytes = Buffer.alloc(Math.ceil(rows / 8));
  let count = 0;
  for (let r = 0; r < rows; r++)
    if (is(r)) {
      bytes[r >> 3] = (bytes[r >> 3] as number) | (1 << (r & 7));
      count++;
    }
  return { bytes, count };
}
