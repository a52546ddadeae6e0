import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse, parseDocument } from 'yaml';
import { encodeBundle } from '../../src/model/bundle-file.js';
import { exampleBundle } from '../example-bundle.js';
import { millwright, workFolder } from './cli.js';

const TSC = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
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
    const use = (text: string) => {
      writeFileSync(at('use.mts'), `import { check, predict, predictRows, schema } from './model.mjs';\n${text}\n`);
      const options = '--noEmit --strict --target es2022 --module nodenext --lib es2022,dom'.split(' ');
      return spawnSync(process.execPath, [TSC, ...options, at('use.mts')], { cwd: folder, encoding: 'utf8' }).stdout;
    };
    expect(
      use(`predict({ age: 1, city: null }).probabilities.no + predictRows([{}]).length + check([{}]).length + schema.columns.length;`),
    ).toBe('');
    expect(use('predict({ ages: 1 });')).toContain('ages');
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

const EXPRESSION = '$' + '{{';

describe('package --to all', () => {
  const title = `a: b # "c"\n- d: 'e' ${EXPRESSION} secrets.X }} $HOME \u2028 -->`;
  const target = `${EXPRESSION} github.token }}\n"; rm -rf / #`;
  const read = (name: string) => readFileSync(at(`all/${name}`), 'utf8');
  const files = () =>
    readdirSync(at('all'), { recursive: true, withFileTypes: true })
      .filter((f) => f.isFile())
      .map((f) => join(f.parentPath, f.name));

  beforeAll(async () => {
    const bundle = exampleBundle();
    const columns = bundle.schema.columns.map((c) => (c.use === 'target' ? { ...c, name: target } : c));
    writeFileSync(at('hostile.mill'), await encodeBundle({ ...bundle, schema: { columns }, task: { ...bundle.task, target } }));
    writeFileSync(at('millwright-0.0.0.tgz'), 'packed');
    const { status, stderr } = await millwright(
      folder,
      'package',
      'hostile.mill',
      '--to',
      'all',
      '-o',
      'all',
      '--name',
      title,
      '--tarball',
      'millwright-0.0.0.tgz',
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('every YAML file can be read, and holds the names as texts', () => {
    const yaml = files().filter((file) => /\.ya?ml$/.test(file));
    expect(yaml).toHaveLength(9);
    for (const file of yaml) expect(parseDocument(readFileSync(file, 'utf8')).errors, file).toEqual([]);
    const label = 'a-b-c-d-e-secrets-x-home';
    const deployment = parse(read('kubernetes/deployment.yaml'));
    expect(deployment.metadata).toMatchObject({ name: label, annotations: { 'millwright/title': title } });
    expect(deployment.spec.template.spec.containers[0].image).toMatch(new RegExp(`^${label}:[0-9a-f]{12}$`));
    expect(parse(read('kserve/inference-service.yaml')).metadata).toMatchObject({
      name: label,
      annotations: { 'millwright/title': title },
    });
    for (const file of ['service', 'autoscaler', 'disruption-budget', 'network-policy'])
      expect(parse(read(`kubernetes/${file}.yaml`)).metadata.name).toBe(label);
  });

  test('no name from data becomes an expression of the workflow', () => {
    const text = read('.github/workflows/model-a-b-c-d-e-secrets-x-home.yml');
    const opened = `${EXPRESSION} '${EXPRESSION}' }}`;
    expect(parse(text).env.TARGET).toBe(target.replace(EXPRESSION, () => opened));
    const expressions = text
      .replaceAll(opened, '')
      .split(EXPRESSION)
      .slice(1)
      .map((rest) => rest.split('}}')[0]?.trim());
    expect(new Set(expressions)).toEqual(
      new Set([
        "vars.MILLWRIGHT_RUNNER || 'ubuntu-24.04'",
        'secrets.MILLWRIGHT_STORE',
        'vars.MILLWRIGHT_ARTEFACTS',
        'steps.ask.outputs.request',
        'needs.propose.outputs.request',
        'github.token',
      ]),
    );
    for (const line of text.split('\n')) if (line.includes('uses:')) expect(line).toMatch(/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('the Dockerfile pins, is nobody, and starts the model that is in it', () => {
    const text = read('Dockerfile');
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines.every((line) => /^(ARG|FROM|WORKDIR|COPY|RUN|ENV|USER|EXPOSE|HEALTHCHECK|ENTRYPOINT|CMD) /.test(line))).toBe(true);
    expect(lines.filter((line) => line.startsWith('FROM'))).toHaveLength(2);
    expect(lines).toContain('ARG NODE=24.21.0-bookworm-slim');
    expect(lines).toContain('USER 10001:10001');
    expect(lines).toContain('COPY ["millwright-0.0.0.tgz", "./"]');
    const [verb, model] = JSON.parse(lines.at(-1)?.slice(4) ?? '') as string[];
    expect([verb, model]).toEqual(['serve', 'a-b-c---d-e-secrets.X-HOME=/models/a-b-c---d-e-secrets.X-HOME.mill']);
    expect(read('model.mill')).toBe(readFileSync(at('hostile.mill'), 'utf8'));
    expect(JSON.parse(read('package.json')).dependencies).toEqual({ millwright: 'file:./millwright-0.0.0.tgz' });
    expect(read('.dockerignore')).toMatch(/^\*$/m);
  });

  test('no token, and no path of this machine, is in any file', () => {
    for (const file of files().filter((f) => !f.endsWith('.mill'))) {
      const text = readFileSync(file, 'utf8');
      expect(text.includes(folder), file).toBe(false);
      expect(/sha256": *"[0-9a-f]{64}/.test(text), file).toBe(false);
    }
  });

  test('other files of a folder stay, and only --force replaces', async () => {
    mkdirSync(at('kept'));
    writeFileSync(at('kept/mine.txt'), 'mine');
    expect(await pack('--to', 'lambda,js', '-o', 'kept')).toMatchObject({ status: 0 });
    expect(readdirSync(at('kept')).sort()).toEqual(['README.md', 'js', 'lambda', 'mine.txt']);
    writeFileSync(at('kept/lambda/index.mjs'), 'changed');
    expect(await pack('--to', 'lambda', '-o', 'kept')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('README.md, lambda/index.mjs'),
    });
    expect(readFileSync(at('kept/lambda/index.mjs'), 'utf8')).toBe('changed');
    expect(await pack('--to', 'lambda', '-o', 'kept', '--force')).toMatchObject({ status: 0 });
    expect(readFileSync(at('kept/lambda/index.mjs'), 'utf8')).toContain('export async function handler');
    expect(readdirSync(at('kept')).sort()).toEqual(['README.md', 'js', 'lambda', 'mine.txt']);
  });
});

test('a wrong wish is refused', async () => {
  expect(await pack('--to', 'moon', '-o', 'x')).toMatchObject({ status: 2, stderr: expect.stringContaining('--to moon') });
  expect(await pack('-o', 'x')).toMatchObject({ status: 2 });
  expect(await pack('--to', 'docker')).toMatchObject({ status: 2, stderr: expect.stringContaining('--out') });
  expect(await pack('--to', 'docker', '-o', 'x', '--image', 'a b')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('--image'),
  });
  expect(await pack('--to', 'docker', '-o', 'x', '--tarball', 'absent.tgz')).toMatchObject({ status: 1 });
  expect(await pack('--to', 'docker', '-o', 'x', '--tarball', 'left.mill')).toMatchObject({ status: 2 });
  expect(await pack('--to', 'docker', '-o', 'left.mill')).toMatchObject({ status: 1 });
  expect(await millwright(folder, 'package', 'absent.mill', '--to', 'js')).toMatchObject({ status: 1 });
  expect(existsSync(at('x'))).toBe(false);
});
