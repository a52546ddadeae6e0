import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { splitsFolder } from '../quality/splits.mjs';
import { names, readArguments } from '../support/arguments.mjs';
import { runChild } from '../support/child.mjs';
import { circumstances } from '../support/circumstances.mjs';
import { built, python, writeResult } from '../support/places.mjs';

export const HELP = `npm run bench -- trees [--sets a,b] [--splits DIR] [--rows 10000] [--peers FILE]
  boosted trees alone, with their defaults, beside CatBoost's, LightGBM's and XGBoost's: loss on test rows, processor seconds, one thread
  each. FILE keeps what the peers gave: sets in it are not fitted by them again`;

export async function main(args) {
  const { options } = readArguments(args, { sets: undefined, splits: undefined, rows: '10000', peers: undefined });
  const only = names(options.sets);
  const splits = await splitsFolder(options.splits);
  const folders = readdirSync(splits).filter((name) => existsSync(join(splits, name, 'meta.json')) && (!only || only.has(name)));
  if (folders.length === 0) throw new Error('no such set among the splits');
  const kept = options.peers && existsSync(options.peers) ? JSON.parse(readFileSync(options.peers, 'utf8')) : {};
  const results = [];
  for (const name of folders.sort()) {
    const folder = join(splits, name);
    const { rows, ours } = await fitOurs(folder, Number(options.rows));
    const key = `${name}/${rows.train.length}`;
    kept[key] ??= await fitPeers(folder, rows, name);
    if (options.peers) writeFileSync(options.peers, JSON.stringify(kept));
    const peers = kept[key];
    results.push({ name, rows: rows.train.length, ours, peers });
    const beside = peers.map((p) => `${p.name} ${p.loss.toPrecision(5)} (time × ${(p.seconds / ours.seconds).toFixed(1)})`);
    console.log(`${name.padEnd(24)} ${ours.loss.toPrecision(5)} in ${ours.seconds.toFixed(2)} s  ${beside.join('  ')}`);
  }
  const about = { ...circumstances(), when: new Date().toISOString() };
  writeResult('trees.json', `${JSON.stringify({ about, results }, undefined, 1)}\n`);
  writeResult('trees.md', `${summary(results)}\n\n${bySet(results)}\n`);
  console.log(`\n${summary(results)}`);
  return 0;
}

