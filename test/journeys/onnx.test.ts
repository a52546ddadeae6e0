import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { encodeBundle } from '../../src/model/bundle-file.js';
import { exampleBundle } from '../example-bundle.js';
import { millwright, workFolder } from './cli.js';

const folder = workFolder();

it('writes a model beside its bundle, checked by a runtime, and tells its inputs', async () => {
  const bundle = exampleBundle();
  const share = { kind: 'category-frequency', columns: [{ name: 'note', output: 'note.words', levels: ['a b c'], shares: [1], rest: 3 }] };
  bundle.recipe = bundle.recipe.map((step) => (step.kind === 'text-stats' ? share : step));
  writeFileSync(join(folder, 'left.mill'), await encodeBundle(bundle));
  const { status, stdout, stderr } = await millwright(folder, 'onnx', 'left.mill', '--json');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const told = JSON.parse(stdout);
  expect(told).toMatchObject({
    out: 'left.onnx',
    outputs: ['label', 'probabilities'],
    checked: { runtime: expect.stringMatching(/^onnxruntime-/) },
  });
  expect(told.inputs.map((i: { name: string }) => i.name)).toEqual(['age', 'city', 'seen', 'note', 'member']);
  expect(told.checked.difference).toBeLessThan(1e-12);
  expect(readFileSync(join(folder, 'left.onnx')).length).toBe(told.bytes);
  const text = await millwright(folder, 'onnx', 'left.mill', '-o', 'named.onnx');
  expect(text.stdout).toContain('named.onnx');
  expect(readFileSync(join(folder, 'named.onnx')).equals(readFileSync(join(folder, 'left.onnx')))).toBe(true);
});

it('refuses texts and writes nothing', async () => {
  writeFileSync(join(folder, 'text.mill'), await encodeBundle(exampleBundle()));
  const { status, stderr } = await millwright(folder, 'onnx', 'text.mill');
  expect(status).toBe(1);
  expect(stderr).toContain('"note"');
  expect(stderr).toContain('--drop note');
  expect(existsSync(join(folder, 'text.onnx'))).toBe(false);
});
