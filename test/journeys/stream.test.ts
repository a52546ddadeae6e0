import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { csvRows, jsonLines, millwright, start, workFolder } from './cli.js';

const folder = workFolder();
const at = (name: string) => join(folder, name);
const HEADER = 'hour,load,site,busy';

const rng = new Rng(11);
const rows = Array.from({ length: 3000 }, (_, i) => {
  const load = rng.float() * 100;
  const site = ['north', 'south', '=cmd()'][rng.below(3)] as string;
  const busy = load > 50 !== (site === 'north' && i > 1500) ? 'yes' : 'no';
  return [String(i), load.toFixed(2), rng.below(15) === 0 ? '' : site, busy];
});
const csv = (part: string[][]) => `${[HEADER, ...part.map((r) => r.join(','))].join('\n')}\n`;
writeFileSync(at('all.csv'), csv(rows));
writeFileSync(at('first.csv'), csv(rows.slice(0, 1300)));
writeFileSync(at('second.csv'), csv(rows.slice(1300)));
writeFileSync(at('mixed.csv'), csv([...rows].reverse()));
const stream = (...args: string[]) => millwright(folder, 'stream', ...args);

test.each(['arf', 'hoeffding', 'ftrl'])('%s: two days in two commands leave the state of one', async (learner) => {
  const asked = ['--target', 'busy', '--learner', learner, '--seed', '2', '--quiet'];
  const [whole, first] = await Promise.all([
    stream('all.csv', ...asked, '-o', `${learner}.json`, '--json', '--predictions', `${learner}.csv`),
    stream('first.csv', ...asked, '-o', `${learner}-parts.json`, '--predictions', `${learner}-1.csv`),
  ]);
  expect([whole.stderr, whole.status, first.stderr, first.status]).toEqual(['', 0, '', 0]);
  const [result] = jsonLines(whole.stdout);
  expect(result).toMatchObject({ type: 'result', rows: 3000, learner, predicts: 'classes', metric: 'accuracy' });
  expect(Number(Object(result?.scores).accuracy)).toBeGreaterThan(0.7);
  const second = await stream('second.csv', '-o', `${learner}-parts.json`, '--resume', '--predictions', `${learner}-2.csv`);
  expect(second.status).toBe(0);
  expect(readFileSync(at(`${learner}-parts.json`), 'utf8')).toBe(readFileSync(at(`${learner}.json`), 'utf8'));
  const said = csvRows(at(`${learner}.csv`));
  expect(said).toHaveLength(3001);
  expect([...csvRows(at(`${learner}-1.csv`)), ...csvRows(at(`${learner}-2.csv`)).slice(1)]).toEqual(said);
});

test('scores come as the stream goes, and again at the end', async () => {
  const ended = await stream('all.csv', '--target', 'load', '--metric', 'mae', '--every', '1000', '--learner', 'ftrl');
  expect(ended.status).toBe(0);
  expect(ended.stdout.match(/^ *[123],000 rows {2}mean_absolute_error /gm)).toHaveLength(3);
  expect(ended.stdout).toMatch(/all rows +mean_absolute_error/);
});

test('--time puts the rows of a file in order', async () => {
  const asked = ['--target', 'busy', '--learner', 'hoeffding', '--quiet', '--json'];
  const [plain, ordered] = await Promise.all([stream('all.csv', ...asked), stream('mixed.csv', ...asked, '--time', 'hour')]);
  const scores = (text: string) => jsonLines(text)[0]?.scores;
  expect(scores(ordered.stdout)).toEqual(scores(plain.stdout));
});

test('a file that turns out late not to be UTF-8 is read on in its own encoding, each row once', async () => {
  const odd = rows.map(([hour, load, site, busy], i) => [hour, load, i > 2500 ? 'K\u00f6ln' : site, busy] as string[]);
  writeFileSync(at('latin.csv'), Buffer.from(csv(odd), 'latin1'));
  writeFileSync(at('utf.csv'), csv(odd));
  const asked = ['--target', 'busy', '--learner', 'hoeffding', '--quiet', '--json'];
  const [latin, utf] = await Promise.all([
    stream('latin.csv', ...asked, '-o', 'latin.json'),
    stream('utf.csv', ...asked, '-o', 'utf.json'),
  ]);
  expect(jsonLines(latin.stdout)[0]).toMatchObject({ rows: 3000 });
  expect(utf.status).toBe(0);
  expect(readFileSync(at('latin.json'), 'utf8')).toBe(readFileSync(at('utf.json'), 'utf8'));
});

test('NDJSON on standard input is answered while it comes', async () => {
  const line = ([hour, load, site, busy]: string[]) =>
    `${JSON.stringify({ hour: Number(hour), load: Number(load), site: site || null, busy })}\n`;
  const args = ['stream', '-', '--target', 'busy', '--learner', 'ftrl', '--look', '50', '--predictions', '-', '-o', 'live.json'];
  const running = start(folder, args, {
    open: true,
    input: rows
      .slice(0, 60)
      .map((r) => line(r))
      .join(''),
  });
  await running.said(/"row":60,/);
  running.child.stdin?.write(line(['60', '99', 'south', '']));
  await running.said(/"row":61,"actual":null,"predicted":"(yes|no)"/);
  running.child.stdin?.end('{"hour":61,"load":\n');
  const ended = await running.ended;
  expect(ended.status).toBe(1);
  expect(ended.stderr).toMatch(/error \[DATA_UNREADABLE\] Line 62 of standard input/);
  // what came before the bad line is kept
  expect(ended.stderr).toMatch(/61 rows before it were learned and saved/);
  const more = start(folder, ['stream', '-', '-o', 'live.json', '--resume', '--json'], { input: line(rows[61] as string[]) });
  expect(jsonLines((await more.ended).stdout)[0]).toMatchObject({ rows: 62, taken: 1, unanswered: 1 });
});

test('a table on standard input works too', async () => {
  const ended = await start(folder, ['stream', '-', '--target', 'busy', '--json', '--quiet', '--learner', 'hoeffding'], {
    input: csv(rows.slice(0, 400)),
  }).ended;
  expect(jsonLines(ended.stdout)[0]).toMatchObject({ rows: 400 });
});

test.each([
  [['all.csv'], 2, 'USAGE'],
  [['all.csv', '--target', 'busyy'], 1, 'TARGET_NOT_FOUND'],
  [['all.csv', '--target', 'busy', '--learner', 'forest'], 2, 'USAGE'],
  [['all.csv', '--target', 'busy', '--metric', 'rmse'], 2, 'OPTION_INVALID'],
  [['all.csv', '--target', 'busy', '--time', 'hours'], 1, 'SQL_FAILED'],
  [['all.csv', '--target', 'busy', '--resume'], 2, 'USAGE'],
  [['all.csv', '--target', 'busy', '--resume', '-o', 'none.json'], 1, 'DATA_NOT_FOUND'],
  [['all.csv', '--target', 'busy', '-o', 'all.csv', '--force'], 2, 'USAGE'],
  [['all.csv', '--target', 'busy', '-o', 'taken.json'], 1, 'OUTPUT_EXISTS'],
  [['all.csv', '-o', 'taken.json', '--resume'], 1, 'BUNDLE_UNREADABLE'],
] as const)('%j is refused', async (args, status, code) => {
  writeFileSync(at('taken.json'), '{}');
  const ended = await stream(...args);
  expect(ended.stderr).toContain(`error [${code}]`);
  expect(ended.status).toBe(status);
  expect(readFileSync(at('taken.json'), 'utf8')).toBe('{}');
  expect(existsSync(at('none.json'))).toBe(false);
});
