// fit-learner.mjs FOLDER LEARNER ROWS: one fit in a process of its own; one line of JSON.
import { peakMemory } from '../support/child.mjs';
import { built } from '../support/places.mjs';
import { fitSplit, readSplit, testLoss } from '../support/prepared-split.mjs';

const BATCH = 8192;
const ALONE = 1000;
const [folder, id, most] = process.argv.slice(2);
const [{ catalog }, { nominalSeconds }, { applyRecipe, bindRecipe }, { encodeBundle }] = await Promise.all(
  ['node/commands/catalog.js', 'engine/automl/work-cost.js', 'model/recipe.js', 'model/bundle-file.js'].map((path) => import(built(path))),
);
const processor = () => process.cpuUsage().user + process.cpuUsage().system;
const split = await readSplit(folder, Number(most));
const learner = catalog.learners.find((l) => l.id === id);
const before = peakMemory();
const fitted = await fitSplit(split, learner);
const grown = peakMemory() - before;
const { steps, model, work, columns } = fitted;
const { schema, task, test, rows } = split;

// the least of five, after one to warm up: what else runs only adds
const many = test.take(Uint32Array.from({ length: BATCH }, (_, i) => rows.test[i % rows.test.length]));
let batch = Number.POSITIVE_INFINITY;
for (let i = 0; i < 6; i++) {
  const start = processor();
  model.predict(applyRecipe(steps, many));
  if (i > 0) batch = Math.min(batch, (processor() - start) / BATCH);
}
// one row through a table that is filled anew, as a scorer does
const one = many.take(Uint32Array.of(0));
const bound = bindRecipe(steps, one);
const times = [];
for (let i = 0; i < 3 * ALONE; i++) {
  one.columns.forEach((c, j) => {
    const from = many.columns[j];
    if (c.kind === 'numeric') c.values[0] = from.values[i % BATCH];
    else c.codes[0] = from.codes[i % BATCH];
  });
  const start = performance.now();
  bound.run();
  model.predict(bound.table);
  if (i >= ALONE) times.push((performance.now() - start) * 1000);
}
times.sort((a, b) => a - b);
const lineage = { millwright: '0', dataHash: '0'.repeat(64), rows: rows.train.length, seed: 1, plan: {} };
const saved = await encodeBundle({ schema, task, recipe: steps, model, metrics: {}, lineage });
const shape = { rows: rows.train.length, columns, scores: task.kind === 'multiclass' ? task.classes.length : 1 };
console.log(
  JSON.stringify({
    learner: id,
    ...shape,
    loss: await testLoss(split, fitted),
    seconds: fitted.seconds,
    nominal: nominalSeconds(id, shape, {}, work),
    guessed: nominalSeconds(id, shape, {}),
    batch,
    alone: times[times.length >> 1],
    memory: grown,
    bytes: saved.length,
    work,
  }),
);
