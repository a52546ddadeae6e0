import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshSchema, postgresThere, startPostgres, statement, type TestPostgres } from '../fixtures/postgres.js';
import { jsonLines, start, workFolder } from './cli.js';

// Batches of rows into files and tables. What kills do to them is in test/kills/score-kills.mjs.

const folder = workFolder();
const AT = ['--at', '2026-11-23T07:00:00Z'];
const bundle = fileURLToPath(new URL('../golden/bundles/v1-trees-learned-binary.mill', import.meta.url));
const ROWS = 1000;
const score = (...args: string[]) =>
  start(folder, ['score', 'model.mill', ...args], { env: { MILLWRIGHT_USER: 'ann', MILLWRIGHT_STORE: '' } }).ended;
const done = async (...args: string[]): Promise<Record<string, unknown>> => {
  const { status, stdout, stderr } = await score(...args, '--json');
  expect(status, stdout + stderr).toBe(0);
  return jsonLines(stdout).at(-1) as Record<string, unknown>;
};
const refused = async (...args: string[]): Promise<string> => {
  const { status, stderr } = await score(...args);
  expect(status, stderr).not.toBe(0);
  return stderr;
};
const lines = (name: string): string[] => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n');

beforeAll(() => {
  copyFileSync(bundle, join(folder, 'model.mill'));
  let text = 'id,price,member,seen,city,note\n';
  for (let i = 0; i < ROWS; i++)
    text += `k${i},"€ 1.${100 + (i % 800)},0",${i % 3 ? 'ja' : 'nein'},2023-11-0${1 + (i % 9)},${i % 2 ? 'Oslo' : 'Bergen'},fine\n`;
  writeFileSync(join(folder, 'data.csv'), text);
});

it('writes what predict says, whatever the chunks, and leaves nothing else', async () => {
  expect(await done('data.csv', '-o', 'a.csv', '--key', 'id', ...AT)).toMatchObject({
    rows: ROWS,
    already: false,
    resumedAt: 0,
    model: 'model',
  });
  await done('data.csv', '-o', 'b.csv', '--key', 'id', '--chunk', '7', ...AT);
  expect(lines('b.csv')).toEqual(lines('a.csv'));
  const predicted = (await start(folder, ['predict', 'model.mill', 'data.csv', '--keep', 'id']).ended).stdout.trimEnd().split('\n');
  expect(lines('a.csv').map((line) => line.split(',').slice(0, -3).join(','))).toEqual(predicted);
  expect(lines('a.csv')[1]).toMatch(/,model,[0-9a-f]{12},2026-11-23T07:00:00\.000Z$/);
  expect(readdirSync(folder).sort()).toEqual(['a.csv', 'b.csv', 'data.csv', 'model.mill']);
});

it('writes Parquet and lines of JSON with reasons, and reads a query in the order of its key', async () => {
  await done('data.csv', '-o', 'c.parquet', '--key', 'id', ...AT);
  const again = await start(folder, [
    'predict',
    'model.mill',
    'c.parquet',
    '--sql',
    'SELECT *, NULL AS price FROM data LIMIT 3',
    '--keep',
    'id,scored_at',
  ]).ended;
  expect(again.stdout).toContain('k2,');
  await done(
    '--from',
    'data.csv',
    '--query',
    'SELECT * FROM data ORDER BY price DESC LIMIT 5;',
    '--key',
    'id',
    '-o',
    'd.ndjson',
    '--reasons',
    '2',
    ...AT,
  );
  const rows = jsonLines(readFileSync(join(folder, 'd.ndjson'), 'utf8'));
  expect(rows.map((r) => r.id)).toEqual([...rows.map((r) => r.id as string)].sort());
  expect(rows[0]).toMatchObject({ reasons: expect.any(Array), model: 'model' });
  expect((rows[0] as { reasons: unknown[] }).reasons.length).toBeLessThanOrEqual(2);
});

