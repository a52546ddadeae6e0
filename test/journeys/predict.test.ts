import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { csvRows, jsonLines, millwright, smallRun, start, workFolder, writeShop } from './cli.js';

const folder = workFolder();
const at = (...path: string[]) => join(folder, ...path);
const MODEL = 'out/model.mill';

beforeAll(async () => {
  writeShop(at('shop.csv'));
  await smallRun(folder, 'out', ['shop.csv', '--target', 'bought', '--drop', 'id']);
});

test('one row a row, in order, with the kept columns first', async () => {
  const ended = await millwright(folder, 'predict', MODEL, 'shop.csv', '-o', 'kept.csv', '--keep', 'stock,id');
  expect(ended.status).toBe(0);
  expect(ended.stdout).toBe('');
  const [header, ...rows] = csvRows(at('kept.csv'));
  expect(header).toEqual(['stock', 'id', 'prediction', 'probability_no', 'probability_yes']);
  const shop = readFileSync(at('shop.csv'), 'utf8').trimEnd().split('\n').slice(1);
  expect(rows.map((r) => r[1])).toEqual(shop.map((line) => line.split(',')[0]));
  expect(rows.map((r) => r[0])).toEqual(shop.map((line) => line.split(',').at(-3)));
  for (const [, , prediction, no, yes] of rows) {
    expect(['no', 'yes']).toContain(prediction);
    expect(Number(no) + Number(yes)).toBeCloseTo(1, 9);
  }
});

test('--keep all copies the cells as they are', async () => {
  await millwright(folder, 'predict', MODEL, 'shop.csv', '-o', 'all.csv', '--keep', 'all');
  const all = readFileSync(at('all.csv'), 'utf8').trimEnd().split('\n');
  const shop = readFileSync(at('shop.csv'), 'utf8').trimEnd().split('\n');
  expect(all[0]).toBe(`${shop[0]},prediction,probability_no,probability_yes`);
  expect(all).toHaveLength(shop.length);
  const bare = (line = '') => line.replaceAll('"', '');
  for (let i = 1; i < shop.length; i++) expect(bare(all[i]).startsWith(`${bare(shop[i])},`)).toBe(true);
});

test('standard input to standard output; notes go elsewhere', async () => {
  const ended = await start(folder, ['predict', MODEL, '-'], { input: readFileSync(at('shop.csv')) }).ended;
  expect(ended.status).toBe(0);
  const lines = ended.stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(301);
  expect(lines[0]).toBe('prediction,probability_no,probability_yes');
  expect(ended.stderr).toContain('300 rows scored');
});

test('rows score the same alone, reordered and with other columns around', async () => {
  const [header, ...shop] = readFileSync(at('shop.csv'), 'utf8').trimEnd().split('\n') as [string, ...string[]];
  await millwright(folder, 'predict', MODEL, 'shop.csv', '-o', 'plain.csv');
  const plain = csvRows(at('plain.csv'));
  writeFileSync(at('one.csv'), `${header}\n${shop[41]}\n`);
  await millwright(folder, 'predict', MODEL, 'one.csv', '-o', 'one-out.csv');
  expect(csvRows(at('one-out.csv'))[1]).toEqual(plain[42]);
  const swapped = shop.slice(0, 20).map((line) => {
    const m = /^([^,]*),([^,]*),("[^"]*"),([^,]*),([^,]*),([^,]*),([^,]*)$/.exec(line) as RegExpExecArray;
    return [m[6], m[4], 'x', m[3], m[2], m[5]].join(',');
  });
  writeFileSync(at('swapped.csv'), `note,colour,surprise,price,when,stock\n${swapped.join('\n')}\n`);
  const ended = await millwright(folder, 'predict', MODEL, 'swapped.csv', '-o', 'swapped-out.csv');
  expect(ended.stderr).toContain('surprise');
  expect(csvRows(at('swapped-out.csv')).slice(1)).toEqual(plain.slice(1, 21));
});

test('missing columns and unseen categories are scored and told of', async () => {
  writeFileSync(at('odd.csv'), 'colour,price\npurple,$700\nred,a lot\n,\n');
  const ended = await millwright(folder, 'predict', MODEL, 'odd.csv', '-o', 'odd-out.csv', '--json');
  expect(ended.status).toBe(0);
  expect(ended.stderr).toBe('');
  const summary = jsonLines(ended.stdout)[0] as { rows: number; warnings: { kind: string; column: string }[] };
  expect(summary.rows).toBe(3);
  const told = summary.warnings.map((w) => `${w.kind} ${w.column}`);
  expect(told).toEqual(
    expect.arrayContaining(['missing-column stock', 'missing-column when', 'unseen-category colour', 'unreadable-cells price']),
  );
  expect(csvRows(at('odd-out.csv'))).toHaveLength(4);
});

