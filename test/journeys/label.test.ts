import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { csvRows, jsonLines, millwright, smallRun, workFolder } from './cli.js';

const folder = workFolder();
const at = (...path: string[]) => join(folder, ...path);
const HEADER = 'size,shape,note,answer';
/** Rows whose answer hangs on size; shape and note say nothing. */
const row = (i: number, answered: boolean) => {
  const size = (i * 7919) % 1000;
  return `${size},${['round', 'flat'][i % 2]},"n, ""${i}""",${answered ? (size + ((i * 31) % 200) > 600 ? 'yes' : 'no') : ''}`;
};
const table = (from: number, to: number, answered: boolean) =>
  `${[HEADER, ...Array.from({ length: to - from }, (_, i) => row(from + i, answered))].join('\n')}\n`;
const answers = (rows: string[][]) => rows.map((cells) => [cells[0] as string, Number(cells[4]) > 500 ? 'yes' : 'no']);

beforeAll(async () => {
  writeFileSync(at('train.csv'), table(0, 200, true));
  writeFileSync(at('pool.csv'), table(200, 700, false));
  await smallRun(folder, 'model', ['train.csv', '--target', 'answer', '--drop', 'note'], 2);
});

test('asks for rows near the border, and the same again for the same seed', async () => {
  const ended = await millwright(folder, 'label', 'model', 'pool.csv', '--out', 'ask.csv', '--count', '30');
  expect(ended.stderr).not.toContain('error [');
  expect(ended.status).toBe(0);
  expect(ended.stdout).toContain('30 of 500 rows without an answer');
  expect(ended.stdout).toContain('--answers ask.csv --into');
  const [header, ...rows] = csvRows(at('ask.csv'));
  expect(header).toEqual(['row_id', 'answer', 'prediction', 'uncertainty', 'size', 'shape', 'note']);
  expect(rows).toHaveLength(30);
  expect(rows.every((cells) => cells[1] === '')).toBe(true);
  expect(new Set(rows.map((cells) => cells[0])).size).toBe(30);
  const far = (cells: string[]) => Math.abs(Number(cells[4]) - 500);
  const mean = rows.reduce((sum, cells) => sum + far(cells), 0) / rows.length;
  // sizes are spread evenly over 0 to 1000, so rows by chance are 250 away
  expect(mean).toBeLessThan(150);
  expect((await millwright(folder, 'label', 'model/model.mill', 'pool.csv', '--out', 'again.csv', '--count', '30')).status).toBe(0);
  expect(readFileSync(at('again.csv'), 'utf8')).toBe(readFileSync(at('ask.csv'), 'utf8'));
});

test('answers become rows of the training table, once; the next questions are others', async () => {
  const [header, ...rows] = csvRows(at('ask.csv'));
  const filled = answers(rows).map(([id, answer], i) => `${id},${i < 20 ? answer : ''}`);
  writeFileSync(at('answered.csv'), `${header?.slice(0, 2).join(',')}\n${filled.join('\n')}\n`);
  const merge = ['label', 'model', 'pool.csv', '--answers', 'answered.csv', '--into', 'train.csv'];
  const ended = await millwright(folder, ...merge, '--json');
  expect(jsonLines(ended.stdout).at(-1)).toMatchObject({ type: 'result', did: 'merged', merged: 20, empty: 10, already: 0, unknown: [] });
  const after = readFileSync(at('train.csv'), 'utf8');
  // what was there is as it was, and the rows of the pool are as they are spelled there
  expect(after.startsWith(table(0, 200, true))).toBe(true);
  const added = after
    .slice(table(0, 200, true).length)
    .trimEnd()
    .split('\n');
  expect(added).toHaveLength(20);
  const pool = readFileSync(at('pool.csv'), 'utf8').split('\n');
  for (const line of added) expect(pool).toContain(line.replace(/(yes|no)$/, ''));
  const twice = await millwright(folder, ...merge, '--json');
  expect(jsonLines(twice.stdout).at(-1)).toMatchObject({ merged: 0, already: 20 });
  expect(readFileSync(at('train.csv'), 'utf8')).toBe(after);
  const next = await millwright(folder, 'label', 'model', 'pool.csv', '--labelled', 'train.csv', '--out', 'next.csv', '--count', '30');
  expect(next.stdout).toContain('30 of 480 rows');
  const before = new Set(filled.slice(0, 20).map((line) => line.split(',')[0]));
  expect(csvRows(at('next.csv')).some((cells) => before.has(cells[0] as string))).toBe(false);
});