it('goes on where an interrupted one stopped, and refuses other data, models and options', async () => {
  const { child, ended } = start(folder, ['score', 'model.mill', 'data.csv', '-o', 'e.csv', '--key', 'id', '--chunk', '2', ...AT]);
  const journal = join(folder, '.e.csv.scoring', '000000020');
  while (!existsSync(journal)) await new Promise((resolve) => setTimeout(resolve, 2));
  child.kill('SIGINT');
  expect((await ended).status, 'interrupted').toBe(130);
  expect(existsSync(join(folder, 'e.csv'))).toBe(false);
  expect(await refused('data.csv', '-o', 'e.csv', '--key', 'id', '--chunk', '3', ...AT)).toContain('OPTION_INVALID');
  writeFileSync(join(folder, 'data2.csv'), readFileSync(join(folder, 'data.csv'), 'utf8').replace('Oslo', 'Rome'));
  expect(await refused('data2.csv', '-o', 'e.csv', '--key', 'id', '--chunk', '2', ...AT)).toContain('DATA_CHANGED');
  const rest = await done('data.csv', '-o', 'e.csv', '--key', 'id', '--chunk', '2', '--resume', ...AT);
  expect(rest).toMatchObject({ rows: ROWS });
  expect(rest.resumedAt).toBeGreaterThan(0);
  expect(lines('e.csv')).toEqual(lines('a.csv'));
  expect(await refused('data.csv', '-o', 'e.csv', '--resume')).toContain('no unfinished scoring');
});

it('says what is wrong, and leaves no file', async () => {
  expect(await refused('data.csv')).toContain('USAGE');
  expect(await refused('data.csv', '-o', 'x.csv', '--key', 'nothing')).toContain('COLUMN_NOT_FOUND');
  expect(await refused('data.csv', '-o', 'x.csv', '--query', 'SELECT * FROM data')).toContain('--key');
  expect(await refused('data.csv', '-o', 'x.csv', '--query', 'SELECT * FROM data', '--key', 'city')).toContain('share the key city');
  expect(await refused('data.csv', '-o', 'x.csv', '--query', 'DROP VIEW data', '--key', 'id')).toContain('SQL_FAILED');
  expect(await refused('-', '-o', 'x.csv')).toContain('USAGE');
  expect(await refused('data.csv', '-o', 'data.csv')).toContain('USAGE');
  expect(await refused('data.csv', '-o', 'nowhere/x.csv')).toContain('OUTPUT_FAILED');
  expect(readdirSync(folder).filter((name) => /x\.csv|scoring/.test(name))).toEqual([]);
});

it('writes into a table of SQLite: once, refused or replaced the next time', async () => {
  const into = ['--to', 'sqlite:t.db', '--into', 'odd "name"; x', '--key', 'id', ...AT];
  expect(await done('data.csv', ...into, '--chunk', '100')).toMatchObject({ rows: ROWS, already: false });
  expect(await done('data.csv', ...into, '--chunk', '100')).toMatchObject({ rows: ROWS, already: true });
  expect(await refused('data.csv', ...into, '--chunk', '100', '--anew')).toContain('OUTPUT_EXISTS');
  await done('data.csv', ...into, '--chunk', '300', '--replace');
  const database = new Database(join(folder, 't.db'));
  const rows = database.prepare('SELECT * FROM "odd ""name""; x" ORDER BY rowid').all() as Record<string, unknown>[];
  expect(rows.map((r) => r.id)).toEqual(Array.from({ length: ROWS }, (_, i) => `k${i}`));
  const [, first] = lines('a.csv').map((line) => line.split(','));
  expect(rows[0]).toMatchObject({ prediction: first?.[1], scored_at: first?.at(-1) });
  database.exec('CREATE TABLE short (id TEXT, prediction TEXT)');
  database.close();
  expect(await refused('data.csv', '--to', 'sqlite:t.db', '--into', 'short', '--key', 'id')).toContain('no column "probability_');
});

