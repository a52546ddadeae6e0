import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MillwrightError } from '../../core/errors.js';
import { parseAdoption } from './adoption.js';
import { bindColumns, columnNamed } from './bind-columns.js';
import { readOnnx } from './onnx-file.js';
import { concatenated, wireBytes, wireSmall } from './wire.js';

const golden = (name: string): Uint8Array => readFileSync(new URL(`../../../test/golden/onnx/${name}.onnx`, import.meta.url));
const schema = (name: string): string => readFileSync(new URL(`../../../test/golden/onnx/${name}.yaml`, import.meta.url), 'utf8');
const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return error instanceof MillwrightError ? error.code : String(error);
  }
  return 'done';
};

it('reads what goes in and what comes out', () => {
  expect(readOnnx(golden('sklearn-forest'))).toMatchObject({
    producer: 'skl2onnx',
    inputs: [{ name: 'X', type: 'float32', shape: [-1, 3] }],
    outputs: [
      { name: 'label', type: 'int64' },
      { name: 'probabilities', type: 'float32', shape: [-1, 3] },
    ],
    classes: ['0', '1', '2'],
  });
  expect(readOnnx(golden('sklearn-pipeline')).inputs.map((i) => i.type)).toEqual(['int64', 'float32', 'string', 'string']);
  // the batch has a name
  expect(readOnnx(golden('network')).inputs).toEqual([{ name: 'x', type: 'float32', shape: [-1, 2] }]);
});

it('makes a tensor of the probabilities that ZipMap puts in dictionaries', () => {
  for (const [name, classes] of [
    ['sklearn-pipeline', ['no', 'yes']],
    ['lightgbm', ['0', '1']],
  ] as const) {
    const file = readOnnx(golden(name));
    expect(file.classes).toEqual(classes);
    expect(file.outputs.find((o) => o.name === file.probabilities)?.type).toBe('float32');
    // what was made has no ZipMap any more
    const again = readOnnx(file.bytes);
    expect([again.probabilities, again.outputs]).toEqual([undefined, file.outputs]);
  }
});

it('refuses weights in other files, wherever they are named', () => {
  expect(codeOf(() => readOnnx(golden('outside')))).toBe('ONNX_UNUSABLE');
  const elsewhere = wireSmall(14, 1);
  const graph = (held: Uint8Array): Uint8Array => wireBytes(7, held);
  const attribute = (number: number, held: Uint8Array): Uint8Array => wireBytes(1, wireBytes(5, wireBytes(number, held)));
  expect(codeOf(() => readOnnx(graph(wireBytes(5, wireSmall(14, 0)))))).toBe('done');
  const hidden = [
    graph(wireBytes(5, elsewhere)),
    graph(wireBytes(5, wireBytes(13, new Uint8Array(0)))),
    // 2^32 more than the tag of field 14, which readers in C++ take for it
    graph(wireBytes(5, Uint8Array.of(0xf0, 0x80, 0x80, 0x80, 0x10, 1))),
    graph(wireBytes(15, wireBytes(1, elsewhere))),
    graph(attribute(5, elsewhere)),
    graph(attribute(10, elsewhere)),
    graph(attribute(6, wireBytes(5, elsewhere))),
    graph(attribute(11, attribute(6, wireBytes(5, elsewhere)))),
    graph(attribute(22, wireBytes(2, elsewhere))),
    concatenated([graph(new Uint8Array(0)), wireBytes(25, wireBytes(7, wireBytes(5, wireBytes(5, elsewhere))))]),
    concatenated([graph(new Uint8Array(0)), wireBytes(20, wireBytes(2, wireBytes(5, elsewhere)))]),
  ];
  for (const [i, bytes] of hidden.entries())
    expect(
      codeOf(() => readOnnx(bytes)),
      String(i),
    ).toBe('ONNX_UNUSABLE');
});

it('refuses what is no ONNX, and never breaks on a damaged file', () => {
  const whole = golden('lightgbm');
  expect(codeOf(() => readOnnx(new TextEncoder().encode('a,b\n1,2\n')))).toBe('ONNX_UNUSABLE');
  expect(codeOf(() => readOnnx(concatenated([wireBytes(7, whole), wireBytes(7, whole)])))).toBe('ONNX_UNUSABLE');
  expect(codeOf(() => readOnnx(concatenated([Uint8Array.of(8, 0, 0, 0), new TextEncoder().encode('ORTM'), whole])))).toBe('ONNX_UNUSABLE');
  for (let length = 0; length < whole.length; length += 7)
    expect(['done', 'ONNX_UNUSABLE']).toContain(codeOf(() => readOnnx(whole.subarray(0, length))));
  for (let at = 0; at < whole.length; at += 3) {
    const damaged = Uint8Array.from(whole);
    damaged[at] = (damaged[at] as number) ^ 0xff;
    expect(['done', 'ONNX_UNUSABLE']).toContain(codeOf(() => readOnnx(damaged)));
  }
  let deep: Uint8Array = new Uint8Array(0);
  for (let i = 0; i < 200; i++) deep = wireBytes(1, wireBytes(5, wireBytes(6, deep)));
  expect(codeOf(() => readOnnx(wireBytes(7, deep)))).toBe('ONNX_UNUSABLE');
});

it('knows a column by the name that converters give its tensor', () => {
  expect(columnNamed('education_num', ['age', 'education-num'])).toEqual(['education-num']);
  expect(columnNamed('a_b', ['a-b', 'a b', 'a_b'])).toEqual(['a_b']);
  expect(columnNamed('a_b', ['a-b', 'a b'])).toBeUndefined();
});

it('ties columns to tensors, or says what does not fit', () => {
  const bind = (name: string, change: (text: string) => string = (t) => t) =>
    bindColumns(readOnnx(golden(name)), parseAdoption(change(schema(name)), 's'));
  expect(bind('lightgbm')).toMatchObject({
    inputs: [{ name: 'input', type: 'float32', flat: false, columns: ['age', 'income', 'city'] }],
    output: { as: 'probability' },
    cells: [{ kind: 'number' }, { kind: 'number' }, { kind: 'codes', codes: [0, 1, 2] }],
  });
  expect(bind('sklearn-pipeline').inputs.map((i) => i.columns)).toEqual([['age'], ['income'], ['city'], ['member']]);
  const refused: [string, RegExp, string][] = [
    ['lightgbm', /, codes: \[.*\]/, ''],
    ['lightgbm', /.*age.*\n/, ''],
    ['lightgbm', /\[no, yes\]/, '[no]'],
    ['lightgbm', /version: 1/, 'version: 2'],
    ['lightgbm', /threshold: 0.4/, 'treshold: 0.4'],
    ['lightgbm', /threshold: 0.4/, 'inputs: [{ name: input, columns: [age, income, town] }]'],
    ['lightgbm', /threshold: 0.4/, 'output: { name: nothing }'],
    ['lightgbm', /threshold: 0.4/, 'output: { as: number }'],
    ['sklearn-pipeline', /\[no, yes\]/, '[yes, no]'],
    ['sklearn-pipeline', /, missing: 50/, ''],
    ['sklearn-pipeline', /missing: 20000/, 'missing: nothing'],
    ['sklearn-pipeline', /city, type: category/, 'city, type: category, codes: [a]'],
    ['sklearn-forest', /multiclass/, 'binary'],
    ['sklearn-ridge', /name: income/, 'name: age'],
  ];
  for (const [name, from, to] of refused)
    expect(
      codeOf(() => bind(name, (t) => t.replace(from, to))),
      `${name} ${from}`,
    ).toBe('ADOPTION_INVALID');
});
