import * as ort from 'onnxruntime-web';
import type { Table } from '../../src/core/table.js';
import { toOnnx } from '../../src/engine/export/onnx/to-onnx.js';
import type { Bundle } from '../../src/model/bundle.js';

ort.env.wasm.numThreads = 1;

export interface Said {
  values: number[];
  labels?: string[];
}

/** What the cells of a raw table are as inputs of an exported model. */
export function cellsOf(table: Table, column: string): (number | string)[] {
  const from = table.find(column);
  if (from === undefined) throw new Error(`no column ${column}`);
  if (from.kind === 'numeric') return [...from.values];
  return Array.from(from.codes, (code) => (code < 0 ? '' : (from.levels[code] as string)));
}

/** Exports a bundle and runs it in a real ONNX runtime. @param cells of an input, by the name of its column */
export async function runOnnx(bundle: Bundle, rows: number, cells: (column: string) => (number | string)[]): Promise<Said> {
  const { bytes, inputs } = toOnnx(bundle);
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'], logSeverityLevel: 3 });
  const feeds = {};
  for (const { name, column, tensor } of inputs) {
    const data = cells(column);
    const value =
      tensor === 'double'
        ? new ort.Tensor('float64', Float64Array.from(data as number[]), [rows, 1])
        : new ort.Tensor('string', data as string[], [rows, 1]);
    Object.defineProperty(feeds, name, { value, enumerable: true });
  }
  const said = await session.run(feeds);
  await session.release();
  const numbers = (said.variable ?? said.probabilities) as ort.Tensor;
  return {
    values: [...(numbers.data as Float64Array)],
    ...(said.label && { labels: [...(said.label.data as unknown as string[])] }),
  };
}
