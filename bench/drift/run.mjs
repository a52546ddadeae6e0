// Planted drifts and false alarms: how often each kind of drift is found within 1,000 rows, whether the column at fault is named first,
// and how many alarms windows of shuffled rows raise.
// node bench/drift/run.mjs <folder of splits> <set> …      (sets of 4,000 rows and more)
// A split is a folder with train.csv, test.csv and meta.json (target). No model is trained: the columns alone are watched.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Rng } from '../../dist/core/rng.js';
import { Table } from '../../dist/core/table.js';
import { buildReference } from '../../dist/engine/monitor/build-reference.js';
import { Monitor } from '../../dist/engine/monitor/monitor.js';
import { codeRows } from '../../dist/engine/monitor/observer.js';
import { inferSchema } from '../../dist/engine/prep/infer-schema.js';
import { openSource } from '../../dist/node/data/open-source.js';

const [splits, ...sets] = process.argv.slice(2);
if (!splits || sets.length === 0) throw new Error('node bench/drift/run.mjs <folder of splits> <set> …');
const WINDOW = 500;
const WITHIN = 1000;
const TRIES = 4;
const CLEAN_WINDOWS = 60;
const KINDS = ['mean', 'variance', 'category', 'correlation', 'gradual', 'seasonal', 'missing', 'unit'];
const totals = new Map(KINDS.map((k) => [k, { planted: 0, found: 0, first: 0, delay: 0, early: 0 }]));
let windows = 0;
let alarms = 0;
const byKind = new Map();

const deviation = (values) => {
  const known = values.filter((v) => !Number.isNaN(v));
  const mean = known.reduce((s, v) => s + v, 0) / known.length;
  return Math.sqrt(known.reduce((s, v) => s + (v - mean) ** 2, 0) / known.length);
};
const shuffled = (n, rng) => rng.shuffle(Uint32Array.from({ length: n }, (_, i) => i));

/** Ranks, ties in the middle: for the choice of columns that go together. */
function ranks(column) {
  const v = column.kind === 'numeric' ? column.values : Float64Array.from(column.codes);
  const order = [...v.keys()].sort((a, b) => v[a] - v[b]);
  const out = new Float64Array(v.length);
  for (let i = 0; i < order.length; ) {
    let j = i + 1; // NaN is not even like itself
    while (j < order.length && v[order[j]] === v[order[i]]) j++;
    for (let k = i; k < j; k++) out[order[k]] = (i + j) / 2;
    i = j;
  }
  return out;
}
function correlation(a, b) {
  const n = a.length;
  const [ma, mb] = [a, b].map((x) => x.reduce((s, v) => s + v, 0) / n);
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) ** 2;
    bb += (b[i] - mb) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

/** Plants a drift in column `c` of `table` from row `start` on. */
function plant(kind, table, c, start, rng, sd) {
  const column = table.columns[c];
  const n = table.rows;
  const with_ = (changed) => new Table(table.columns.map((x, i) => (i === c ? { ...column, ...changed } : x)));
  if (kind === 'category') {
    const codes = column.codes.slice();
    const counts = new Map();
    for (const k of codes) counts.set(k, (counts.get(k) ?? 0) + 1);
    const levels = [...counts.keys()].filter((k) => k >= 0);
    // what half of the rows are already can hardly become more
    const open = levels.filter((k) => counts.get(k) <= 0.5 * codes.length);
    const to = open[rng.below(open.length)];
    for (let i = start; i < n; i++) if (codes[i] >= 0 && rng.float() < 0.2) codes[i] = to;
    return with_({ codes });
  }
  if (kind === 'missing') {
    if (column.kind === 'category') return with_({ codes: column.codes.map((k, i) => (i >= start && rng.float() < 0.08 ? -1 : k)) });
    return with_({ values: column.values.map((v, i) => (i >= start && rng.float() < 0.08 ? Number.NaN : v)) });
  }
  const values = column.values.slice();
  if (kind === 'correlation') {
    const order = shuffled(n - start, rng);
    for (let i = start; i < n; i++) values[i] = column.values[start + order[i - start]];
    return with_({ values });
  }
  const known = values.filter((v) => !Number.isNaN(v));
  const mean = known.reduce((s, v) => s + v, 0) / known.length;
  for (let i = start; i < n; i++) {
    if (kind === 'mean') values[i] += 0.4 * sd;
    if (kind === 'variance') values[i] = mean + (values[i] - mean) * 1.6;
    if (kind === 'gradual') values[i] += 0.8 * sd * Math.min(1, (i - start) / WITHIN);
    if (kind === 'unit') values[i] *= 2.54;
  }
  return with_({ values });
}

