import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { encodeBundle } from '../../src/model/bundle-file.js';
import { exampleBundle } from '../example-bundle.js';
import { millwright, workFolder } from './cli.js';

const folder = workFolder();

it('writes a model beside its bundle, checked by a runtime, and tells its inputs', async () => {
  writeFileSync(join(folder, 'left.mill'), await encodeBundle(exampleBundle()));
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

it('refuses what is no bundle and writes nothing', async () => {
  writeFileSync(join(folder, 'no.mill'), 'no bundle');
  const { status, stderr } = await millwright(folder, 'onnx', 'no.mill');
  expect(status).toBe(1);
  expect(stderr).toContain('BUNDLE_UNREADABLE');
  expect(existsSync(join(folder, 'no.onnx'))).toBe(false);
});
