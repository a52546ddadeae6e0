import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'libsql';
import { expect, test } from 'vitest';
import { encodeBundle } from '../../src/model/bundle-file.js';
import { exampleBundle } from '../example-bundle.js';
import { jsonLines, start, workFolder } from './cli.js';

// Rows that are scored while they come.

const folder = workFolder();
copyFileSync(fileURLToPath(new URL('../golden/bundles/v1-trees-learned-binary.mill', import.meta.url)), join(folder, 'model.mill'));
const env = { MILLWRIGHT_USER: 'ann', MILLWRIGHT_STORE: '' };
const score = (input: string | Buffer, ...args: string[]) =>
  start(folder, ['score', 'model.mill', '--stream', ...args], { input, env }).ended;
const row = (i: number) => ({
  id: `k${i}`,
  price: `€ 1.${100 + (i % 800)},0`,
  member: i % 3 ? 'ja' : 'nein',
  seen: `2023-11-0${1 + (i % 9)}`,
  city: i % 2 ? 'Oslo' : 'Bergen',
  note: 'fine',
});
const rows = Array.from({ length: 3000 }, (_, i) => row(i));
const ndjson = (list: readonly object[]) => list.map((r) => `${JSON.stringify(r)}\n`).join('');

test('each row is answered as `predict` does, in order', async () => {
  const [{ stdout, stderr, status }, predicted] = await Promise.all([
    score(ndjson(rows), '--key', 'id'),
    start(folder, ['predict', 'model.mill', '-', '--keep', 'id'], { input: ndjson(rows) }).ended,
  ]);
  expect(stderr).toContain('3,000 messages answered');
  expect(status).toBe(0);
  const answers = jsonLines(stdout);
  expect(answers.map((a) => a.message)).toEqual(rows.map((_, i) => String(i + 1)));
  const [head, ...lines] = predicted.stdout.trimEnd().split('\n');
  expect(
    answers.map((a) =>
      (head as string)
        .split(',')
        .map((name) => a[name])
        .join(','),
    ),
  ).toEqual(lines);
  expect(answers[0]).toMatchObject({
    model: 'model',
    version: expect.stringMatching(/^[0-9a-f]{12}$/),
    scored_at: expect.stringMatching(/Z$/),
  });
});

test('sets of classes stand beside the probabilities, of streams and of files', async () => {
  writeFileSync(join(folder, 'sets.mill'), await encodeBundle({ ...exampleBundle(), metrics: { sets: [{ share: 0.9, least: 0.01 }] } }));
  writeFileSync(join(folder, 'one.ndjson'), ndjson([{ age: 25, city: 'Oslo' }]));
  const asked = ['score', 'sets.mill', '--set', '0.9'];
  const stream = await start(folder, [...asked, '--stream'], { input: ndjson([{ age: 25, city: 'Oslo' }]), env }).ended;
  const file = await start(folder, [...asked, 'one.ndjson', '-o', 'sets.ndjson'], { env }).ended;
  expect([stream.status, file.status], stream.stderr + file.stderr).toEqual([0, 0]);
  const [[told], [written]] = [jsonLines(stream.stdout), jsonLines(readFileSync(join(folder, 'sets.ndjson'), 'utf8'))];
  expect([...(told as { prediction_set: string[] }).prediction_set].sort()).toEqual(['__proto__', 'no']);
  expect(written?.prediction_set).toEqual(told?.prediction_set);
  const refused = await score(ndjson([row(1)]), '--set', '0.9');
  expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining('gives no sets') });
});

