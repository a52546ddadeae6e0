import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { onnxThere } from '../fixtures/onnxruntime.js';
import { csvRows, jsonLines, millwright, start, workFolder } from './cli.js';

// Models of other tools, from the file to answers over HTTP.

const folder = workFolder();
const golden = (name: string): string => fileURLToPath(new URL(`../golden/onnx/${name}`, import.meta.url));
const expected = JSON.parse(readFileSync(golden('expected.json'), 'utf8')) as Record<string, number[][]>;
const adopt = (model: string, ...more: string[]) =>
  millwright(folder, 'adopt', golden(`${model}.onnx`), '--schema', golden(`${model}.yaml`), ...more);

it('without the runtime it says what to install, and writes nothing', async () => {
  const args = ['adopt', golden('lightgbm.onnx'), '--schema', golden('lightgbm.yaml'), '-o', 'none.mill'];
  const { status, stderr } = await start(folder, args, { env: { MILLWRIGHT_ONNXRUNTIME: join(folder, 'nowhere') } }).ended;
  expect([status, stderr]).toEqual([1, expect.stringMatching(/RUNTIME_MISSING.*\n.*npm install onnxruntime-web/)]);
  expect((await millwright(folder, 'show', 'none.mill')).status).toBe(1);
});

it('refuses weights in other files before anything runs', async () => {
  writeFileSync(join(folder, 'x.yaml'), 'version: 1\ntarget: y\ntask: regression\ncolumns: [{ name: x, type: number }]\n');
  const { status, stderr } = await millwright(folder, 'adopt', golden('outside.onnx'), '--schema', 'x.yaml', '-o', 'x.mill');
  expect([status, stderr]).toEqual([1, expect.stringContaining('ONNX_UNUSABLE')]);
});

describe.skipIf(!onnxThere)('with a runtime', () => {
  for (const model of ['sklearn-pipeline', 'sklearn-forest', 'sklearn-ridge', 'lightgbm', 'network'])
    it(`${model} answers as onnxruntime does in Python`, async () => {
      const done = await adopt(model, '--sample', golden('sample.csv'), '-o', `${model}.mill`, '--json');
      expect(done.status, done.stderr).toBe(0);
      expect(jsonLines(done.stdout).at(-1)).toMatchObject({ type: 'result', rows: 60, scores: expect.any(Object) });
      await millwright(folder, 'predict', `${model}.mill`, golden('sample.csv'), '-o', `${model}.csv`);
      const [header = [], ...rows] = csvRows(join(folder, `${model}.csv`));
      const found = rows.map((row) => (header.length === 1 ? row : row.slice(1)).map(Number));
      expect(found).toHaveLength(60);
      expected[model]?.forEach((row, r) => {
        const wanted = model === 'network' ? [1 / (1 + Math.exp(row[0] as number)), 1 / (1 + Math.exp(-(row[0] as number)))] : row;
        wanted.forEach((value, k) => {
          expect(found[r]?.[k]).toBeCloseTo(value, 5);
        });
      });
    });

  it('a draft of the schema can be used', async () => {
    const sample = golden('sample.csv');
    await millwright(folder, 'adopt', golden('sklearn-pipeline.onnx'), '--draft-schema', sample, '--target', 'bought', '-o', 'draft.yaml');
    expect(readFileSync(join(folder, 'draft.yaml'), 'utf8')).toMatch(/classes:\n {2}- no\n {2}- yes/);
    const args = ['adopt', golden('sklearn-pipeline.onnx'), '--schema', 'draft.yaml', '-o', 'drafted.mill'];
    const { status, stdout } = await millwright(folder, ...args);
    expect([status, stdout]).toEqual([0, expect.stringContaining('no sample with answers')]);
    await millwright(folder, 'predict', 'drafted.mill', sample, '-o', 'drafted.csv');
    const rows = csvRows(join(folder, 'drafted.csv')).slice(1);
    expected['sklearn-pipeline']?.forEach(([, yes], r) => {
      expect(Number(rows[r]?.[2])).toBeCloseTo(yes as number, 5);
    });
  });

  it('is registered and served, with explanations', async () => {
    const env = { MILLWRIGHT_USER: 'ann', MILLWRIGHT_STORE: '' };
    const as = async (...args: string[]) => start(folder, args, { env }).ended;
    await adopt('lightgbm', '--sample', golden('sample.csv'), '-o', 'served.mill');
    await as('init');
    const { status, stdout } = await as('register', 'served.mill', '--name', 'shop', '--json');
    expect([status, jsonLines(stdout).at(-1)]).toEqual([
      0,
      expect.objectContaining({ version: expect.objectContaining({ target: 'bought', metric: 'roc_auc' }) }),
    ]);
    expect((await as('promote', 'shop@1', '--json')).stdout).toContain('trained elsewhere');
    const running = start(folder, ['serve', 'shop=served.mill', '--port', '0', '--json'], { env });
    let address = '';
    running.child.stdout?.on('data', (chunk: Buffer) => {
      address ||= /"address":"([^"]+)"/.exec(chunk.toString())?.[1] ?? '';
    });
    await running.said(/"type":"ready"/);
    const ask = async (verb: string, body: object): Promise<Record<string, never>> => {
      const headers = { 'content-type': 'application/json' };
      return (
        await fetch(`${address}/v1/models/shop/${verb}`, { method: 'POST', headers, body: JSON.stringify(body) })
      ).json() as Promise<never>;
    };
    const row = { age: 44, income: 31000, city: 'Paris' };
    const answer = (await ask('predict', row)) as { probabilities?: { yes: number }; warnings?: object[] };
    expect(answer.warnings).toMatchObject([{ kind: 'unseen-category', column: 'city' }]);
    const explained = (await ask('explain', row)) as unknown as {
      method: string;
      rows: { base: number; contributions: { contribution: number }[] }[];
    };
    expect(explained.method).toBe('sampled');
    const { base, contributions } = explained.rows[0] as { base: number; contributions: { contribution: number }[] };
    const logOdds = contributions.reduce((sum, c) => sum + c.contribution, base);
    expect(1 / (1 + Math.exp(-logOdds))).toBeCloseTo(answer.probabilities?.yes as number, 5);
    running.child.kill('SIGTERM');
    expect((await running.ended).status).toBe(0);
  });

  it('gives up a model that does not answer', async () => {
    const session = new URL('../../dist/node/onnx/onnx-session.js', import.meta.url).href;
    const program = `
      import { readFileSync, writeSync } from 'node:fs';
      const { OnnxSession } = await import(${JSON.stringify(session)});
      const model = new OnnxSession(readFileSync(${JSON.stringify(golden('endless.onnx'))}), 3000);
      const feed = { name: 'x', type: 'float32', data: new Float32Array(1), dims: [1, 1] };
      for (let i = 0; i < 2; i++) try { model.run({ feeds: [feed], output: 'y' }); } catch (error) { writeSync(1, error.code + ' '); }`;
    const said = await new Promise<string>((resolve) =>
      execFile(process.execPath, ['--input-type=module', '-e', program], (_error, stdout) => resolve(stdout)),
    );
    expect(said).toBe('MODEL_FAILED MODEL_FAILED ');
  });
});
