import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AtomicFile, writeWhole } from './atomic-file.js';
import { OutputFolder, runId } from './output-folder.js';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'millwright-out-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const code = (code: string) => expect.objectContaining({ code });

test('a run id sorts by time and names the data', () => {
  expect(runId(['/data/My table.csv.gz'], new Date(Date.UTC(2026, 10, 23, 7, 1, 2)))).toMatch(/^20261123T070102Z-My-table-[0-9a-f]{4}$/);
  expect(runId(['-'])).toMatch(/Z-data-/);
});

test('a finished run is not replaced unless asked', async () => {
  const first = new OutputFolder(join(base, 'run'));
  await first.write('model.mill', 'one');
  first.close();
  expect(() => new OutputFolder(first.path)).toThrow(code('OUTPUT_EXISTS'));
  expect(readFileSync(first.file('model.mill'), 'utf8')).toBe('one');
  const second = new OutputFolder(first.path, { replace: true });
  second.abandon();
  expect(readdirSync(first.path)).toEqual(['model.mill']);
  const third = new OutputFolder(first.path, { replace: true });
  await third.write('plan.json', '{}');
  third.close();
  expect(readdirSync(first.path)).toEqual(['plan.json']);
});

test('an empty folder and one with other files may be used', () => {
  writeFileSync(join(base, 'notes.txt'), 'mine');
  new OutputFolder(base).close();
  expect(readdirSync(base)).toEqual(['notes.txt']);
});

test('two runs at once: the second is told who is there', () => {
  const first = new OutputFolder(base);
  expect(() => new OutputFolder(base)).toThrow(code('OUTPUT_BUSY'));
  first.close();
  new OutputFolder(base).close();
});

test('what a dead process left is no result, and its lock is taken over', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.on('exit', resolve));
  writeFileSync(join(base, '.millwright.lock'), JSON.stringify({ pid: child.pid, started: '1' }));
  writeFileSync(join(base, 'model.mill'), 'half a run');
  writeFileSync(join(base, '.report.html.abcd.tmp'), '<htm');
  new OutputFolder(base).close();
  expect(readdirSync(base)).toEqual([]);
});

test('a run that was killed before it replaced a finished one leaves that one whole', async () => {
  const first = new OutputFolder(base);
  await first.write('model.mill', 'one');
  await first.write('run.json', '{}');
  first.close();
  writeFileSync(join(base, '.millwright.lock'), '{"pid":'); // as SIGKILL during a later run with --force leaves it
  expect(() => new OutputFolder(base)).toThrow(code('OUTPUT_EXISTS'));
  expect(readdirSync(base)).toEqual(['model.mill', 'run.json']);
  writeFileSync(join(base, '.millwright.lock'), '{"pid":');
  const second = new OutputFolder(base, { replace: true });
  expect(readFileSync(second.file('model.mill'), 'utf8')).toBe('one');
  await second.write('model.mill', 'two');
  expect(readdirSync(base)).not.toContain('run.json');
  second.close();
});

test('a lock whose process id now belongs to another process is stale', () => {
  writeFileSync(join(base, '.millwright.lock'), JSON.stringify({ pid: process.pid, started: '1' }));
  if (existsSync('/proc/self/stat')) new OutputFolder(base).close();
  else expect(() => new OutputFolder(base)).toThrow(code('OUTPUT_BUSY'));
});

test('a cut-off lock is stale', () => {
  writeFileSync(join(base, '.millwright.lock'), '{"pid":');
  new OutputFolder(base).close();
});

test('an abandoned run leaves nothing, not even its folder', async () => {
  const folder = new OutputFolder(join(base, 'a', 'b'));
  await folder.write('model.mill', 'x');
  folder.abandon();
  expect(readdirSync(base)).toEqual([]);
});

test('an abandoned run keeps folders and files that it did not make', () => {
  writeFileSync(join(base, 'notes.txt'), 'mine');
  new OutputFolder(base).abandon();
  expect(readdirSync(base)).toEqual(['notes.txt']);
});

test('a file in the place of the folder is refused', () => {
  writeFileSync(join(base, 'file'), '');
  expect(() => new OutputFolder(join(base, 'file'))).toThrow(code('OUTPUT_EXISTS'));
  expect(() => new OutputFolder(join(base, 'file', 'below'))).toThrow(code('OUTPUT_FAILED'));
});

test('a file appears whole or not at all', async () => {
  const path = join(base, 'x.csv');
  writeFileSync(path, 'before');
  const file = await AtomicFile.create(path);
  await file.write('half');
  expect(readFileSync(path, 'utf8')).toBe('before');
  await file.discard();
  expect(readdirSync(base)).toEqual(['x.csv']);
  await writeWhole(path, 'after');
  expect(readFileSync(path, 'utf8')).toBe('after');
});

test.skipIf(!existsSync('/dev/full'))('a full disk is named with what was needed', async () => {
  await expect(writeWhole('/dev/full', 'x'.repeat(1000))).rejects.toMatchObject({
    code: 'OUTPUT_FAILED',
    message: expect.stringMatching(/\/dev\/full \(1,000 bytes\).*no space/),
  });
});

test('a folder cannot be written as a file', async () => {
  mkdirSync(join(base, 'd'));
  await expect(writeWhole(join(base, 'd'), 'x')).rejects.toMatchObject({ code: 'OUTPUT_FAILED' });
  await expect(writeWhole(join(base, 'none', 'x'), 'x')).rejects.toMatchObject({ code: 'OUTPUT_FAILED' });
});
