import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { encodeBundle } from '../../src/model/bundle-file.js';
import { exampleBundle } from '../example-bundle.js';
import { csvRows, millwright, smallRun, start, workFolder } from './cli.js';

const folder = workFolder();

test('bounds beside a predicted number hold the share of rows that was asked for, in a file and over HTTP', async () => {
  const rng = new Rng(5);
  const random = (): number => rng.float();
  const rows = Array.from({ length: 3000 }, () => {
    const [a, b] = [random() * 10, random() * 10] as const;
    return [a, b, 3 * a - b + 4 * (random() - 0.5)].map((x) => x.toFixed(3)).join(',');
  });
  writeFileSync(join(folder, 'train.csv'), `a,b,y\n${rows.slice(0, 2000).join('\n')}\n`);
  writeFileSync(join(folder, 'new.csv'), `a,b,y\n${rows.slice(2000).join('\n')}\n`);
  await smallRun(folder, 'out', ['train.csv', '--target', 'y']);
  const scored = await millwright(folder, 'predict', 'out/model.mill', 'new.csv', '--interval', '0.9', '--keep', 'y', '-o', 'scored.csv');
  expect(scored.status).toBe(0);
  const [header, ...cells] = csvRows(join(folder, 'scored.csv'));
  expect(header).toEqual(['y', 'prediction', 'prediction_low', 'prediction_high']);
  const held = cells
    .map((row) => row.map(Number))
    .filter(([y, , low, high]) => (y as number) >= (low as number) && (y as number) <= (high as number));
  expect(held.length / cells.length).toBeGreaterThan(0.84);
  expect(held.length / cells.length).toBeLessThan(0.96);

  await millwright(folder, 'predict', 'out/model.mill', 'new.csv', '--interval', '0.9', '-o', 'scored.ndjson');
  const running = start(folder, ['serve', 'm=out/model.mill', '--port', '0', '--json']);
  let address = '';
  running.child.stdout?.on('data', (chunk: Buffer) => {
    address ||= /"address":"([^"]+)"/.exec(chunk.toString())?.[1] ?? '';
  });
  await running.said(/"type":"ready"/);
  const [a, b] = (rows[2000] as string).split(',').map(Number);
  const asked = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ a, b }) };
  const answer = (await (await fetch(`${address}/v1/models/m/predict?interval=0.9`, asked)).json()) as { interval: object };
  const [, , low, high] = (cells[0] as string[]).map(Number);
  expect(answer.interval).toEqual({ share: 0.9, low, high });
  running.child.kill('SIGTERM');
  await running.ended;
});

test('a share that no interval holds, and classes, are refused', async () => {
  expect(await millwright(folder, 'predict', 'out/model.mill', 'new.csv', '--interval', '1.5')).toMatchObject({ status: 2 });
  writeFileSync(join(folder, 'left.mill'), await encodeBundle(exampleBundle()));
  const classes = await millwright(folder, 'predict', 'left.mill', 'new.csv', '--interval', '0.9');
  expect(classes).toMatchObject({ status: 2, stderr: expect.stringContaining('gives no interval') });
});