test('a row is answered while the stream goes on, and an interrupt ends it cleanly', async () => {
  const { child, said, ended } = start(folder, ['score', 'model.mill', '--stream', '--reasons', '1'], {
    input: ndjson([row(1)]),
    env,
    open: true,
  });
  await said(/"message":"1".*"reasons":\[/);
  child.stdin?.write(ndjson([row(2)]));
  await said(/"message":"2"/);
  child.kill('SIGTERM');
  const { status, signal, stdout, stderr } = await ended;
  expect([status, signal]).toEqual([0, null]);
  expect(jsonLines(stdout)).toHaveLength(2);
  expect(stderr).toContain('2 messages answered');
});

test('what is no row gets its error in its place', async () => {
  const bad = [
    JSON.stringify(row(0)),
    'not json',
    '[1, 2]',
    '{"price": {"deep": [1]}}',
    '{"other": 1}',
    '{"__proto__": {"price": 1}, "constructor": 2}',
    '{"price": "€ 1.100,0", "id": "x"}',
    JSON.stringify({ ...row(3), price: 'many' }),
  ];
  const { stdout, stderr, status } = await score(
    Buffer.concat([Buffer.from(`${bad.join('\n')}\n`), Buffer.from([0xff, 0xfe, 10])]),
    '--id',
    'id',
  );
  expect(status).toBe(0);
  const codes = jsonLines(stdout).map((a) => [a.message, (a.error as { code: string } | undefined)?.code ?? a.prediction]);
  expect(codes).toEqual([
    ['k0', expect.any(String)],
    [expect.stringMatching(/^\?[0-9a-f]{16}$/), 'DATA_UNREADABLE'],
    [expect.stringMatching(/^\?[0-9a-f]{16}$/), 'DATA_UNREADABLE'],
    [expect.stringMatching(/^\?[0-9a-f]{16}$/), 'SCHEMA_MISMATCH'],
    [expect.stringMatching(/^\?[0-9a-f]{16}$/), 'SCHEMA_MISMATCH'],
    [expect.stringMatching(/^\?[0-9a-f]{16}$/), 'SCHEMA_MISMATCH'],
    ['x', expect.any(String)],
    ['k3', expect.any(String)],
    [expect.stringMatching(/^\?[0-9a-f]{16}$/), 'DATA_UNREADABLE'],
  ]);
  expect(codes[0]?.[1]).not.toMatch(/[A-Z]_/);
  expect(stderr).toContain('9 messages answered, 6 of them no rows');
  expect(stderr).toContain('1 cell of "price" could not be read');
});

test('a reader who goes away ends it; what cannot be done is said', async () => {
  const { child, said, ended } = start(folder, ['score', 'model.mill', '--stream'], { input: ndjson(rows.slice(0, 5)), env, open: true });
  await said(/"message":"5"/);
  child.stdout?.destroy();
  child.stdin?.write(ndjson(rows));
  expect((await ended).status).toBe(141);
  for (const args of [['data.csv'], ['--replace'], ['--query', 'SELECT 1'], ['--key', 'message']]) {
    const { status, stderr } = await score('', ...args);
    expect([status, stderr]).toEqual([2, expect.stringMatching(/USAGE|OPTION_INVALID/)]);
  }
});

test('into a table by a column of their own, so that what is sent again counts once', async () => {
  const into = ['--id', 'id', '--key', 'city', '--into', 'scores', '--to', 'sqlite:scores.db'];
  expect((await score(`${ndjson(rows.slice(0, 60))}oops\n`, ...into)).status).toBe(0);
  const { status, stderr } = await score(ndjson(rows.slice(40, 100)), ...into);
  expect([status, stderr]).toEqual([0, expect.stringContaining('60 messages answered, 20 of them before')]);
  const db = new Database(join(folder, 'scores.db'));
  expect(db.prepare('SELECT COUNT(*) AS n, COUNT(DISTINCT city) AS cities, COUNT(prediction) AS rows FROM scores').get()).toMatchObject({
    n: 101,
    cities: 2,
    rows: 100,
  });
  expect(db.prepare('SELECT error FROM scores WHERE message LIKE ?').get('?%')).toMatchObject({
    error: expect.stringMatching(/^DATA_UNREADABLE/),
  });
  db.close();
});

test.each([
  [['-o', 'out.ndjson'], 2, 'cannot be read again'],
  [['--into', 't', '--to', 'sqlite:x.db'], 2, '--id'],
  [['--into', 't', '--id', 'id'], 2, 'needs a database'],
  [['--from', 'kafka://127.0.0.1:1/rows'], 2, 'names no group'],
  [['--from', 'nats://127.0.0.1/rows?durabel=x'], 2, 'durabel'],
  [['--from', 'nats://me:secret@127.0.0.1:1/rows'], 1, 'STREAM_UNREACHABLE'],
])('%j is refused, with the reason', async (args, status, why) => {
  const ended = await score('', ...args);
  expect(ended.status, ended.stderr).toBe(status);
  expect(ended.stderr).toContain(why);
  expect(ended.stderr).not.toContain('secret');
});
