import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { encodeBundle } from '../../src/model/bundle-file.js';
import { exampleBundle } from '../example-bundle.js';
import { millwright, workFolder } from './cli.js';

const folder = workFolder();
const at = (name: string) => join(folder, name);
const pack = (...args: string[]) => millwright(folder, 'package', 'left.mill', ...args);

beforeAll(async () => writeFileSync(at('left.mill'), await encodeBundle(exampleBundle())));

describe('package --to js', () => {
  test('writes a module that predicts, with its types', async () => {
    expect(await pack('--to', 'js', '-o', 'model.mjs')).toMatchObject({ status: 0, stderr: '' });
    const { predict, schema } = await import(pathToFileURL(at('model.mjs')).href);
    expect(predict({ age: 25 })).toMatchObject({ prediction: '__proto__' });
    expect(schema.target).toBe('left');
    expect(readFileSync(at('model.d.mts'), 'utf8')).toContain('readonly "city"?: string | number | boolean | null;');
  });

  test('prints it when no place is named', async () => {
    const { status, stdout } = await pack('--to', 'js');
    expect({ status, same: stdout === readFileSync(at('model.mjs'), 'utf8') }).toEqual({ status: 0, same: true });
  });

  test('refuses to replace a file, unless told', async () => {
    writeFileSync(at('other.js'), 'mine');
    expect(await pack('--to', 'js', '-o', 'other.js')).toMatchObject({ status: 1, stderr: expect.stringContaining('OUTPUT_EXISTS') });
    expect(readFileSync(at('other.js'), 'utf8')).toBe('mine');
    expect(existsSync(at('other.d.ts'))).toBe(false);
    expect(await pack('--to', 'js', '-o', 'other.js', '--force')).toMatchObject({ status: 0 });
    expect(readFileSync(at('other.js'), 'utf8')).toContain('export const {predict');
  });

  test('makes a folder whole, and leaves nothing beside it', async () => {
    const { status, stdout } = await pack('--to', 'js', '-o', 'new/place', '--json');
    expect({ status, ...JSON.parse(stdout) }).toMatchObject({ status: 0, type: 'result', out: 'new/place' });
    expect(readdirSync(at('new'))).toEqual(['place']);
    expect(readdirSync(at('new/place/js')).sort()).toEqual(['model.d.ts', 'model.js', 'package.json']);
  });
});

test('a wrong wish is refused', async () => {
  expect(await pack('--to', 'moon', '-o', 'x')).toMatchObject({ status: 2, stderr: expect.stringContaining('--to moon') });
  expect(await pack('-o', 'x')).toMatchObject({ status: 2 });
  expect(await pack('--to', 'js,js', '-o', 'left.mill', '--force')).toMatchObject({ status: 1 });
  expect(await millwright(folder, 'package', 'absent.mill', '--to', 'js')).toMatchObject({ status: 1 });
  expect(existsSync(at('x'))).toBe(false);
});