/** The peers on the same rows. */
async function fitPeers(folder, rows, name) {
  const { status, stdout, stderr } = await runChild(python(), [new URL('fit-boosters.py', import.meta.url).pathname], {
    input: JSON.stringify({ folder, ...rows }),
    timeout: 1800,
  });
  if (status !== 0) throw new Error(`the boosters failed on ${name}: ${stderr.trim().split('\n').at(-1)}`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Wins, mean and median difference of loss, and time, beside each peer. */
function summary(results) {
  const lines = [
    '| peer | sets | we win | its loss beside ours, mean | median | its time beside ours |',
    '| --- | --- | --- | --- | --- | --- |',
  ];
  results[0].peers.forEach(({ name }, p) => {
    const off = results.map((r) => Math.log(r.peers[p].loss / r.ours.loss) * 100).sort((a, b) => a - b);
    const total = (of) => results.reduce((sum, r) => sum + of(r).seconds, 0);
    const mean = off.reduce((a, b) => a + b, 0) / off.length;
    const ratio = total((r) => r.peers[p]) / total((r) => r.ours);
    const cells = [
      name,
      off.length,
      off.filter((d) => d > 0).length,
      `${mean.toFixed(1)} %`,
      `${off[off.length >> 1].toFixed(1)} %`,
      `× ${ratio.toFixed(1)}`,
    ];
    lines.push(`| ${cells.join(' | ')} |`);
  });
  return lines.join('\n');
}

/** Losses and seconds, set by set. */
function bySet(results) {
  const peers = results[0].peers.map((p) => p.name);
  const lines = [`| set | rows | ours | s |${peers.map((name) => ` ${name} | s |`).join('')}`, `|${' --- |'.repeat(4 + 2 * peers.length)}`];
  for (const { name, rows, ours, peers: theirs } of results) {
    const cells = [ours, ...theirs].flatMap(({ loss, seconds }) => [loss.toPrecision(5), seconds.toFixed(1)]);
    lines.push(`| ${[name, rows, ...cells].join(' | ')} |`);
  }
  return lines.join('\n');
}

/** Trains on 80 % of the split's training rows, at most so many, watched by the rest. */
async function fitOurs(folder, most) {
  const [{ openSource }, { inferSchema }, { fitRecipe }, { applyRecipe }, { boostedTrees }, { Rng }, { Deadline }] = await Promise.all(
    [
      'node/data/open-source.js',
      'engine/prep/infer-schema.js',
      'engine/prep/fit-recipe.js',
      'model/recipe.js',
      'engine/learn/trees/boosted-trees.js',
      'core/rng.js',
      'core/clock.js',
    ].map((path) => import(built(path))),
  );
  const meta = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8'));
  const regression = meta.task === 'regression';
  const read = async (part, schema) => {
    const source = await openSource({ from: [join(folder, part)] });
    const found = schema ?? inferSchema(await source.samples(), { target: meta.target });
    const target = found.columns.find((c) => c.name === meta.target);
    target.type = regression ? 'number' : 'category';
    delete target.format;
    const table = await source.read(found);
    await source.close();
    return { schema: found, table };
  };
  const { schema, table } = await read('train.csv');
  const { table: test } = await read('test.csv', schema);
  const classes = regression ? [] : [...table.column(meta.target).levels].sort();
  const answers = (t) => {
    const c = t.column(meta.target);
    return c.kind === 'numeric' ? c.values : Float64Array.from(c.codes, (code) => classes.indexOf(c.levels[code]));
  };
  const known = (y) => Array.from(y.keys()).filter((i) => (regression ? !Number.isNaN(y[i]) : y[i] >= 0));
  const y = answers(table);
  const yTest = answers(test);
  const drawn = new Rng(1).shuffle(Uint32Array.from(known(y))).subarray(0, Math.round(most * 1.25));
  const cut = Math.round(drawn.length * 0.8);
  const rows = { train: drawn.slice(0, cut).sort(), validation: drawn.slice(cut).sort(), test: Uint32Array.from(known(yTest)) };
  const task = { kind: meta.task, target: meta.target, classes, reason: '' };
  const of = (own, all) => Float64Array.from(own, (i) => all[i]);
  const target = of(rows.train, y);
  const recipe = fitRecipe({ table: table.take(rows.train), schema, task, input: 'trees', target, rng: new Rng(1) });
  const validation = { table: applyRecipe(recipe.steps, table.take(rows.validation)), target: of(rows.validation, y) };
  const clock = { now: () => performance.now(), pause: () => new Promise((go) => setImmediate(go)) };
  const context = { task, rng: new Rng(1), deadline: new Deadline(clock, Number.POSITIVE_INFINITY) };
  const before = process.cpuUsage();
  const { model, work } = await boostedTrees.fit({ table: recipe.train, target }, validation, {}, context);
  const { user, system } = process.cpuUsage(before);
  const predicted = model.predict(applyRecipe(recipe.steps, test.take(rows.test)));
  let sum = 0;
  for (const [at, row] of rows.test.entries())
    sum += regression ? (predicted[at] - yTest[row]) ** 2 : -Math.log(Math.max(1e-9, predicted[at * classes.length + yTest[row]]));
  const loss = regression ? Math.sqrt(sum / rows.test.length) : sum / rows.test.length;
  const plain = Object.fromEntries(Object.entries(rows).map(([name, own]) => [name, [...own]]));
  return { rows: plain, ours: { loss, rounds: work.rounds, seconds: (user + system) / 1e6 } };
}
