import { describe, expect, it } from 'vitest';
import { exampleBundle, exampleRows } from '../../test/example-bundle.js';
import { decodeBundle, encodeBundle } from './bundle-file.js';
import { writeJson } from './json.js';
import { predict } from './predict.js';
import { sha256 } from './sha256.js';
import { tableFromRows } from './table-from-rows.js';
import { readZip, unpack } from './zip-read.js';
import { writeZip } from './zip-write.js';

const bundle = exampleBundle();
const bytes = await encodeBundle(bundle);
const table = tableFromRows(bundle.schema, exampleRows());
const code = (wanted: string): unknown => expect.objectContaining({ name: 'MillwrightError', code: wanted });
const anyBundleError = expect.objectContaining({ name: 'MillwrightError', code: expect.stringMatching(/^BUNDLE_/) });

/** The parts of the example. */
function unpacked(): Promise<[string, Uint8Array][]> {
  return Promise.all([...readZip(bytes).values()].map(async (e): Promise<[string, Uint8Array]> => [e.name, await unpack(e)]));
}

/** The parts of the example with some replaced, under a manifest that is right for them. */
async function forged(changes: Record<string, unknown>, manifest: Record<string, unknown> = {}): Promise<Uint8Array> {
  const parts: [string, Uint8Array][] = [];
  for (const [name, content] of await unpacked()) {
    if (name === 'manifest.json') continue;
    const change = changes[name];
    const other = (): Uint8Array => (change instanceof Uint8Array ? change : text(typeof change === 'string' ? change : writeJson(change)));
    parts.push([name, change === undefined ? content : other()]);
  }
  const entries = await Promise.all(parts.map(async ([name, part]) => ({ name, sha256: await sha256(part), bytes: part.length })));
  return writeZip([['manifest.json', text(writeJson({ format: 'millwright', version: 1, entries, ...manifest }))], ...parts]);
}

const text = (s: string): Uint8Array => new TextEncoder().encode(s);

describe('encodeBundle', () => {
  it('writes what decodeBundle reads: the same predictions, the same bytes', async () => {
    const back = await decodeBundle(bytes);
    expect(predict(back, table)).toEqual(predict(bundle, table));
    expect({ ...back, model: 0 }).toEqual({ ...bundle, model: 0 });
    expect(await encodeBundle(back)).toEqual(bytes);
  });

  it('does not depend on the order of keys', async () => {
    const turned = { ...bundle, metrics: Object.fromEntries(Object.entries(bundle.metrics).reverse()) };
    expect(await encodeBundle(turned)).toEqual(bytes);
  });

  it('writes an ordinary ZIP file', () => {
    expect([...readZip(bytes).keys()]).toEqual([
      'manifest.json',
      'schema.json',
      'task.json',
      'recipe.json',
      'model.json',
      'model.bin',
      'metrics.json',
      'lineage.json',
    ]);
  });
});