test('cells that a spreadsheet would run are defused, numbers are not touched', async () => {
  writeFileSync(
    at('hostile.csv'),
    'id,delta,colour,price\n=cmd|calc!A1,-1.5,red,$700\n"@SUM(1,2)",-2,blue,$800\n+1+1,3,"=HYPERLINK(""http://x"")",$900\n',
  );
  await millwright(folder, 'predict', MODEL, 'hostile.csv', '-o', 'hostile-out.csv', '--keep', 'id,delta,colour');
  const lines = readFileSync(at('hostile-out.csv'), 'utf8').split('\n');
  expect(lines[1]).toMatch(/^'=cmd\|calc!A1,-1\.5,red,/);
  expect(lines[2]).toMatch(/^"'@SUM\(1,2\)",-2,blue,/);
  expect(lines[3]).toMatch(/^'\+1\+1,3,"'=HYPERLINK\(""http:\/\/x""\)",/);
});

test('NDJSON by the name of the file', async () => {
  await millwright(folder, 'predict', MODEL, 'shop.csv', '-o', 'out.ndjson', '--keep', 'id,stock,colour');
  const rows = jsonLines(readFileSync(at('out.ndjson'), 'utf8'));
  expect(rows).toHaveLength(300);
  expect(Object.keys(rows[0] ?? {})).toEqual(['id', 'stock', 'colour', 'prediction', 'probability_no', 'probability_yes']);
  expect(rows[1]).toMatchObject({ id: 'C1001', stock: '13', colour: 'blue', probability_no: expect.any(Number) });
  expect(rows[0]).toMatchObject({ stock: '?', colour: '' });
});

test('many files and queries', async () => {
  const ended = await millwright(folder, 'predict', MODEL, 'shop.csv', '--sql', 'select * from data limit 5', '-o', 'five.csv');
  expect(ended.status).toBe(0);
  expect(csvRows(at('five.csv'))).toHaveLength(6);
});

test('a column that is not there cannot be kept', async () => {
  const ended = await millwright(folder, 'predict', MODEL, 'shop.csv', '-o', 'never.csv', '--keep', 'colur');
  expect(ended.stderr).toMatch(/error \[COLUMN_NOT_FOUND\].*colur[\s\S]*colour/);
  expect(ended.status).toBe(1);
  expect(() => readFileSync(at('never.csv'))).toThrow();
});

test('rows that share no column with the model are refused', async () => {
  writeFileSync(at('alien.csv'), 'a,b\n1,2\n3,4\n');
  const ended = await millwright(folder, 'predict', MODEL, 'alien.csv', '-o', 'never.csv');
  expect(ended.stderr).toContain('error [SCHEMA_MISMATCH]');
  expect(ended.status).toBe(1);
});

test('many batches of rows keep their order', async () => {
  const fd = openSync(at('many.csv'), 'w');
  writeFileSync(fd, 'id,price,colour,stock,note,when\n');
  for (let block = 0; block < 10; block++) {
    let text = '';
    for (let i = 0; i < 6000; i++) text += `${block * 6000 + i},$${500 + (i % 1000)},red,${i % 40},ok,01/02/2024\n`;
    writeFileSync(fd, text);
  }
  closeSync(fd);
  const ended = await millwright(folder, 'predict', MODEL, 'many.csv', '-o', 'many-out.csv', '--keep', 'id');
  expect(ended.status).toBe(0);
  const rows = csvRows(at('many-out.csv'));
  expect(rows).toHaveLength(60_001);
  expect(rows.slice(1).every((r, i) => r[0] === String(i))).toBe(true);
});

test('a file that turns out not to be UTF-8 late is scored all the same; standard output says why it cannot be', async () => {
  const head = 'id,price,colour,stock,note,when\n';
  const plain = Array.from({ length: 40_000 }, (_, i) => `${i},$${500 + (i % 1000)},red,${i % 40},ok,01/02/2024\n`).join('');
  expect(plain.length).toBeGreaterThan(1 << 20);
  writeFileSync(at('late.csv'), Buffer.concat([Buffer.from(head + plain), Buffer.from('Zoë,$700,blue,3,ok,01/02/2024\n', 'latin1')]));
  const ended = await millwright(folder, 'predict', MODEL, 'late.csv', '-o', 'late-out.csv', '--keep', 'id');
  expect(ended.stderr).not.toContain('error [');
  expect(ended.status).toBe(0);
  const rows = csvRows(at('late-out.csv'));
  expect(rows).toHaveLength(40_002);
  expect(rows.at(-1)?.[0]).toBe('Zoë');
  expect(rows[1]?.[0]).toBe('0');
  const piped = await millwright(folder, 'predict', MODEL, 'late.csv');
  expect(piped.stderr).toMatch(/error \[DATA_UNREADABLE\] late\.csv turned out not to be UTF-8 after \d+ rows[\s\S]*-o/);
  expect(piped.status).toBe(1);
});

test('the rows that are scored are never replaced by their scores', async () => {
  const before = readFileSync(at('shop.csv'), 'utf8');
  const ended = await millwright(folder, 'predict', MODEL, 'shop.csv', '-o', './shop.csv');
  expect(ended.stderr).toContain('error [USAGE]');
  expect(ended.status).toBe(2);
  expect(readFileSync(at('shop.csv'), 'utf8')).toBe(before);
});