test('answers are filled into the pool itself', async () => {
  writeFileSync(at('one.csv'), table(0, 200, true) + table(200, 260, false).split('\n').slice(1).join('\n'));
  expect((await millwright(folder, 'label', 'model', 'one.csv', '--out', 'ask-one.csv', '--count', '5')).stdout).toContain('5 of 60 rows');
  const rows = csvRows(at('ask-one.csv')).slice(1);
  writeFileSync(
    at('answered-one.csv'),
    `row_id,answer\n${answers(rows)
      .map((a) => a.join(','))
      .join('\n')}\n`,
  );
  const ended = await millwright(folder, 'label', 'model', 'one.csv', '--answers', 'answered-one.csv', '--into', 'one.csv');
  expect(ended.stdout).toContain('5 answers into one.csv');
  expect(ended.stdout).toContain('millwright run one.csv --target answer');
  const lines = readFileSync(at('one.csv'), 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(261);
  expect(lines.filter((line) => /,(yes|no)$/.test(line))).toHaveLength(205);
  expect(lines.slice(0, 201).join('\n')).toBe(table(0, 200, true).trimEnd());
});

test('regression: asked where the members disagree; an answer that is no number merges nothing', async () => {
  await smallRun(folder, 'size', ['train.csv', '--target', 'size', '--drop', 'note']);
  const without = table(0, 60, true)
    .split('\n')
    .map((line, i) => (i === 0 ? line : line.replace(/^\d+/, '')));
  writeFileSync(at('sizes.csv'), without.join('\n'));
  expect((await millwright(folder, 'label', 'size', 'sizes.csv', '--out', 'ask-size.csv', '--count', '4')).status).toBe(0);
  const ids = csvRows(at('ask-size.csv'))
    .slice(1)
    .map((cells) => cells[0]);
  expect(ids).toHaveLength(4);
  writeFileSync(at('wrong.csv'), `row_id,size\n${ids[0]},12\n${ids[1]},many\n`);
  const ended = await millwright(folder, 'label', 'size', 'sizes.csv', '--answers', 'wrong.csv', '--into', 'sizes.csv');
  expect(ended.stderr).toContain('answers "many", which is no number');
  expect(ended.status).toBe(1);
  expect(readFileSync(at('sizes.csv'), 'utf8')).toBe(without.join('\n'));
});

test('what does not belong together is refused, and nothing is written', async () => {
  const changed = readFileSync(at('pool.csv'), 'utf8').replace(/^\d+/gm, '1');
  writeFileSync(at('changed.csv'), changed);
  const before = readFileSync(at('train.csv'), 'utf8');
  writeFileSync(
    at('all.csv'),
    `row_id,answer\n${csvRows(at('next.csv'))
      .slice(1)
      .map((cells) => `${cells[0]},yes`)
      .join('\n')}\n`,
  );
  const wrong = await millwright(folder, 'label', 'model', 'changed.csv', '--answers', 'all.csv', '--into', 'train.csv');
  expect(wrong.stderr).toContain('error [DATA_CHANGED]');
  expect(wrong.status).toBe(1);
  expect(readFileSync(at('train.csv'), 'utf8')).toBe(before);
  const noIds = await millwright(folder, 'label', 'model', 'pool.csv', '--answers', 'train.csv', '--into', 'train.csv');
  expect(noIds.stderr).toContain('no column "row_id"');
  const full = await millwright(folder, 'label', 'model', 'train.csv', '--out', 'none.csv');
  expect(full.stderr).toContain('error [DATA_EMPTY]');
  const over = await millwright(folder, 'label', 'model', 'pool.csv', '--out', 'pool.csv');
  expect(over.stderr).toContain('error [USAGE]');
  const noFile = await millwright(folder, 'label', 'model', 'pool.csv');
  expect(noFile.stderr).toContain('--out');
  expect(noFile.status).toBe(2);
  expect(existsSync(at('none.csv'))).toBe(false);
});