describe('decodeBundle', () => {
  it('reads a view into a larger buffer', async () => {
    const larger = new Uint8Array(bytes.length + 7);
    larger.set(bytes, 3);
    const back = await decodeBundle(larger.subarray(3, 3 + bytes.length));
    expect(predict(back, table)).toEqual(predict(bundle, table));
  });

  it('refuses a file cut short anywhere', async () => {
    for (let length = 0; length < bytes.length; length += length < 64 ? 1 : 13)
      await expect(decodeBundle(bytes.slice(0, length)), `${length} bytes`).rejects.toEqual(code('BUNDLE_UNREADABLE'));
  });

  it('refuses a changed byte, or reads the very same model', async () => {
    const expected = predict(bundle, table);
    for (let at = 0; at < bytes.length; at += 5) {
      const changed = bytes.slice();
      changed[at] = (changed[at] as number) ^ (1 << (at % 8));
      const result = await decodeBundle(changed).catch((error: unknown) => error);
      if (result instanceof Error) expect(result, `byte ${at}`).toEqual(anyBundleError);
      else expect(predict(result as typeof bundle, table), `byte ${at}`).toEqual(expected);
    }
  });

  it('says that changed content is tampered with', async () => {
    const zip = readZip(bytes);
    for (const entry of zip.values()) {
      const changed = bytes.slice();
      const at = entry.data.byteOffset - bytes.byteOffset + Math.floor(entry.data.length / 2);
      changed[at] = (changed[at] as number) ^ 255;
      await expect(decodeBundle(changed), entry.name).rejects.toEqual(code('BUNDLE_TAMPERED'));
    }
  });

  it('says that content under a foreign manifest is tampered with', async () => {
    const parts = await unpacked();
    const swapped = parts.map(([n, p]): [string, Uint8Array] => [n, n === 'metrics.json' ? text('{"auc":1}') : p]);
    await expect(decodeBundle(writeZip(swapped))).rejects.toEqual(code('BUNDLE_TAMPERED'));
    await expect(decodeBundle(writeZip([...parts, ['extra', text('x')]]))).rejects.toEqual(code('BUNDLE_TAMPERED'));
    await expect(decodeBundle(writeZip(parts.slice(0, -1)))).rejects.toEqual(code('BUNDLE_TAMPERED'));
  });

  it('says that a later version is too new, before it looks further', async () => {
    await expect(decodeBundle(await forged({ 'schema.json': 'of the future' }, { version: 3, entries: 'also' }))).rejects.toEqual(
      code('BUNDLE_TOO_NEW'),
    );
  });

  it('does not unpack what claims an impossible size', async () => {
    const bomb = bytes.slice();
    const view = new DataView(bomb.buffer);
    const directory = view.getUint32(bomb.length - 6, true);
    view.setUint32(directory + 24, 0x7fffffff, true);
    await expect(decodeBundle(bomb)).rejects.toEqual(code('BUNDLE_UNREADABLE'));
  });

  it('unpacks no more than was declared', async () => {
    const zeros = writeZip([['manifest.json', new Uint8Array(1_000_000)]]);
    const view = new DataView(zeros.buffer);
    view.setUint32(view.getUint32(zeros.length - 6, true) + 24, 1000, true);
    await expect(decodeBundle(zeros)).rejects.toEqual(code('BUNDLE_TAMPERED'));
  });

  it.each([
    ['nothing', ''],
    ['another kind of file', '%PDF-1.7 and so on, for long enough to hold an end record'],
  ])('refuses %s', async (_, content) => {
    await expect(decodeBundle(text(content))).rejects.toEqual(code('BUNDLE_UNREADABLE'));
  });

  it('refuses a ZIP file of something else', async () => {
    await expect(decodeBundle(writeZip([['a.txt', text('hello')]]))).rejects.toEqual(code('BUNDLE_UNREADABLE'));
    await expect(decodeBundle(writeZip([['manifest.json', text('{"format":"else"}')]]))).rejects.toEqual(code('BUNDLE_UNREADABLE'));
  });

  const schema = (change: object): object => ({ columns: [{ ...bundle.schema.columns[0], ...change }] });
  const model = bundle.model.encode();
  const head = (change: object): object => ({ head: { ...model.head, ...change }, blobs: [] });
  it.each<[string, Record<string, unknown>]>([
    ['a schema that is a list', { 'schema.json': [] }],
    ['a schema with a column of unknown type', { 'schema.json': schema({ type: 'tensor' }) }],
    ['a schema with a missing list of numbers', { 'schema.json': schema({ missing: [1] }) }],
    ['a schema with a column twice', { 'schema.json': { columns: [bundle.schema.columns[0], bundle.schema.columns[0]] } }],
    ['a schema whose key is __proto__', { 'schema.json': '{"__proto__":{"columns":[]}}' }],
    ['a task of unknown kind', { 'task.json': { ...bundle.task, kind: 'oracle' } }],
    ['a binary task with three classes', { 'task.json': { ...bundle.task, classes: ['a', 'b', 'c'] } }],
    ['a task with one class twice', { 'task.json': { ...bundle.task, classes: ['a', 'a'] } }],
    ['a recipe that is not a list', { 'recipe.json': {} }],
    ['a recipe that does not make what the model reads', { 'recipe.json': [{ kind: 'select', columns: [] }] }],
    [
      'a recipe that makes a column twice',
      { 'recipe.json': [...bundle.recipe, { kind: 'impute', columns: [{ name: 'x', value: 0, indicator: 'age' }] }] },
    ],
    ['text that is not UTF-8', { 'task.json': Uint8Array.of(0x22, 0xff, 0x22) }],
    ['a model of unknown kind', { 'model.json': head({ kind: 'oracle' }) }],
    ['a model of an inherited kind', { 'model.json': head({ kind: 'toString' }) }],
    ['a model without its arrays', { 'model.json': head({}) }],
    ['a model that is null', { 'model.json': { head: null, blobs: [] } }],
    ['an array beyond the end', { 'model.json': { head: model.head, blobs: [{ name: 'leaf', dtype: 'f64', offset: 0, length: 1e9 }] } }],
    ['an array at an odd place', { 'model.json': { head: model.head, blobs: [{ name: 'leaf', dtype: 'f64', offset: 4, length: 1 }] } }],
    [
      'an array of unknown type',
      { 'model.json': { head: model.head, blobs: [{ name: 'leaf', dtype: 'constructor', offset: 0, length: 1 }] } },
    ],
    ['metrics that are a number', { 'metrics.json': 1 }],
    ['a lineage without rows', { 'lineage.json': { millwright: '1', dataHash: '', seed: 1 } }],
    ['JSON nested without end', { 'metrics.json': `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}` }],
  ])('refuses %s', async (_, changes) => {
    await expect(decodeBundle(await forged(changes))).rejects.toEqual(code('BUNDLE_UNREADABLE'));
  });

  it('ignores a part that it does not know, when the manifest lists it', async () => {
    const parts = (await unpacked()).filter(([name]) => name !== 'manifest.json');
    parts.push(['notes.json', text('{}')]);
    const entries = await Promise.all(parts.map(async ([name, part]) => ({ name, sha256: await sha256(part), bytes: part.length })));
    const file = writeZip([['manifest.json', text(writeJson({ format: 'millwright', version: 1, entries }))], ...parts]);
    expect(predict(await decodeBundle(file), table)).toEqual(predict(bundle, table));
  });
});
