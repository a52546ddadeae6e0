// Scores estimated without labels beside NannyML (CBPE, DLE): the same predictions, reference rows and chunks.
// node bench/estimate/run.mjs --python <python with nannyml> [--splits <folder>] [--data <folder with data.json>] <set> …  [--out results.json]
// The tables of files that --out wrote: node bench/estimate/run.mjs --tables a.json b.json
// A set of --splits has train.csv, test.csv and meta.json; one of --data is cut in two by time, and watched in its order.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Deadline } from '../../dist/core/clock.js';
import { Rng } from '../../dist/core/rng.js';
import { Table } from '../../dist/core/table.js';
import { applyCalibration, fitCalibration } from '../../dist/engine/evaluate/fit-calibration.js';
import { metric } from '../../dist/engine/evaluate/metrics/registry.js';
import { boostedTrees } from '../../dist/engine/learn/trees/boosted-trees.js';
import { buildReference, predictionsAsColumns } from '../../dist/engine/monitor/build-reference.js';
import { codeRows } from '../../dist/engine/monitor/observer.js';
import { estimateScores } from '../../dist/engine/monitor/performance/estimate-scores.js';
import { estimatedMetrics, expectAnswers, intervalOf } from '../../dist/engine/monitor/performance/estimator.js';
import { fitEstimator } from '../../dist/engine/monitor/performance/fit-estimator.js';
import { shiftOf } from '../../dist/engine/monitor/performance/shift-of.js';
import { inferSchema } from '../../dist/engine/prep/infer-schema.js';
import { openSource } from '../../dist/node/data/open-source.js';

const { values: flags, positionals: sets } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: 'string' },
    splits: { type: 'string' },
    data: { type: 'string' },
    out: { type: 'string' },
    tables: { type: 'boolean' },
    rows: { type: 'string', default: '12000' },
  },
});
const CHUNK = 500;
const CHUNKS = 24;
const FOLDS = 5;
const MOST = Number(flags.rows);
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const clock = { now: () => performance.now(), pause: async () => {} };
const context = (task) => ({ task, rng: new Rng(3), deadline: new Deadline(clock, Number.POSITIVE_INFINITY) });

async function readAll(path, target, drop, schema) {
  const source = await openSource({ from: [path] });
  try {
    if (!schema) {
      const inferred = inferSchema(await source.samples(), { target });
      schema = {
        columns: inferred.columns.map((c) =>
          c.name === target ? { ...c, use: 'target' } : drop.has(c.name) ? { ...c, use: 'ignore' } : c,
        ),
      };
    }
    return { schema, table: await source.read(schema) };
  } finally {
    await source.close();
  }
}

/** Earlier and later rows, and their schema. */
async function readSet(name) {
  const split = flags.splits && join(flags.splits, name);
  if (split && existsSync(join(split, 'meta.json')) && !name.startsWith('time:')) {
    const meta = JSON.parse(readFileSync(join(split, 'meta.json'), 'utf8'));
    const { schema, table } = await readAll(join(split, 'train.csv'), meta.target, new Set());
    const later = (await readAll(join(split, 'test.csv'), meta.target, new Set(), schema)).table;
    return { schema, target: meta.target, kind: meta.task, table, later };
  }
  const meta = JSON.parse(readFileSync(join(flags.data, 'data.json'), 'utf8')).find((x) => x.name === name.replace('time:', ''));
  const dropped = new Set((meta.drop ?? []).map((d) => d.column));
  const { schema, table } = await readAll(join(flags.data, meta.file), meta.target, dropped);
  const parts = (meta.time_column ?? '').split('+').map((n) => table.find(n));
  let order = [...Array(table.rows).keys()];
  if (parts.length > 1 && parts.every(Boolean)) {
    const keys = parts.map((c) =>
      c.kind === 'numeric' ? c.values : Float64Array.from(c.codes, (k) => MONTHS.indexOf(String(c.levels[k]).slice(0, 3).toLowerCase())),
    );
    order.sort((a, b) => keys.reduce((d, k) => d || k[a] - k[b], 0) || a - b);
  }
  const step = Math.max(1, order.length / (2 * MOST));
  order = Uint32Array.from({ length: Math.floor(order.length / step) }, (_, i) => order[Math.floor(i * step)]);
  const half = Math.floor(order.length / 2);
  const kind = meta.task === 'drift' ? 'binary' : meta.task;
  return { schema, target: meta.target, kind, table: table.take(order.slice(0, half)), later: table.take(order.slice(half)) };
}

function answersOf(table, target, kind, classes) {
  const column = table.column(target);
  if (kind === 'regression') return column.values;
  if (column.kind === 'numeric') return Float64Array.from(column.values, (v) => classes.indexOf(v));
  return Float64Array.from(column.codes, (k) => (k < 0 ? Number.NaN : classes.indexOf(column.levels[k])));
}

