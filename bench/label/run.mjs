// Active learning against asking for rows by chance: from a few labelled rows on, the same model is trained after each batch of answers.
// node bench/label/run.mjs <folder of splits> <results.json> [set …]
// A split is a folder with train.csv (the pool), test.csv (what is scored) and meta.json (target, task).
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labelCommand } from '../../dist/node/commands/label.js';
import { load, open, plan, predict, run, save } from '../../dist/node/index.js';

const [splits, out, ...sets] = process.argv.slice(2);
if (!splits || !out || sets.length === 0) throw new Error('node bench/label/run.mjs <folder of splits> <results.json> <set> …');
const SEEDS = [1, 2];
const START = 60;
const BATCH = 30;
const ROUNDS = 4;
const work = mkdtempSync(join(tmpdir(), 'millwright-label-'));

function parse(text) {
  const rows = [];
  let row = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') {
        cell += '"';
        i++;
      } else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === ',') {
      row.push(cell);
      cell = '';
    } else if (c === '\n') {
      rows.push([...row, cell.replace(/\r$/, '')]);
      row = [];
      cell = '';
    } else cell += c;
  }
  if (cell !== '' || row.length > 0) rows.push([...row, cell]);
  return rows;
}

const line = (cells) => cells.map((c) => (/[",\r\n]/.test(c) ? `"${c.replaceAll('"', '""')}"` : c)).join(',');

function random(seed) {
  let state = seed * 2654435761;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

function auc(scores, actual) {
  const order = scores.map((_, i) => i).sort((a, b) => scores[a] - scores[b]);
  let rank = 0;
  let sum = 0;
  let positives = 0;
  for (let i = 0; i < order.length; ) {
    let j = i;
    while (j < order.length && scores[order[j]] === scores[order[i]]) j++;
    const mean = (i + j + 1) / 2;
    for (; i < j; i++) if (actual[order[i]]) [sum, positives] = [sum + mean, positives + 1];
    rank = j;
  }
  return (sum - (positives * (positives + 1)) / 2) / (positives * (rank - positives));
}

async function score(header, labelled, test, meta, path) {
  writeFileSync(path, `${[header, ...labelled].map(line).join('\n')}\n`);
  const data = await open(path);
  try {
    const proposed = await plan(data, { target: meta.target, task: meta.task, holdout: 0.1, budget: null });
    const { search: _, ...few } = proposed;
    few.candidates = [
      { learner: 'baseline', parameters: {} },
      { learner: 'linear', parameters: {} },
      { learner: 'boosted-trees', parameters: { rounds: 200, minRowsInLeaf: 5 } },
      { learner: 'extra-trees', parameters: {} },
    ];
    few.validation = { ...few.validation, folds: Math.min(3, few.validation.folds) };
    const { bundle } = await run(data, few, { threads: 2 });
    await save(bundle, join(work, 'model.mill'));
    const model = await load(join(work, 'model.mill'));
    const rows = test.map((cells) => Object.fromEntries(header.map((name, i) => [name, cells[i]])));
    const said = predict(model, rows);
    const at = header.indexOf(meta.target);
    if (meta.task === 'regression') {
      const errors = said.map((s, i) => (s.prediction - Number(test[i][at])) ** 2);
      return Math.sqrt(errors.reduce((a, b) => a + b, 0) / errors.length);
    }
    if (meta.task === 'multiclass') return 1 - said.filter((s, i) => s.prediction === test[i][at]).length / said.length;
    const classes = model.task.classes;
    return (
      1 -
      auc(
        said.map((s) => s.probabilities[classes[1]]),
        test.map((cells) => cells[at] === classes[1]),
      )
    );
  } finally {
    await data.close();
  }
}

async function ask(how, header, pool, meta, draw) {
  if (how === 'random') {
    const left = pool.map((_, i) => i);
    return Array.from({ length: BATCH }, () => left.splice(Math.floor(draw() * left.length), 1)[0]);
  }
  const at = header.indexOf(meta.target);
  const path = join(work, 'pool.csv');
  writeFileSync(path, `${[header, ...pool.map((cells) => cells.map((c, i) => (i === at ? '' : c)))].map(line).join('\n')}\n`);
  await labelCommand({ bundle: join(work, 'model.mill'), pool: [path], out: join(work, 'ask.csv'), count: BATCH }, { startedAt: 0 });
  const [, ...asked] = parse(readFileSync(join(work, 'ask.csv'), 'utf8'));
  return asked.map((cells) => Number(cells[0].split('-')[0]) - 1);
}

const results = [];
for (const set of sets) {
  const meta = JSON.parse(readFileSync(join(splits, set, 'meta.json'), 'utf8'));
  const [header, ...all] = parse(readFileSync(join(splits, set, 'train.csv'), 'utf8'));
  const [, ...wholeTest] = parse(readFileSync(join(splits, set, 'test.csv'), 'utf8'));
  // evenly, as files may be sorted
  const every = Math.ceil(wholeTest.length / 2000);
  const test = wholeTest.filter((_, i) => i % every === 0);
  const measure = meta.task === 'regression' ? 'rmse' : meta.task === 'multiclass' ? 'error' : '1 - auc';
  const curves = { random: [], label: [] };
  for (const seed of SEEDS)
    for (const how of ['random', 'label']) {
      const draw = random(seed);
      const pool = all.slice();
      const labelled = Array.from({ length: START }, () => pool.splice(Math.floor(draw() * pool.length), 1)[0]);
      const curve = [];
      for (let round = 0; ; round++) {
        curve.push(await score(header, labelled, test, meta, join(work, 'train.csv')));
        if (round === ROUNDS) break;
        const wanted = await ask(how, header, pool, meta, draw);
        labelled.push(...wanted.map((i) => pool[i]));
        const taken = new Set(wanted);
        pool.splice(0, pool.length, ...pool.filter((_, i) => !taken.has(i)));
      }
      curves[how].push(curve);
    }
  const mean = (how) =>
    Array.from({ length: ROUNDS + 1 }, (_, r) => Number((curves[how].reduce((s, c) => s + c[r], 0) / SEEDS.length).toPrecision(4)));
  const row = {
    set,
    measure,
    rows: Array.from({ length: ROUNDS + 1 }, (_, r) => START + r * BATCH),
    random: mean('random'),
    label: mean('label'),
  };
  console.log(JSON.stringify(row));
  results.push(row);
  writeFileSync(out, `${JSON.stringify({ start: START, batch: BATCH, seeds: SEEDS.length, results }, null, 1)}\n`);
}
rmSync(work, { recursive: true, force: true });