it('is done once when two start it at once', async () => {
  for (const to of [
    ['-o', 'two.csv'],
    ['--to', 'sqlite:two.db', '--into', 'two'],
  ]) {
    const one = () => score('data.csv', ...to, '--key', 'id', '--chunk', '20', ...AT);
    const ended = await Promise.all([one(), one(), one()]);
    for (const { status, stderr } of ended) if (status !== 0) expect(stderr).toMatch(/OUTPUT_BUSY|OUTPUT_FAILED/);
    expect(await one()).toMatchObject({ status: 0 });
  }
  expect(lines('two.csv')).toEqual(lines('a.csv'));
  const database = new Database(join(folder, 'two.db'));
  const rows = database.prepare('SELECT id FROM two ORDER BY rowid').all() as { id: string }[];
  database.close();
  expect(rows.map((r) => r.id)).toEqual(Array.from({ length: ROWS }, (_, i) => `k${i}`));
});

it('in a project scores versions of the registry, for whoever may, and the audit log tells', async () => {
  const as = (user: string, ...args: string[]) => start(folder, args, { env: { MILLWRIGHT_USER: user, MILLWRIGHT_STORE: '' } }).ended;
  await as('ann', 'init');
  expect((await as('ann', 'register', 'model.mill', '--name', 'churn')).status).toBe(0);
  const ended = await as('ann', 'score', 'churn@1', 'data.csv', '-o', 'p.csv', '--key', 'id', ...AT);
  expect(ended.status, ended.stderr).toBe(0);
  expect(lines('p.csv')[1]).toContain(',churn,1,2026');
  const own = await as('bea', 'score', 'model.mill', 'data.csv', '-o', 'r.csv');
  expect(own.status, own.stderr).toBe(0);
  expect((await as('bea', 'score', 'churn@1', 'data.csv', '-o', 'q.csv')).stderr).toContain('NOT_ALLOWED');
  const log = (await as('ann', 'audit')).stdout;
  expect(log).toMatch(/ann +cli +score +model:churn@1/);
  expect(log).toContain('score.refused');
  expect(readdirSync(folder).filter((name) => /q\.csv|scoring/.test(name))).toEqual([]);
});

describe.skipIf(!postgresThere)('PostgreSQL', () => {
  let server: TestPostgres;
  beforeAll(() => {
    server = startPostgres();
  });
  afterAll(() => server.stop());

  it('scores a query into a table with the types of its key, and shows no password', async () => {
    const url = await freshSchema(server, 'score');
    await statement(
      url,
      `CREATE TABLE people AS SELECT i::bigint AS id, i % 2 = 0 AS odd, 'Oslo' AS city, '€ 1.' || (100 + i % 800) || ',0' AS price FROM generate_series(1, ${ROWS}) i`,
    );
    const from = ['--from', url, '--key', 'id', '--into', 'scores'];
    expect(await done(...from, '--query', 'SELECT * FROM people WHERE id > 0', '--chunk', '64')).toMatchObject({ rows: ROWS });
    expect(await statement(url, "SELECT * FROM scores WHERE id = 7 AND scored_at > now() - interval '1 hour'")).toBe(1);
    expect(await statement(url, 'SELECT * FROM scores')).toBe(ROWS);
    // more rows, the same query: only with --replace
    await statement(url, "INSERT INTO people VALUES (5000, true, 'Oslo', '1')");
    expect(await refused(...from, '--query', 'SELECT * FROM people WHERE id > 0', '--chunk', '64')).toContain('OUTPUT_EXISTS');
    expect(await done(...from, '--query', 'SELECT * FROM people WHERE id > 0', '--chunk', '64', '--replace')).toMatchObject({
      rows: ROWS + 1,
    });
    expect(await refused(...from, '--query', 'DELETE FROM people RETURNING *')).toContain('SQL_FAILED');
    expect(await refused(...from, '--query', 'SELECT * FROM people) AS a; DROP TABLE people; --')).toContain('SQL_FAILED');
    expect(await refused(...from, '--query', 'SELECT * FROM nobody')).toContain('nobody');
    expect(await statement(url, 'SELECT * FROM people')).toBe(ROWS + 1);
    const away = await score('data.csv', '--to', 'postgres://me:s3cret@127.0.0.1:1/none', '--into', 'scores', '--key', 'id');
    expect(away.status).toBe(1);
    expect(away.stdout + away.stderr).not.toContain('s3cret');
  });
});
