// fit-millwright.mjs SPEC: one fit in a process of its own; prints one line of JSON. The scores of the test rows go to spec.scores (float64).
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { peakMemory } from '../support/child.mjs';
import { built } from '../support/places.mjs';

const spec = JSON.parse(process.argv[2]);
const { Table } = await import(built('core/table.js'));
const { Rng } = await import(built('core/rng.js'));
const { Deadline } = await import(built('core/clock.js'));
const { boostedTrees } = await import(built('engine/learn/trees/boosted-trees.js'));
const { KernelHost } = await import(built('engine/kernels/kernel-host.js'));

const read = (name) => {
  const bytes = readFileSync(`${spec.data}/${name}`);
  return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
};

/** The file as it is: columns are views of it; categories get their codes and levels. */
function tableOf(values, rows) {
  const columns = [];
  for (let c = 0; c < spec.columns; c++) {
    const column = values.subarray(c * rows, (c + 1) * rows);
    if (c < spec.columns - spec.categories) columns.push({ kind: 'numeric', name: `x${c}`, values: column });
    else {
      const codes = Int32Array.from(column);
      const levels = Array.from({ length: codes.reduce((m, k) => Math.max(m, k), 0) + 1 }, (_, k) => String(k));
      columns.push({ kind: 'category', name: `x${c}`, codes, levels });
    }
  }
  return new Table(columns, rows);
}

const residentMiB = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;

const clock = { now: () => performance.now(), pause: () => new Promise((resolve) => setImmediate(resolve)) };
const classes = Array.from({ length: spec.task === 'regression' ? 0 : spec.classes }, (_, k) => String(k));
const task = { kind: spec.task, classes, target: 'y', reason: '' };
const parameters = {
  rounds: spec.rounds,
  leaves: spec.leaves,
  learningRate: spec.learningRate,
  maxBins: spec.maxBins,
  minRowsInLeaf: spec.minRowsInLeaf,
  l2: 0,
  rowSample: 1,
  columnSample: 1,
};

const table = tableOf(read('x-train'), spec.rows);
const target = read('y-train');
const before = residentMiB();
const start = performance.now();
const team = spec.threads > 1 ? (await import(built('node/pool/worker-team.js'))).workerTeam(spec.threads) : undefined;
const host = await KernelHost.create(team);
const started = performance.now();
const fitted = await boostedTrees.fit({ table, target }, undefined, parameters, {
  task,
  rng: new Rng(1),
  deadline: new Deadline(clock, Number.POSITIVE_INFINITY),
  host,
});
const ended = performance.now();
const peak = peakMemory() ?? process.resourceUsage().maxRSS / 1024;
await host.close();

const test = tableOf(read('x-test'), spec.testRows);
const times = [];
let predicted;
for (let i = 0; i < 6; i++) {
  const at = performance.now();
  predicted = fitted.model.predict(test);
  times.push((performance.now() - at) / 1000);
}
const first = times.shift();
const scores = spec.task === 'binary' ? Float64Array.from({ length: spec.testRows }, (_, i) => predicted[2 * i + 1]) : predicted;
writeFileSync(spec.scores, new Uint8Array(scores.buffer, scores.byteOffset, scores.byteLength));

const hash = createHash('sha256');
const blobs = fitted.model.trees;
for (const name of Object.keys(blobs).sort()) {
  const array = blobs[name];
  if (ArrayBuffer.isView(array)) hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
}
console.log(
  JSON.stringify({
    fit: (ended - started) / 1000,
    start: (started - start) / 1000,
    before,
    peak,
    predictFirst: first,
    predict1: times.sort((a, b) => a - b)[2],
    rounds: fitted.work.rounds,
    hash: hash.digest('hex').slice(0, 16),
  }),
);
