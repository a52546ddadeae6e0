// What `millwright monitor` takes of memory while ten million rows go by: node --expose-gc bench/monitor/memory.mjs [MILLION ROWS] [file,stream,inside]
// `file` sends CSV to standard input, which is copied to disk first and then watched in one go; `stream` is `--stream` with NDJSON and a state; `inside` the sketches in this process.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Rng } from '../../dist/core/rng.js';
import { Table } from '../../dist/core/table.js';
import { buildReference } from '../../dist/engine/monitor/build-reference.js';
import { Monitor } from '../../dist/engine/monitor/monitor.js';
import { codeRows } from '../../dist/engine/monitor/observer.js';

const MILLION = 1e6;
const total = Number(process.argv[2] ?? 10) * MILLION;
const ways = (process.argv[3] ?? 'inside,stream,file').split(',');
const command = fileURLToPath(new URL('../../bin/millwright.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'millwright-memory-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const CITIES = ['Oslo', 'Bergen', 'Trondheim', 'Stavanger', 'Bodø', 'Tromsø'];
const BLOCK = 5000;

/** Rows with a column whose levels never end, and a drift that begins half-way. */
function rows(rng, from, count) {
  return Array.from({ length: count }, (_, i) => {
    const weight = 5 + rng.float() * 20 + (from + i > total / 2 ? 3 : 0);
    const price = 3 * weight + 20 * rng.float();
    return {
      nr: from + i,
      weight: Math.round(weight * 100) / 100,
      price: Math.round(price * 100) / 100,
      city: CITIES[rng.below(CITIES.length)],
      shop: `shop ${rng.below(40) < 39 ? rng.below(50) : from + i}`,
      a: Math.round(rng.float() * 1e4) / 1e4,
      b: rng.below(20) === 0 ? null : rng.below(100),
      late: rng.float() < 1 / (1 + Math.exp(10 - 0.6 * weight)) ? 'yes' : 'no',
    };
  });
}
const csv = (list) =>
  list
    .map(
      (r) =>
        `${Object.values(r)
          .map((v) => v ?? '')
          .join(',')}\n`,
    )
    .join('');
const ndjson = (list) => list.map((r) => `${JSON.stringify(r)}\n`).join('');
const megabytes = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
const marks = [1, 2, 5, 10, 20].map((m) => m * MILLION).filter((m) => m <= total);

/** Sends rows; tells what the process takes: the most since the mark before. */
async function send(args, text, head) {
  const child = spawn(process.execPath, [command, 'monitor', join(folder, 'out'), ...args], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk) => (said = (said + chunk).slice(-200 * MILLION)));
  const ended = new Promise((resolve) => child.on('exit', resolve));
  let most = 0;
  const taken = [];
  const timer = setInterval(() => {
    if (!existsSync(`/proc/${child.pid}/status`)) return;
    const now = megabytes(child.pid);
    most = Math.max(most, now);
    taken.push([Date.now(), now]);
  }, 100);
  const rng = new Rng(2);
  const begun = Date.now();
  child.stdin.write(head);
  const found = {};
  for (let at = 0; at < total; at += BLOCK) {
    if (!child.stdin.write(text(rows(rng, at, BLOCK)))) await new Promise((resolve) => child.stdin.once('drain', resolve));
    if (!marks.includes(at + BLOCK)) continue;
    found[`${(at + BLOCK) / MILLION}M`] = Math.round(most);
    console.error(JSON.stringify(found));
    most = 0;
  }
  child.stdin.end();
  const sent = Date.now();
  const status = await ended;
  clearInterval(timer);
  const result = JSON.parse(said.trimEnd().split('\n').at(-1));
  const after = taken.filter(([when]) => when > sent);
  const tenths = Array.from({ length: 10 }, (_, i) => after.slice((i * after.length) / 10, ((i + 1) * after.length) / 10));
  const seconds = (Date.now() - begun) / 1000;
  const told = { status, rows: result.rows, windows: result.windows?.length, alerts: result.alerts?.length, seconds: Math.round(seconds) };
  return { ...told, found, tenths: tenths.map((t) => Math.round(Math.max(0, ...t.map(([, m]) => m)))) };
}

/** The sketches alone, without scoring: what is used after a full collection. */
function inside() {
  const rng = new Rng(1);
  const table = (count, seed) => {
    const r = new Rng(seed);
    const columns = Array.from({ length: 20 }, (_, c) =>
      c < 15
        ? { kind: 'numeric', name: `n${c}`, values: Float64Array.from({ length: count }, () => r.float() + r.float()) }
        : { kind: 'category', name: `c${c}`, codes: Int32Array.from({ length: count }, () => r.below(6)), levels: CITIES },
    );
    return new Table(columns, count);
  };
  const schema = { columns: table(1, 1).columns.map(({ name, kind }) => columnOf(name, kind)) };
  const reference = buildReference(table(20_000, 1), schema);
  const monitor = new Monitor(reference, { window: { rows: 500 } });
  const found = {};
  const parts = Array.from({ length: 20 }, () => codeRows(reference, table(BLOCK, rng.below(1e9)), []));
  const begun = Date.now();
  for (let at = 0; at < total; at += BLOCK) {
    monitor.push(parts[(at / BLOCK) % parts.length]);
    if (!marks.includes(at + BLOCK)) continue;
    globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    found[`${(at + BLOCK) / MILLION}M`] = Math.round((heapUsed + arrayBuffers) / 104857.6) / 10;
  }
  return { rows: monitor.total.rows, windows: monitor.windows.length, seconds: Math.round((Date.now() - begun) / 1000), found };
}

function columnOf(name, kind) {
  const stats = { rows: 0, missing: 0, distinct: 0, unreadable: 0, top: [] };
  return { name, type: kind === 'numeric' ? 'number' : 'category', use: 'feature', missing: [''], reason: '', stats };
}

const report = {};
if (ways.some((way) => way !== 'inside')) {
  const train = rows(new Rng(1), 0, 20_000);
  const head = `${Object.keys(train[0]).join(',')}\n`;
  writeFileSync(join(folder, 'train.csv'), head + csv(train));
  const run = ['run', 'train.csv', '--target', 'late', '--budget', '10s', '--latency', '5us', '--out', 'out', '--quiet'];
  execFileSync(process.execPath, [command, ...run], { cwd: folder, stdio: 'inherit' });
  // where it is copied to counts as disk
  if (ways.includes('stream')) {
    report.stream = await send(['--stream', '--state', 'state.json', '--json'], ndjson, '');
    report.stream.state = Math.round(statSync(join(folder, 'state.json')).size / 2 ** 20);
  }
  if (ways.includes('file')) report.file = await send(['-', '--json'], csv, head);
}
if (ways.includes('inside')) report.inside = inside();
console.log(JSON.stringify(report, null, 1));
