import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readArguments } from '../support/arguments.mjs';
import { runChild } from '../support/child.mjs';
import { circumstances, circumstancesLine } from '../support/circumstances.mjs';
import { figure, markdownTable } from '../support/markdown.mjs';
import { built, COMMAND, python, scratchFolder, writeResult } from '../support/places.mjs';
import { median } from '../support/statistics.mjs';
import { floodWith, load } from './load.mjs';

export const HELP = `npm run bench -- serve [--seconds 5] [--rounds 3] [--no-peer] [--flood 192] [--only-flood] [--soak minutes] [--workers 1] [--label x]
  requests/s and latency of \`millwright serve\` (validation and prediction log on) beside \`mlflow models serve\`: 50 trees × 31 leaves, 10 numbers;
  rows/s in batches of 100; --flood callers that never wait, latencies of what was accepted apart from refusals. Needs mlflow and lightgbm in MILLWRIGHT_BENCH_PYTHON`;

const TREES = 50;
const LEAVES = 31;
const script = (name) => new URL(name, import.meta.url).pathname;

export async function main(args) {
  const { options } = readArguments(args, {
    seconds: '5',
    rounds: '3',
    'no-peer': 'flag',
    flood: '192',
    'only-flood': 'flag',
    soak: '0',
    workers: '1',
    label: 'serve',
  });
  const about = { ...circumstances(), when: new Date().toISOString() };
  const seconds = Number(options.seconds);
  const folder = scratchFolder('serve');
  const table = makeTable(folder);
  const ours = await startOurs(folder, table, options.workers);
  const theirs = options['no-peer'] || options['only-flood'] ? undefined : await startTheirs(folder, table);
  const row = Object.fromEntries(table.rows[0].map((x, i) => [`number ${i}`, x]));
  const names = Object.keys(row);
  const one = JSON.stringify(row);
  const batch = JSON.stringify({ columns: names, data: table.rows.slice(0, 100) });
  const ask = (side, connections, body, extra) => load({ url: side.url, body, connections, seconds, folder, ...extra });
  const records = JSON.stringify({ dataframe_records: [row] });
  await ask(ours, 8, one);
  const rounds = options['only-flood'] ? 0 : Number(options.rounds);
  if (theirs) await ask(theirs, 8, records);
  const results = [];
  for (let round = 0; round < rounds; round++)
    for (const connections of [1, 8]) {
      results.push({ side: 'ours', connections, ...(await ask(ours, connections, one)) });
      if (theirs) results.push({ side: 'theirs', connections, ...(await ask(theirs, connections, records)) });
    }
  const batches = [];
  for (let round = 0; round < rounds; round++) {
    const spent = cpuSeconds(ours.child.pid);
    const told = await ask(ours, 4, batch);
    const rows = told.requests * 100 * told.seconds;
    batches.push({ ...told, microsecondsPerRow: ((cpuSeconds(ours.child.pid) - spent) * 1e6) / rows });
  }
  const before = residentMemory(ours.child.pid);
  const flood = await floodWith({ url: ours.url, body: one, connections: options.flood, seconds: seconds * 2, folder });
  const after = residentMemory(ours.child.pid);
  const soak = [];
  for (let minute = 0; minute < Number(options.soak); minute++) {
    const { requests, p99, errors } = await ask(ours, 8, one, { seconds: 60 });
    soak.push({ requests, p99, errors, memory: residentMemory(ours.child.pid) });
  }
  ours.child.kill();
  theirs?.child.kill();

  const of = (side, connections, key) => median(results.filter((r) => r.side === side && r.connections === connections).map((r) => r[key]));
  const rows = [1, 8].map((connections) => [
    connections,
    ...['requests', 'p50', 'p99'].map((key) => figure(of('ours', connections, key), 4)),
    ...(theirs
      ? [
          ...['requests', 'p50', 'p99'].map((key) => figure(of('theirs', connections, key), 4)),
          figure(of('ours', connections, 'requests') / of('theirs', connections, 'requests'), 3),
        ]
      : ['', '', '', '']),
  ]);
  const text = `${[
    '# Serving',
    circumstancesLine(about),
    `${TREES} trees × ${LEAVES} leaves, 10 numbers, one row of JSON a request; prediction log on. Medians of ${options.rounds} rounds of ${seconds} s, both sides in turn.`,
    markdownTable(['connections', 'requests/s', 'p50 ms', 'p99 ms', 'MLflow requests/s', 'p50 ms', 'p99 ms', 'times'], rows),
    `Batches of 100 rows at 4 connections: ${figure(median(batches.map((b) => b.requests)) * 100, 3)} rows/s, ${figure(median(batches.map((b) => b.microsecondsPerRow)), 3)} µs of processor time a row.`,
    `${options.flood} connections that never wait: ${figure(flood.accepted.perSecond, 3)} requests/s answered, p50 ${figure(flood.accepted.p50, 3)} ms, p99 ${figure(flood.accepted.p99, 3)} ms; ${figure(flood.refused.perSecond, 3)}/s turned away, ${flood.errors} errors; resident memory ${before} → ${after} MiB.`,
    ...(soak.length === 0
      ? []
      : [
          `${soak.length} minutes at 8 connections: resident memory ${soak.map((s) => s.memory).join(', ')} MiB, ${soak.reduce((sum, s) => sum + s.errors, 0)} errors.`,
        ]),
  ].join('\n\n')}\n`;
  writeResult(`${options.label}.json`, `${JSON.stringify({ about, results, batches, flood, before, after, soak }, undefined, 1)}\n`);
  writeResult(`${options.label}.md`, text);
  console.log(text);
}

