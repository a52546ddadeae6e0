import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { findProject, makeProject, openStore, workPlace } from './open-store.js';

const root = mkdtempSync(join(tmpdir(), 'millwright-project-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it('finds the project in a folder or above it', async () => {
  const inner = join(root, 'a', 'b');
  mkdirSync(inner, { recursive: true });
  expect(findProject(inner, {})).toBeUndefined();
  const folder = await makeProject(root);
  expect(await makeProject(root)).toBe(folder);
  expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toContain('!policy.yaml');
  const here = { folder, database: join(folder, 'store.db'), artefacts: join(folder, 'artefacts') };
  expect(findProject(inner, {})).toEqual(here);
  expect(findProject('/', { MILLWRIGHT_STORE: root })).toEqual(here);
  expect(findProject('/', { MILLWRIGHT_STORE: folder })).toEqual(here);
  expect(findProject('/', { MILLWRIGHT_STORE: folder, MILLWRIGHT_ARTEFACTS: '/files' })?.artefacts).toBe('/files');
  expect(findProject(inner, { MILLWRIGHT_STORE: 'postgres://h/d' })).toEqual({ ...here, database: 'postgres://h/d' });
  expect(workPlace({ ...here, artefacts: 's3://b' }, 'Work')).toBe(folder);
  expect(workPlace({ database: 'postgres://h/d', artefacts: '/files' }, 'Work')).toBe('/files');
  expect(() => workPlace({ database: 'postgres://h/d', artefacts: 's3://b' }, 'Work needs a folder')).toThrow('and there is none');
});

it('says what is missing, without passwords', async () => {
  await expect(openStore(undefined)).rejects.toMatchObject({ code: 'STORE_MISSING' });
  expect(() => findProject('/', { MILLWRIGHT_STORE: 'postgres://h/d' })).toThrow(expect.objectContaining({ code: 'STORE_MISSING' }));
  expect(() => findProject('/', { MILLWRIGHT_STORE: '/nowhere' })).toThrow(expect.objectContaining({ code: 'STORE_MISSING' }));
  const away = openStore({ database: 'postgres://me:secret@127.0.0.1:1/none', artefacts: root });
  await expect(away).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', message: expect.not.stringContaining('secret') });
  const file = join(root, 'text.db');
  writeFileSync(file, 'no database at all, but long enough to look like one'.repeat(50));
  await expect(openStore({ database: file, artefacts: root })).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
  await expect(openStore({ database: join(root, 'none', 'x.db'), artefacts: root })).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
});
