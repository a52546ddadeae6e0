import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, expect, it } from 'vitest';
import { ArtefactFiles } from './artefact-files.js';

const folder = mkdtempSync(join(tmpdir(), 'millwright-artefacts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const files = new ArtefactFiles(folder);
const HELLO = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
const place = (hash: string): string => join(folder, hash.slice(0, 2), hash.slice(2));

it('keeps content under its hash, whole or in pieces', async () => {
  expect(await files.put(Buffer.from('hello'))).toEqual({ sha256: HELLO, bytes: 5 });
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('hel');
    yield Buffer.from('lo');
  }
  expect(await files.put(pieces())).toEqual({ sha256: HELLO, bytes: 5 });
  expect(Buffer.from(await files.get(HELLO)).toString()).toBe('hello');
  expect(await files.has(HELLO)).toBe(true);
  expect(await files.has('0'.repeat(64))).toBe(false);
  await expect(files.get('0'.repeat(64))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  for (const name of ['../../etc/passwd', '', HELLO.toUpperCase()])
    await expect(files.get(name), name).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('leaves nothing of what was cut off', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('half');
    throw new Error('cut');
  }
  await expect(files.put(broken())).rejects.toMatchObject({ code: 'OUTPUT_FAILED' });
  expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
});

it('gives no damaged content, and mends it when it is put again', async () => {
  writeFileSync(place(HELLO), 'hellO');
  await expect(files.get(HELLO)).rejects.toMatchObject({ code: 'ARTEFACT_DAMAGED' });
  const parts: Uint8Array[] = [];
  const read = async () => {
    for await (const part of await files.read(HELLO)) parts.push(part);
  };
  await expect(read()).rejects.toMatchObject({ code: 'ARTEFACT_DAMAGED' });
  expect(parts).toEqual([]);
  // who asks for no part, because the client went away, leaves no file open
  const opened = () => readdirSync('/proc/self/fd').length;
  const before = process.platform === 'linux' ? opened() : 0;
  for (let i = 0; i < 50; i++) Readable.from(await files.read(HELLO)).destroy();
  if (process.platform === 'linux') expect(opened() - before).toBeLessThan(25);
  await expect(files.read('0'.repeat(64))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await files.put(Buffer.from('hello'));
  expect((await files.get(HELLO)).length).toBe(5);
});

it('sweeps what is old and not kept', async () => {
  const [kept, old, young] = await Promise.all(['kept', 'old', 'young'].map((text) => files.put(Buffer.from(text))));
  for (const ref of [kept, old]) utimesSync(place(ref?.sha256 as string), 1, 1);
  const gone = await files.sweep((hash) => hash === kept?.sha256, 3600_000);
  expect(gone).toEqual([old]);
  expect([await files.has(kept?.sha256 as string), await files.has(young?.sha256 as string)]).toEqual([true, true]);
});
