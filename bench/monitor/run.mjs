// All drift figures of 100,000 × 20 beside as many: our time against Evidently's, one after the other in the same run, reading left out.
// node bench/monitor/run.mjs <python with evidently 0.7>
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Rng } from '../../dist/core/rng.js';
import { Table } from '../../dist/core/table.js';
import { buildReference } from '../../dist/engine/monitor/build-reference.js';
import { figuresOf } from '../../dist/engine/monitor/column-figures.js';
import { kolmogorovSmirnov, wasserstein } from '../../dist/engine/monitor/distances.js';
import { Monitor } from '../../dist/engine/monitor/monitor.js';
import { codeRows } from '../../dist/engine/monitor/observer.js';

const python = process.argv[2];
if (!python) throw new Error('node bench/monitor/run.mjs <python with evidently>');
const ROWS = 100_000;
const LEVELS = Array.from({ length: 12 }, (_, i) => `level ${i}`);

/** 15 numbers and 5 categories. */
function table(seed, shift) {
  const rng = new Rng(seed);
  const columns = [];
  for (let c = 0; c < 15; c++)
    columns.push({
      kind: 'numeric',
      name: `n${c}`,
      values: Float64Array.from({ length: ROWS }, () => rng.float() + rng.float() + rng.float() + (c === 0 ? shift : 0)),
    });
  for (let c = 0; c < 5; c++)
    columns.push({
      kind: 'category',
      name: `c${c}`,
      codes: Int32Array.from({ length: ROWS }, () => Math.min(rng.below(12), rng.below(12))),
      levels: LEVELS,
    });
  return new Table(columns);
}
const before = table(1, 0);
const now = table(2, 0.1);
const schema = {
  columns: before.columns.map((c) => ({
    name: c.name,
    type: c.kind === 'numeric' ? 'number' : 'category',
    use: 'feature',
    reason: '',
    missing: [],
    stats: { rows: ROWS, missing: 0, distinct: 0, top: [] },
  })),
};
const csv = (t) =>
  `${t.columns.map((c) => c.name).join(',')}\n${Array.from({ length: ROWS }, (_, i) => t.columns.map((c) => (c.kind === 'numeric' ? c.values[i] : LEVELS[c.codes[i]])).join(',')).join('\n')}\n`;

function ours() {
  const busy = process.cpuUsage();
  const began = performance.now();
  const reference = buildReference(before, schema);
  const monitor = new Monitor(reference, { window: { rows: 1000 } });
  monitor.push(codeRows(reference, now, []));
  monitor.close();
  const figures = reference.binnings.map((_, c) => figuresOf(reference, reference.sketch, monitor.total, c));
  const sketched = performance.now() - began;
  const used = ({ user, system }) => (user + system) / 1e6;
  const cpu = used(process.cpuUsage(busy));
  // exactly, on all values of both
  for (let c = 0; c < 15; c++) {
    const [a, b] = [before, now].map((t) => ({ values: t.columns[c].values.slice().sort() }));
    kolmogorovSmirnov(a, b);
    wasserstein(a, b);
  }
  return {
    sketched,
    exact: performance.now() - began - sketched,
    cpu,
    cpuOfAll: used(process.cpuUsage(busy)),
    alerts: monitor.alerts.map((a) => a.columns[0]),
    figures: figures.length,
  };
}

const folder = mkdtempSync(join(tmpdir(), 'millwright-monitor-'));
try {
  for (const [name, t] of [
    ['before', before],
    ['now', now],
  ])
    writeFileSync(join(folder, `${name}.csv`), csv(t));
  const first = ours();
  const paths = ['before', 'now'].map((name) => join(folder, `${name}.csv`));
  const [theirs, theirCpu, metrics] = execFileSync(python, [join(import.meta.dirname, 'evidently_drift.py'), ...paths], {
    encoding: 'utf8',
  })
    .trim()
    .split(' ')
    .map(Number);
  const again = ours();
  for (const o of [first, again])
    console.log(
      `reference, ${ROWS / 1000} windows tested, all figures: ${(o.sketched / 1000).toFixed(2)} s; exact KS and Wasserstein besides: ${(o.exact / 1000).toFixed(2)} s; alerts on ${o.alerts.join(', ')}`,
    );
  const total = (first.sketched + first.exact) / 1000;
  console.log(`Evidently: ${theirs.toFixed(2)} s (processor ${theirCpu.toFixed(2)} s) for ${metrics} metrics`);
  console.log(
    `ours ÷ Evidently, our code cold: ${(first.sketched / 1000 / theirs).toFixed(3)}, with the exact figures ${(total / theirs).toFixed(3)}; by processor time ${(first.cpu / theirCpu).toFixed(3)} and ${(first.cpuOfAll / theirCpu).toFixed(3)}`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