/** One level list for both, so that codes mean the same. */
function recoded(column, levels) {
  const index = new Map(levels.map((l, i) => [l, i]));
  return { ...column, levels, codes: Int32Array.from(column.codes, (k) => (k < 0 ? -1 : (index.get(column.levels[k]) ?? -1))) };
}

async function prepare(name) {
  const set = await readSet(name);
  const { schema, target, kind } = set;
  const some = Uint32Array.from({ length: Math.min(set.table.rows, MOST) }, (_, i) =>
    Math.floor((i * set.table.rows) / Math.min(set.table.rows, MOST)),
  );
  const table = set.table.take(some);
  const t = table.column(target);
  const classes =
    kind === 'regression'
      ? []
      : t.kind === 'numeric'
        ? [...new Set(t.values.filter((v) => !Number.isNaN(v)))].sort((a, b) => a - b)
        : [...t.levels].filter((_, k) => t.codes.includes(k)).sort();
  const inputs = schema.columns
    .filter((c) => (c.use === 'feature' || c.use === 'time') && c.name !== target && !['id', 'text'].includes(c.type))
    .map((c) => c.name);
  const kept = inputs.filter((n) => table.column(n).kind === 'numeric' || table.column(n).levels.length <= 400);
  const side = (from) =>
    new Table(
      kept.map((n) => (table.column(n).kind === 'numeric' ? from.column(n) : recoded(from.column(n), table.column(n).levels))),
      from.rows,
    );
  const [early, late] = [side(table), side(set.later)];
  const [actual, later] = [answersOf(table, target, kind, classes), answersOf(set.later, target, kind, classes)];
  const task = {
    kind: kind === 'regression' ? 'regression' : classes.length === 2 ? 'binary' : 'multiclass',
    target,
    classes: classes.map(String),
    reason: '',
  };
  const outputs = task.kind === 'regression' ? 1 : classes.length;
  const fit = async (rows) => {
    const sample = { table: early.take(rows), target: Float64Array.from(rows, (i) => actual[i]) };
    return (
      await boostedTrees.fit(
        sample,
        undefined,
        { rounds: 120, learningRate: 0.06, leaves: 15, kinds: 'plain', shape: 'leafwise' },
        context(task),
      )
    ).model;
  };
  const folds = new Rng(1).shuffle(Uint32Array.from({ length: early.rows }, (_, i) => i));
  let predicted = new Float64Array(early.rows * outputs);
  const starts = [0];
  const byFold = [];
  for (let f = 0; f < FOLDS; f++) {
    const held = folds.filter((_, i) => i % FOLDS === f).sort();
    const model = await fit(folds.filter((_, i) => i % FOLDS !== f).sort());
    const p = model.predict(early.take(held));
    for (const [i, row] of held.entries()) predicted.set(p.subarray(i * outputs, (i + 1) * outputs), row * outputs);
    byFold.push(...held);
    starts.push(byFold.length);
  }
  const final = await fit(Uint32Array.from({ length: early.rows }, (_, i) => i));
  let said = final.predict(late);
  if (outputs > 1) {
    // as a run does
    const found = fitCalibration({
      actual: Float64Array.from(byFold, (i) => actual[i]),
      predicted: Float64Array.from(
        { length: byFold.length * outputs },
        (_, i) => predicted[byFold[Math.floor(i / outputs)] * outputs + (i % outputs)],
      ),
      outputs,
      starts,
    });
    if (found) [predicted, said] = [predicted, said].map((p) => applyCalibration(found.calibration, p, outputs));
  }
  const watched = { columns: schema.columns.map((c) => (kept.includes(c.name) ? c : { ...c, use: 'ignore' })) };
  const reference = buildReference(early, watched, { predicted: predictionsAsColumns(task, predicted, early.rows) });
  return { name, task, outputs, early, late, actual, later, predicted, said, reference };
}