/** A sum of bent effects, and noise; plain arithmetic, so that it is the same everywhere. */
function makeTable(folder) {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const rows = Array.from({ length: 20_000 }, () =>
    Array.from({ length: 10 }, () => Math.round((random() + random() + random() - 1.5) * 1e4) / 1e4),
  );
  const y = rows.map((x) =>
    x.reduce((sum, v, i) => sum + (i % 2 ? v : v * v - 0.25) * (i + 1), 0) + 4 * (random() - 0.5) > 0 ? 'yes' : 'no',
  );
  const file = join(folder, 'table.csv');
  const names = Array.from({ length: 10 }, (_, i) => `number ${i}`);
  writeFileSync(file, `${[...names, 'y'].join(',')}\n${rows.map((x, i) => `${x.join(',')},${y[i]}`).join('\n')}\n`);
  return { file, rows };
}

async function done(file, args) {
  const { status, stderr, stdout } = await runChild(file, args, { timeout: 900 });
  if (status !== 0) throw new Error(`${args[0]} ended with ${status}: ${(stderr || stdout).trim().split('\n').slice(-3).join(' | ')}`);
}

async function startOurs(folder, { file }, workers) {
  const plan = join(folder, 'plan.json');
  await done(process.execPath, [COMMAND, 'plan', file, '--target', 'y', '--budget', 'none', '-o', plan]);
  const edited = JSON.parse(readFileSync(plan, 'utf8'));
  edited.candidates = [{ learner: 'boosted-trees', parameters: { rounds: TREES, leaves: LEAVES, learningRate: 0.1, patience: 100_000 } }];
  edited.validation.folds = 2;
  delete edited.search;
  writeFileSync(plan, JSON.stringify(edited));
  const out = join(folder, 'run');
  mkdirSync(out);
  await done(process.execPath, [COMMAND, 'run', file, '--plan', plan, '--out', out, '--quiet']);
  await keepTrees(join(out, 'model.mill'));
  return start(
    process.execPath,
    [COMMAND, 'serve', `bench=${out}/model.mill`, '--port', '18471', '--log', join(folder, 'log'), '--workers', workers],
    'http://127.0.0.1:18471',
    '/health',
    '/v1/models/bench/predict',
  );
}

/** A run refits with several seeds and more rounds: of its first member the first trees are kept, as many as the peer has. */
async function keepTrees(file) {
  const { decodeBundle, encodeBundle } = await import(built('model/bundle-file.js'));
  const { TreesModel } = await import(built('model/trees.js'));
  const bundle = await decodeBundle(readFileSync(file));
  const [branch] = bundle.model.branches ?? [{ recipe: [], members: [bundle] }];
  const { head, trees } = branch.members[0].model;
  const recipe = [...bundle.recipe, ...branch.recipe];
  writeFileSync(
    file,
    await encodeBundle({ ...bundle, recipe, model: new TreesModel(head, { ...trees, roots: trees.roots.slice(0, TREES) }) }),
  );
}

async function startTheirs(folder, { file }) {
  const saved = join(folder, 'mlflow');
  await done(python(), [script('mlflow-model.py'), file, saved, String(TREES), String(LEAVES)]);
  return start(
    python(),
    ['-m', 'mlflow', 'models', 'serve', '-m', saved, '-p', '18472', '--env-manager', 'local'],
    'http://127.0.0.1:18472',
    '/ping',
    '/invocations',
  );
}

/** Starts a server and waits until it answers. */
async function start(file, args, base, health, path) {
  const child = spawn(file, args, { stdio: 'ignore', detached: true });
  process.on('exit', () => {
    try {
      process.kill(-child.pid); // MLflow starts a child that would outlive it
    } catch {}
  });
  for (let i = 0; i < 240; i++) {
    const fine = await fetch(base + health).then(
      (r) => r.ok,
      () => false,
    );
    if (fine) return { child, url: base + path };
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`${args.join(' ')} does not answer`);
}

/** Processor time that a process has taken; NaN where there is no /proc. */
function cpuSeconds(pid) {
  try {
    const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13);
    return (Number(user) + Number(system)) / 100;
  } catch {
    return Number.NaN;
  }
}

/** MiB; undefined where there is no /proc. */
function residentMemory(pid) {
  try {
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
  } catch {
    return undefined;
  }
}
