import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toOnnx } from '../../src/engine/export/onnx/to-onnx.js';
import type { Bundle } from '../../src/model/bundle.js';
import { decodeBundle } from '../../src/model/bundle-file.js';
import { predict } from '../../src/model/predict.js';
import { tableFromRows } from '../../src/model/table-from-rows.js';
import { cellsOf, runOnnx } from './run-onnx.js';

// Every kind of model, on raw rows, in a real ONNX runtime.

const folder = new URL('../golden/bundles/', import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.mill'))
  .map((file) => file.slice(0, -'.mill'.length));
const read = (name: string): Promise<Bundle> => decodeBundle(new Uint8Array(readFileSync(new URL(`${name}.mill`, folder))));

describe.each(names)('%s', (name) => {
  it('says the same as ONNX', async () => {
    const bundle = await read(name);
    const { rows } = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as { rows: Record<string, unknown>[] };
    const table = tableFromRows(bundle.schema, rows);
    const ours = predict(bundle, table);
    const theirs = await runOnnx(bundle, table.rows, (column) => cellsOf(table, column));
    expect(theirs.labels).toEqual(ours.labels);
    expect(theirs.values.length).toBe(ours.values.length);
    // the network sums in 32-bit floats, ONNX in doubles
    const most = name.includes('mlp') ? 3e-6 : 1e-13;
    theirs.values.forEach((value, i) => {
      expect(Math.abs(value - (ours.values[i] as number))).toBeLessThanOrEqual(most * Math.max(1, Math.abs(value)));
    });
  });
});

it('refuses a model that it does not know, and says what to do', async () => {
  const bundle = await read('v1-constant-regression');
  bundle.model = { ...bundle.model, kind: 'oracle' };
  expect(() => toOnnx(bundle)).toThrow(
    expect.objectContaining({
      code: 'ONNX_INEXPRESSIBLE',
      message: expect.stringContaining('"oracle"'),
      hint: expect.stringContaining('train again'),
    }),
  );
});
