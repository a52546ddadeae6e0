import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { encodeBundle } from '../../src/model/bundle-file.js';
import { exampleBundle } from '../example-bundle.js';
import { millwright, type Running, start, workFolder } from './cli.js';

const folder = workFolder();
const json = { 'content-type': 'application/json' };

beforeAll(async () => {
  writeFileSync(join(folder, 'left.mill'), await encodeBundle(exampleBundle()));
});

/** A server on a free port. */
async function serve(...args: string[]): Promise<{ running: Running; address: string }> {
  const running = start(folder, ['serve', ...args, '--port', '0', '--json']);
  let address = '';
  running.child.stdout?.on('data', (chunk: Buffer) => {
    address ||= /"address":"([^"]+)"/.exec(chunk.toString())?.[1] ?? '';
  });
  await running.said(/"type":"ready"/);
  return { running, address };
}

async function ended(running: Running): Promise<number | null> {
  running.child.kill('SIGTERM');
  return (await running.ended).status;
}

test('serves a bundle, logs what it answered, and ends with status 0', async () => {
  const { running, address } = await serve('left.mill', '--log', 'log');
  const post = (body: string) => fetch(`${address}/v1/models/left/predict`, { method: 'POST', headers: json, body });
  const one = (await (await post('{"age":25,"city":"Oslo"}')).json()) as Record<string, unknown>;
  expect(one).toMatchObject({ model: 'left', prediction: expect.any(String), probabilities: expect.any(Object) });
  const row = { age: 25, city: 'Oslo' };
  const many = (await (await post(JSON.stringify([row, { ...row, age: 50 }]))).json()) as { predictions: unknown[] };
  expect(many.predictions).toHaveLength(2);
  expect(await ended(running)).toBe(0);
  // what the watching of requests goes on with lies beside them
  const answers = readdirSync(join(folder, 'log')).filter((name) => name.endsWith('.ndjson'));
  const lines = answers.flatMap((name) =>
    readFileSync(join(folder, 'log', name), 'utf8')
      .trim()
      .split('\n'),
  );
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([{ id: one.id, request: row, answer: one }, { answer: many }]);
});

test('answers are those of predict', async () => {
  const { running, address } = await serve('m=left.mill');
  writeFileSync(join(folder, 'rows.csv'), 'age,city,member\n25,Oslo,yes\n47.5,Bergen,no\n,Paris,\n');
  await millwright(folder, 'predict', 'left.mill', 'rows.csv', '-o', 'scored.ndjson');
  const scored = readFileSync(join(folder, 'scored.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const body = JSON.stringify({
    columns: ['age', 'city', 'member'],
    data: [
      [25, 'Oslo', true],
      [47.5, 'Bergen', 'no'],
      [null, 'Paris', null],
    ],
  });
  const answer = await fetch(`${address}/v1/models/m/predict`, { method: 'POST', headers: json, body });
  const { predictions } = (await answer.json()) as { predictions: { prediction: string; probabilities: Record<string, number> }[] };
  expect(predictions.map((p) => [p.prediction, p.probabilities.no])).toEqual(scored.map((s) => [s.prediction, s.probability_no]));
  expect(await ended(running)).toBe(0);
});

test('SIGHUP takes up a new file; a broken one changes nothing', async () => {
  writeFileSync(join(folder, 'swap.mill'), await encodeBundle(exampleBundle()));
  const { running, address } = await serve('swap.mill');
  const version = async () => ((await (await fetch(`${address}/v1/models/swap`)).json()) as { version: string }).version;
  const first = await version();
  writeFileSync(join(folder, 'swap.mill'), 'no bundle');
  running.child.kill('SIGHUP');
  await running.said(/stay as they are/);
  expect(await version()).toBe(first);
  writeFileSync(join(folder, 'swap.mill'), await encodeBundle({ ...exampleBundle(), threshold: 0.9 }));
  running.child.kill('SIGHUP');
  await running.said(/models loaded[\s\S]*models loaded/);
  expect(await version()).not.toBe(first);
  expect(await ended(running)).toBe(0);
});

test('what cannot be served is said, with the exit status of its kind', async () => {
  expect(await millwright(folder, 'serve', 'nowhere.mill')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('BUNDLE_UNREADABLE'),
  });
  expect(await millwright(folder, 'serve', 'left.mill', '--port', 'x')).toMatchObject({ status: 2 });
  expect(await millwright(folder, 'serve', 'left.mill', './left.mill')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('given twice'),
  });
});