/** Chunks of the later rows: as they come, and drawn so that some columns' high (or low) rows are several times as frequent. */
function chunksOf({ late, later, name }) {
  const rng = new Rng(11).child(name);
  const rows = [...later.keys()].filter((i) => !Number.isNaN(later[i]) && later[i] !== -1);
  const chunks = [];
  const size = Math.min(CHUNK, Math.floor(rows.length / 3));
  const whole = Math.min(CHUNKS, Math.floor(rows.length / size));
  for (let c = 0; c < whole; c++) {
    const from = Math.floor((c * (rows.length - size)) / Math.max(1, whole - 1));
    chunks.push({ kind: 'as they come', rows: rows.slice(from, from + size) });
  }
  for (let c = 0; c < CHUNKS; c++) {
    const two = [0, 1].map(() => late.columns[rng.below(late.columns.length)]);
    const signs = two.map(() => (rng.float() < 0.5 ? -1 : 1));
    const ranked = two.map((column) => {
      const v = column.kind === 'numeric' ? column.values : column.codes;
      const order = rows
        .map((_, i) => i)
        .sort((a, b) => (Number.isNaN(v[rows[a]]) ? -1 : v[rows[a]]) - (Number.isNaN(v[rows[b]]) ? -1 : v[rows[b]]));
      const out = new Float64Array(rows.length);
      for (let i = 0; i < order.length; ) {
        let j = i + 1;
        while (j < order.length && v[rows[order[j]]] === v[rows[order[i]]]) j++;
        for (let k = i; k < j; k++) out[order[k]] = (i + j) / 2 / rows.length;
        i = j;
      }
      return out;
    });
    // weighted draws without putting back (Efraimidis and Spirakis)
    const keys = rows.map((row, i) => {
      const w = Math.exp(2.5 * signs.reduce((s, sign, k) => s + sign * ranked[k][i], 0));
      return { row, key: Math.log(rng.float() + 1e-12) / w };
    });
    keys.sort((a, b) => b.key - a.key);
    chunks.push({
      kind: 'planted shift',
      rows: keys
        .slice(0, Math.min(size, Math.floor(rows.length / 3)))
        .map((k) => k.row)
        .sort((a, b) => a - b),
    });
  }
  return chunks;
}

const cell = (column, row) =>
  column.kind === 'numeric'
    ? Number.isNaN(column.values[row])
      ? ''
      : column.values[row]
    : column.codes[row] < 0
      ? ''
      : `"L${column.codes[row]}"`;
function csv(table, rows, actual, predicted, outputs, chunkOf) {
  const head = [...table.columns.map((_, c) => `x${c}`), 'y', ...Array.from({ length: outputs }, (_, k) => `p${k}`), 'chunk'];
  return `${head.join()}\n${rows.map((row, i) => [...table.columns.map((c) => cell(c, row)), actual[row], ...predicted.subarray(row * outputs, (row + 1) * outputs), chunkOf(i)].join()).join('\n')}\n`;
}

