// Kills `millwright score` at random moments and gives the same command again, then looks whether the result is that of an unbroken run.
//   node test/kills/score-kills.mjs [--kills 60] [--store postgres://…] [--seed 1]
// Without --store: a project in SQLite, a table of SQLite; else both are there. Files are written in either case, with and without a project.
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Rng } from '../../dist/core/rng.js';
import { PostgresDb } from '../../dist/node/store/sql/postgres-db.js';
import { SqliteDb } from '../../dist/node/store/sql/sqlite-db.js';

const { values } = parseArgs({ options: { kills: { type: 'string' }, store: { type: 'string' }, seed: { type: 'string' } } });
const wanted = Number(values.kills ?? 60);
const rng = new Rng(Number(values.seed ?? 1));
const folder = mkdtempSync(join(tmpdir(), 'millwright-score-kills-'));
const BIN = fileURLToPath(new URL('../../bin/millwright.js', import.meta.url));
const BUNDLE = fileURLToPath(new URL('../golden/bundles/v1-trees-learned-binary.mill', import.meta.url));
const ROWS = 12_000;
const failures = [];

/** Starts the command; kills it after so many milliseconds, unless it ends before. */
function command(cwd, args, delay) {
  const env = { ...process.env, MILLWRIGHT_STORE: cwd.endsWith('alone') ? '' : (values.store ?? ''), MILLWRIGHT_USER: 'ann' };
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [BIN, ...args], { cwd, env });
    const timer = delay === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), delay);
    let said = '';
    child.stdout.on('data', (chunk) => (said += chunk));
    child.stderr.on('data', (chunk) => (said += chunk));
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      resolve({ status, killed: signal === 'SIGKILL', said });
    });
  });
}

async function must(cwd, ...args) {
  const { status, said } = await command(cwd, args);
  if (status !== 0) throw new Error(`${args.join(' ')}: ${said}`);
}

const lines = ['id,price,member,seen,city,note'];
for (let i = 0; i < ROWS; i++)
  lines.push(
    `${i},"€ 1.${100 + (i % 800)},0",${i % 3 ? 'ja' : 'nein'},2023-11-0${1 + (i % 9)},${i % 2 ? 'Oslo' : 'Bergen'},note ${i % 17}`,
  );
for (const name of ['alone', 'project']) {
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, 'data.csv'), `${lines.join('\n')}\n`);
}
const [alone, project] = ['alone', 'project'].map((name) => join(folder, name));
await must(project, 'init');
copyFileSync(BUNDLE, join(folder, 'model.mill'));
await must(project, 'register', '../model.mill', '--name', 'm');

const url = values.store ?? `sqlite:${join(folder, 'target.db')}`;
const db = values.store ? await PostgresDb.open(values.store) : await SqliteDb.open(join(folder, 'target.db'));
await db.run('CREATE TABLE people (id BIGINT, price TEXT, member TEXT, seen TEXT, city TEXT, note TEXT)');
for (let i = 0; i < ROWS; i += 100) {
  const cells = lines
    .slice(i + 1, i + 101)
    .map((line) => line.replace(/"/g, "'").replace(/^(\d+),('[^']*'),(\w+),([\d-]+),(\w+),(.*)$/, "($1,$2,'$3','$4','$5','$6')"));
  await db.run(`INSERT INTO people VALUES ${cells.join(',')}`);
}

const at = ['--at', '2026-11-23T07:00:00Z', '--key', 'id'];
const file = (cwd, model, out, chunk) => ({
  cwd,
  args: ['score', model, 'data.csv', '-o', out, '--chunk', chunk, ...at],
  result: () => readFileSync(join(cwd, out)),
  clear: () => rmSync(join(cwd, out), { force: true }),
  clean: () => readdirSync(cwd).every((name) => !/scoring|tmp$/.test(name)),
});
const scores = async () => Buffer.from(JSON.stringify(await db.all('SELECT * FROM scores ORDER BY CAST(id AS BIGINT)')));
const cases = [
  file(alone, '../model.mill', 'out.csv', '300'),
  file(project, 'm@1', 'out.parquet', '1000'),
  {
    cwd: project,
    args: ['score', 'm@1', '--from', url, '--query', 'SELECT * FROM people', '--into', 'scores', '--chunk', '400', ...at],
    result: scores,
    clear: () => db.script('DROP TABLE scores; DROP TABLE millwright_scoring'),
    clean: () => true,
  },
];

let kills = 0;
let finished = 0;
let resumed = 0;
const began = performance.now();
for (const { cwd, args, result, clear, clean } of cases) {
  const started = performance.now();
  await must(cwd, ...args);
  const whole = performance.now() - started;
  const expected = await result();
  if (expected.length < 5000) failures.push(`${args}: the unbroken run gave ${expected.length} bytes`);
  const most = kills + Math.ceil(wanted / cases.length);
  while (kills < most && failures.length === 0) {
    await clear();
    for (;;) {
      const { status, killed, said } = await command(cwd, args, rng.float() * whole * 1.3);
      if (killed) kills++;
      if (said.includes('Going on after')) resumed++;
      if (killed) continue;
      if (status !== 0) failures.push(`${args.join(' ')}: ${said}`);
      break;
    }
    finished++;
    if (failures.length === 0 && !expected.equals(await result())) failures.push(`${args.join(' ')}: the result is another`);
    if (!clean()) failures.push(`${args.join(' ')}: something is left: ${readdirSync(cwd)}`);
  }
}
await db.close();
if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
console.log(JSON.stringify({ kills, finished, resumed, seconds: Math.round((performance.now() - began) / 1000), failures }));
process.exitCode = failures.length ? 1 : 0;