/** A table with a column of times, ten minutes apart, and one column that follows the hour; its clock may jump from a row on. */
function seasonal(table, c, sd, jump) {
  const MINUTE = 60_000;
  const times = Float64Array.from({ length: table.rows }, (_, i) => 1.7e12 + i * 10 * MINUTE);
  const values = table.columns[c].values.map((v, i) => {
    const hour = (times[i] / 3_600_000) % 24;
    return v + sd * Math.sin((2 * Math.PI * (hour + (i >= jump ? 6 : 0))) / 24);
  });
  const columns = table.columns.map((x, i) => (i === c ? { ...x, values } : x));
  return { table: new Table([...columns, { kind: 'numeric', name: 'at ', values: times }]), times };
}

for (const set of sets) {
  const meta = JSON.parse(readFileSync(join(splits, set, 'meta.json'), 'utf8'));
  const source = await openSource({ from: [join(splits, set, 'train.csv')] });
  const inferred = inferSchema(await source.samples(), { target: meta.target });
  const schema = { columns: inferred.columns.map((x) => (x.name === meta.target ? { ...x, use: 'target' } : x)) };
  const all = (await source.read(schema, { maxRows: 20000, seed: 1 })).drop(new Set([meta.target]));
  await source.close();
  const inSchema = new Map(schema.columns.map((x) => [x.name, x]));
  const usable = (i) => {
    const s = inSchema.get(all.columns[i].name);
    return s !== undefined && (s.use === 'feature' || s.use === 'time') && s.type !== 'id' && s.type !== 'datetime';
  };
  const indices = [...all.columns.keys()].filter(usable);
  const distinct = (i) => new Set(all.columns[i].values ?? all.columns[i].codes).size;
  // a number to be moved has many values; those of constants and rare events cannot be moved by a part of their deviation
  const numeric = indices.filter((i) => all.columns[i].kind === 'numeric' && distinct(i) >= 10);
  const spreadOut = numeric.filter((i) => {
    const v = all.columns[i].values.filter((x) => !Number.isNaN(x)).sort();
    return v[Math.floor(0.9 * v.length)] > v[Math.floor(0.1 * v.length)] && v.length > 0.8 * all.rows;
  });
  // where nearly all is missing, a few cells more are no drift
  const filled = (i) => (all.columns[i].values ?? all.columns[i].codes).filter((v) => Number.isNaN(v) || v === -1).length < 0.5 * all.rows;
  const categories = indices.filter((i) => all.columns[i].kind === 'category' && inSchema.get(all.columns[i].name).type === 'category');
  const ranked = new Map(spreadOut.map((i) => [i, ranks(all.columns[i])]));
  const paired = spreadOut.filter((i) => spreadOut.some((j) => i !== j && Math.abs(correlation(ranked.get(i), ranked.get(j))) > 0.4));
  const half = Math.floor(all.rows / 2);
  // no false alarms on shuffled rows
  let done = 0;
  for (let seed = 0; done < CLEAN_WINDOWS; seed++) {
    const order = shuffled(all.rows, new Rng(1000 + seed));
    const reference = buildReference(all.take(order.slice(0, half)), schema);
    const monitor = new Monitor(reference, { window: { rows: WINDOW } });
    monitor.push(codeRows(reference, all.take(order.slice(half)), []));
    done += monitor.windows.length;
    windows += monitor.windows.length;
    alarms += monitor.alerts.length;
    for (const a of monitor.alerts) {
      byKind.set(a.kind, (byKind.get(a.kind) ?? 0) + 1);
      console.log(`  false alarm in ${set}: ${a.question ?? a.kind} ${a.what} p ${(1 - a.confidence).toExponential(1)}`);
    }
  }
  for (const kind of KINDS) {
    const candidates = { category: categories, missing: indices.filter(filled), correlation: paired }[kind] ?? spreadOut;
    for (let k = 0; k < TRIES && candidates.length > 0; k++) {
      const rng = new Rng(7).child(set, kind, k);
      const c = candidates[rng.below(candidates.length)];
      const order = shuffled(all.rows, rng.child('rows'));
      let rows = all.take(order.slice(half, half + Math.min(half, 4000)));
      let before = all.take(order.slice(0, half));
      // at any place in a window, but not before a first clean one
      const start = WINDOW + rng.below(WINDOW);
      if (rows.rows < start + WITHIN) continue;
      const sd = deviation(all.columns[c].values ?? []);
      let times;
      let known = schema;
      if (kind === 'seasonal') {
        before = seasonal(before, c, sd, Number.POSITIVE_INFINITY).table;
        ({ table: rows, times } = seasonal(rows, c, sd, start));
        known = {
          columns: [
            ...schema.columns,
            { name: 'at ', type: 'datetime', use: 'time', missing: [], reason: '', stats: { rows: 0, missing: 0, distinct: 0, top: [] } },
          ],
        };
      } else rows = plant(kind, rows, c, start, rng.child('drift'), sd);
      const reference = buildReference(before, known);
      const monitor = new Monitor(reference, { window: { rows: WINDOW } });
      const raised = monitor.push(codeRows(reference, rows.take(Uint32Array.from({ length: start + WITHIN }, (_, i) => i)), [], times));
      const total = totals.get(kind);
      total.planted++;
      const early = raised.filter((a) => a.raised.row < start);
      total.early += early.length;
      const late = raised.filter((a) => a.raised.row >= start);
      const name = all.columns[c].name;
      const own = late.find((a) => a.columns.includes(name));
      if (own) {
        total.found++;
        total.delay += own.raised.row + 1 - start;
        // of two that no longer go together, the one that was mixed up
        if (late[0].columns[0] === name) total.first++;
        else console.log(`  ${set}, ${kind} in ${name}: named ${late[0].columns.join(' + ')} first`);
      } else console.log(`  ${set}, ${kind} in ${name} (${distinct(c)} values): not found, ${late.map((a) => a.what).join(' | ')}`);
    }
  }
  console.log(`${set}: ${all.rows} rows, ${indices.length} columns`);
}

console.log('\ndrift         planted  found %  first %  rows to alert');
const sum = { planted: 0, found: 0, first: 0 };
for (const [kind, t] of totals) {
  for (const key of Object.keys(sum)) sum[key] += t[key];
  const share = (x, of) => (of ? ((100 * x) / of).toFixed(1) : '–').padStart(7);
  console.log(
    `${kind.padEnd(12)} ${String(t.planted).padStart(8)} ${share(t.found, t.planted)}  ${share(t.first, t.found)}  ${t.found ? Math.round(t.delay / t.found) : '–'}`,
  );
}
console.log(
  `all: ${sum.planted} planted, ${((100 * sum.found) / sum.planted).toFixed(1)} % found within ${WITHIN} rows, the column named first in ${((100 * sum.first) / sum.found).toFixed(1)} % of them`,
);
console.log(
  `false alarms: ${alarms} in ${windows} windows of ${WINDOW} shuffled rows (${((100 * alarms) / windows).toFixed(2)} in 100)`,
  Object.fromEntries(byKind),
);
