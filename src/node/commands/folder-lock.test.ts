import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FolderLock } from './folder-lock.js';
import { OutputFolder } from './output-folder.js';

const disk = vi.hoisted(() => ({ links: true }));
vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  return {
    ...real,
    linkSync: (from: string, to: string) => {
      if (!disk.links) throw Object.assign(new Error('no hard links here'), { code: 'EPERM' });
      real.linkSync(from, to);
    },
  };
});

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'millwright-lock-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

test.each([true, false])('hard links %s: a folder is held by one, and a stale lock is taken over', (links) => {
  disk.links = links;
  const first = new FolderLock(base);
  expect(first.tookOver).toBe(false);
  expect(() => new FolderLock(base)).toThrow(expect.objectContaining({ code: 'OUTPUT_BUSY' }));
  first.release();
  writeFileSync(join(base, '.millwright.lock'), '{"pid":');
  const second = new FolderLock(base);
  expect(second.tookOver).toBe(true);
  expect(readdirSync(base)).toEqual(['.millwright.lock']);
  second.release();
});

test('what a rival is about to lock with is left alone; what a dead one left is not', () => {
  disk.links = true;
  const lock = new FolderLock(base);
  const alive = readFileSync(join(base, '.millwright.lock'), 'utf8');
  lock.release();
  const leave = (name: string, text: string) => writeFileSync(join(base, name), text);
  leave('.millwright.lock.0a1b2c3d', alive);
  leave('.millwright.lock.1a1b2c3d', '');
  leave('.millwright.lock.2a1b2c3d', JSON.stringify({ pid: 2 ** 30, started: '1' }));
  leave('.millwright.lock.3a1b2c3d.old', '{"pi');
  utimesSync(join(base, '.millwright.lock.3a1b2c3d.old'), 1, 1);
  new OutputFolder(base).close();
  expect(readdirSync(base).sort()).toEqual(['.millwright.lock.0a1b2c3d', '.millwright.lock.1a1b2c3d']);
});
