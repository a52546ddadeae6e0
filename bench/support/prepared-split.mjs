import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { built } from './places.mjs';

const load = (...paths) => Promise.all(paths.map((path) => import(built(path))));
const of = (rows, all) => Float64Array.from(rows, (i) => all[i]);

/**
 * Reads a ready split: its tables, answers, and which rows train (80 % of the training part, at most so many), watch and test.
 * @param folder with train.csv, test.csv and meta.json
 */
export async function readSplit(folder, most) {
  const [{ openSource }, { inferSchema }, { Rng }] = await load('node/data/open-source.js', 'engine/prep/infer-schema.js', 'core/rng.js');
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
  return { schema, table, test, y, yTest, rows, task: { kind: meta.task, target: meta.target, classes, reason: '' } };
}

/** Fits a learner on a split's training rows, watched by its validation rows; processor seconds of the fit alone. */
export async function fitSplit({ schema, table, y, rows, task }, learner, parameters = {}) {
  const [{ fitRecipe }, { applyRecipe }, { Rng }, { Deadline }] = await load(
    'engine/prep/fit-recipe.js',
    'model/recipe.js',
    'core/rng.js',
    'core/clock.js',
  );
  const target = of(rows.train, y);
  const recipe = fitRecipe({ table: table.take(rows.train), schema, task, input: learner.input, target, rng: new Rng(1) });
  const validation = { table: applyRecipe(recipe.steps, table.take(rows.validation)), target: of(rows.validation, y) };
  const clock = { now: () => performance.now(), pause: () => new Promise((go) => setImmediate(go)) };
  const context = { task, rng: new Rng(1), deadline: new Deadline(clock, Number.POSITIVE_INFINITY) };
  const before = process.cpuUsage();
  const { model, work } = await learner.fit({ table: recipe.train, target }, validation, parameters, context);
  const { user, system } = process.cpuUsage(before);
  return { steps: recipe.steps, columns: recipe.train.columns.length, model, work, seconds: (user + system) / 1e6 };
}

/** Log loss, or root mean squared error, on the test rows. */
export async function testLoss({ test, yTest, rows, task }, { steps, model }) {
  const [{ applyRecipe }] = await load('model/recipe.js');
  const predicted = model.predict(applyRecipe(steps, test.take(rows.test)));
  const regression = task.kind === 'regression';
  let sum = 0;
  for (const [at, row] of rows.test.entries())
    sum += regression ? (predicted[at] - yTest[row]) ** 2 : -Math.log(Math.max(1e-9, predicted[at * task.classes.length + yTest[row]]));
  return regression ? Math.sqrt(sum / rows.test.length) : sum / rows.test.length;
}

/** The rows of a split as plain lists, for other programs. */
export function plainRows({ rows }) {
  return Object.fromEntries(Object.entries(rows).map(([name, own]) => [name, [...own]]));
}