const THEIRS = {
  roc_auc: 'roc_auc',
  roc_auc_ovr: 'roc_auc',
  average_precision: 'average_precision',
  f1: 'f1',
  f1_macro: 'f1',
  accuracy: 'accuracy',
  precision: 'precision',
  recall: 'recall',
  mean_absolute_error: 'mae',
  mean_squared_error: 'mse',
  root_mean_squared_error: 'rmse',
};
const results = flags.tables ? sets.flatMap((path) => JSON.parse(readFileSync(path, 'utf8'))) : [];
const folder = mkdtempSync(join(tmpdir(), 'estimate-'));
for (const name of flags.tables ? [] : sets) {
  const set = await prepare(name);
  const { task, outputs, reference, early, late, actual, later, predicted, said } = set;
  const chunks = chunksOf(set);
  const coded = codeRows(reference, early, predictionsAsColumns(task, predicted, early.rows));
  const began = performance.now();
  const estimator = await fitEstimator(reference, { coded, predicted, outputs, actual }, context(task));
  const milliseconds = performance.now() - began;
  const all = codeRows(reference, late, predictionsAsColumns(task, said, late.rows));
  const expected = expectAnswers(estimator, reference, all, said);
  const width = expected.length / late.rows;
  const metrics = estimatedMetrics(outputs);
  const take = (values, rows, w) => Float64Array.from({ length: rows.length * w }, (_, i) => values[rows[Math.floor(i / w)] * w + (i % w)]);
  const shifts = chunks.map(({ rows }) =>
    shiftOf(
      reference,
      rows.map((i) => Uint8Array.from(all.codes, (column) => column[i])),
    ),
  );
  const ours = chunks.map(({ rows }, c) => {
    const input = { predicted: take(said, rows, outputs), outputs, expected: take(expected, rows, width), threshold: 0.5 };
    const found = estimateScores(input, metrics, new Rng(5).child(c), { tails: estimator.errors?.tails });
    const real = { actual: take(later, rows, 1), predicted: input.predicted, outputs, threshold: 0.5 };
    return Object.fromEntries(
      metrics.map((m) => [
        m.id,
        {
          ...intervalOf(found.get(m.id), { own: estimator.scores.find((s) => s.metric === m.id).own, shift: shifts[c] }, m),
          noise: found.get(m.id).noise,
          real: metric(m.id).compute(real),
        },
      ]),
    );
  });
  let theirs = [];
  if (flags.python) {
    writeFileSync(
      join(folder, 'reference.csv'),
      csv(
        early,
        [...actual.keys()].filter((i) => !Number.isNaN(actual[i]) && actual[i] !== -1),
        actual,
        predicted,
        outputs,
        () => 0,
      ),
    );
    const flat = chunks.flatMap(({ rows }, c) => rows.map((row) => [row, c]));
    writeFileSync(
      join(folder, 'chunks.csv'),
      csv(
        late,
        flat.map(([row]) => row),
        later,
        said,
        outputs,
        (i) => flat[i][1],
      ),
    );
    theirs = JSON.parse(
      execFileSync(flags.python, [join(import.meta.dirname, 'nannyml_scores.py'), folder, task.kind, String(outputs)], {
        encoding: 'utf8',
        maxBuffer: 1 << 28,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
        .trim()
        .split('\n')
        .at(-1),
    );
  }
  const own = Object.fromEntries(estimator.scores.map((s) => [s.metric, s]));
  results.push({
    set: name,
    task: task.kind,
    rows: early.rows,
    milliseconds,
    own,
    bytes: JSON.stringify(estimator).length,
    chunks: chunks.map(({ kind }, c) => ({
      kind,
      shift: shifts[c],
      ours: ours[c],
      theirs: theirs[c],
    })),
  });
  console.error(
    `${name}: ${task.kind}, ${early.rows} + ${late.rows} rows, ${early.columns.length} columns, estimator in ${milliseconds.toFixed(0)} ms, ${JSON.stringify(estimator).length} bytes`,
  );
}
rmSync(folder, { recursive: true });
if (flags.out) writeFileSync(flags.out, JSON.stringify(results));

const mean = (v) => v.reduce((a, b) => a + b, 0) / v.length;
const text = (v) => (v === undefined || Number.isNaN(v) ? '–' : v.toPrecision(3));
console.log(
  '| set | metric | chunks | error, ours | error, NannyML | ratio | coverage, ours | half-width, ours | coverage, NannyML | half-width, NannyML |',
);
console.log('|---|---|---|---|---|---|---|---|---|---|');
const compared = results.some(({ chunks }) => chunks.some((c) => c.theirs));
const ratios = new Map();
const covers = new Map();
for (const { set, chunks, task } of results)
  for (const kind of ['as they come', 'planted shift'])
    for (const id of task === 'regression'
      ? ['root_mean_squared_error', 'mean_absolute_error']
      : task === 'binary'
        ? ['roc_auc', 'accuracy', 'f1', 'average_precision']
        : ['roc_auc_ovr', 'accuracy', 'f1_macro']) {
      const known = chunks.filter(
        (c) => c.kind === kind && Number.isFinite(c.ours[id].real) && (!compared || Number.isFinite(c.theirs?.[THEIRS[id]]?.value)),
      );
      if (known.length === 0) continue;
      const a = mean(known.map((c) => Math.abs(c.ours[id].value - c.ours[id].real)));
      const inside = mean(known.map((c) => (c.ours[id].low <= c.ours[id].real && c.ours[id].real <= c.ours[id].high ? 1 : 0)));
      const half = mean(known.map((c) => (c.ours[id].high - c.ours[id].low) / 2));
      let [b, ratio, cover, wide] = [];
      if (compared) {
        const t = (c) => c.theirs[THEIRS[id]];
        b = mean(known.map((c) => Math.abs(t(c).value - c.ours[id].real)));
        ratio = a / b;
        cover = mean(known.map((c) => (t(c).low <= c.ours[id].real && c.ours[id].real <= t(c).high ? 1 : 0)));
        wide = mean(known.map((c) => (t(c).high - t(c).low) / 2));
      }
      for (const key of [`${id}, ${kind}`, `${id}, all`]) {
        ratios.set(key, [...(ratios.get(key) ?? []), [a, b]]);
        covers.set(key, [...(covers.get(key) ?? []), inside]);
      }
      console.log(
        `| ${set}, ${kind} | ${id} | ${known.length} | ${text(a)} | ${text(b)} | ${text(ratio)} | ${text(100 * inside)} % | ${text(half)} | ${text(cover === undefined ? undefined : 100 * cover)} % | ${text(wide)} |`,
      );
    }
console.log(
  '\n| metric | sets | error ratio, geometric mean | sets at or below NannyML | coverage, mean over sets | lowest |\n|---|---|---|---|---|---|',
);
for (const [key, list] of ratios) {
  // where nothing is called positive both are exact
  const r = list.map(([a, b]) => a / b).filter((x) => !Number.isNaN(x));
  const c = covers.get(key);
  console.log(
    `| ${key} | ${list.length} | ${text(Math.exp(mean(r.map(Math.log))))} | ${r.filter((x) => x <= 1).length} | ${text(100 * mean(c))} % | ${text(100 * Math.min(...c))} % |`,
  );
}
