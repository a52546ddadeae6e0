// Writes the golden bundles that do not exist yet, with the predictions that every later version must give: `npm run build && node test/golden/make-bundles.mjs`.
// A bundle that exists is never written again: it stands for what people have saved with the version of its time.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { Deadline } from '../../dist/core/clock.js';
import { Rng } from '../../dist/core/rng.js';
import { additiveLearner } from '../../dist/engine/learn/additive/additive-learner.js';
import { mlpLearner } from '../../dist/engine/learn/mlp/mlp-learner.js';
import { naiveBayes } from '../../dist/engine/learn/naive-bayes/naive-bayes.js';
import { nearestNeighbours } from '../../dist/engine/learn/neighbours/nearest-neighbours.js';
import { boostedTrees } from '../../dist/engine/learn/trees/boosted-trees.js';
import { fitRecipe } from '../../dist/engine/prep/fit-recipe.js';
import { encodeBundle } from '../../dist/model/bundle-file.js';
import { ConstantModel } from '../../dist/model/constant.js';
import { LinearModel } from '../../dist/model/linear.js';
import { predict } from '../../dist/model/predict.js';
import { applyRecipe } from '../../dist/model/recipe.js';
import { tableFromRows } from '../../dist/model/table-from-rows.js';
import { TreesModel } from '../../dist/model/trees.js';

const folder = new URL('bundles/', import.meta.url);
mkdirSync(folder, { recursive: true });

const column = (name, type, use, format) => ({
  name,
  type,
  use,
  reason: 'Golden.',
  missing: ['?', 'na'],
  ...(format && { format }),
  stats: { rows: 60, missing: 0, distinct: 5, top: [{ value: 'x', count: 12 }] },
});

const schema = {
  columns: [
    column('id', 'id', 'ignore'),
    column('price', 'number', 'feature', { kind: 'number', decimal: ',', group: '.', affixes: ['€'], percent: false }),
    column('member', 'boolean', 'feature', { kind: 'boolean', true: ['ja'], false: ['nein'] }),
    column('seen', 'datetime', 'time', { kind: 'datetime', patterns: ['iso'] }),
    column('city', 'category', 'feature'),
    column('note', 'text', 'feature'),
    column('__proto__', 'category', 'feature'),
    column('answer', 'category', 'target'),
  ],
};

const cities = ['Oslo', 'Bergen', 'Århus', 'København', '?'];
const notes = ['a good day', 'no good at all', 'late AGAIN 24', 'fine', ''];
const rows = Array.from({ length: 60 }, (_, i) =>
  Object.fromEntries([
    ['id', `r${i}`],
    ['price', i % 11 === 5 ? 'na' : `€ 1.${String(100 + ((i * 37) % 800))},${i % 10}`],
    ['member', i % 3 ? 'ja' : 'nein'],
    ['seen', i % 13 === 7 ? '' : new Date(Date.UTC(2023, 10, 1 + i * 3, i % 24)).toISOString()],
    ['city', cities[(i * i) % 5]],
    ['note', notes[(i * 3) % 5]],
    ['__proto__', i % 4 ? 'own' : 'other'],
  ]),
);
const strange = [{}, { price: 3, member: true, city: 'Roma', note: 5 }, { price: 'free', seen: 'soon', member: 'vielleicht' }];

const tasks = {
  binary: { kind: 'binary', target: 'answer', classes: ['no', 'yes'], reason: 'Golden.' },
  multiclass: { kind: 'multiclass', target: 'answer', classes: ['a', '__proto__', '<b>'], reason: 'Golden.' },
  regression: { kind: 'regression', target: 'answer', classes: [], reason: 'Golden.' },
};

// Weights without a pattern but always the same.
const weight = (i) => ((i * 2654435761) % 1000) / 500 - 1;

function linear(inputs, link) {
  const scores = link === 'softmax' ? 3 : 1;
  const weights = Float64Array.from({ length: scores * inputs.length }, (_, i) => weight(i + 1));
  return new LinearModel(
    inputs,
    weights,
    Float64Array.from({ length: scores }, (_, i) => weight(i + 100)),
    link,
  );
}

/** Trees of two splits each: on a number, then on another column. */
function trees(prepared, link) {
  const outputs = link === 'softmax' ? 3 : 1;
  const { columns } = prepared;
  const sets = columns.map((c) => (c.kind === 'category' ? Math.ceil(c.levels.length / 32) : 0));
  const firstWord = sets.map((_, i) => sets.slice(0, i).reduce((a, b) => a + b, 0));
  const middle = (c) => [...c.values].filter(Number.isFinite).sort((a, b) => a - b)[Math.floor(c.values.length / 3)] ?? 0;
  const feature = Array.from({ length: 12 * outputs * 2 }, (_, i) => (i * 7) % columns.length);
  const split = (pick) => feature.map((f, i) => pick(columns[f], f, i));
  const count = feature.length / 2;
  return new TreesModel(
    {
      inputs: columns.map((c) => c.name),
      levels: columns.map((c) => (c.kind === 'category' ? c.levels.length : 0)),
      outputs,
      link,
      start: Array.from({ length: outputs }, (_, i) => weight(i + 7)),
    },
    {
      roots: Int32Array.from({ length: count }, (_, t) => 2 * t),
      feature: Int32Array.from(feature),
      flags: Uint8Array.from(split((c, _, i) => (c.kind === 'category' ? 2 : i % 2))),
      threshold: Float64Array.from(split((c, f) => (c.kind === 'category' ? firstWord[f] : middle(c)))),
      left: Int32Array.from(split((_, __, i) => (i % 2 === 0 ? i + 1 : -1 - ((i - 1) / 2) * 3))),
      right: Int32Array.from(split((_, __, i) => (i % 2 === 0 ? -2 - (i / 2) * 3 : -3 - ((i - 1) / 2) * 3))),
      gain: new Float32Array(feature.length).fill(1),
      cover: new Float32Array(feature.length).fill(20),
      sets: Uint32Array.from({ length: Math.max(1, firstWord.at(-1) + sets.at(-1)) }, () => 0b0101),
      leaf: Float64Array.from({ length: 3 * count }, (_, i) => Math.round(weight(i + 31) * 1024) / 4096),
      leafCover: new Float32Array(3 * count).fill(10),
    },
  );
}

const TREES = { rounds: 8, leaves: 6, learningRate: 0.3, minRowsInLeaf: 4, minRowsPerSet: 4, catSmooth: 2, catL2: 2 };

/** A model learned from the rows: the answer depends on the price, the city and, by row number, `__proto__`; prices and cities may be missing. */
async function learned(prepared, kind, learner = boostedTrees, parameters = TREES) {
  const classes = tasks[kind].classes.length;
  const target = Float64Array.from(rows, (row, i) => {
    const z = ((i * 37) % 800) / 400 + (row.city === 'Bergen' ? 1 : row.city === '?' ? -1 : 0) + (i % 4 ? 0.4 : 0);
    return classes > 0 ? Math.min(classes - 1, Math.max(0, Math.floor((z * classes) / 2))) : 10 * z;
  });
  const context = {
    task: tasks[kind],
    rng: new Rng(1),
    deadline: new Deadline({ now: () => 0, pause: async () => {} }, Number.POSITIVE_INFINITY),
  };
  return (await learner.fit({ table: prepared, target }, undefined, parameters, context)).model;
}

const wanted = [
  ['constant-multiclass', 'multiclass', 'trees', () => new ConstantModel(Float64Array.of(0.5, 0.2, 0.3))],
  ['constant-regression', 'regression', 'dense', () => new ConstantModel(Float64Array.of(12.5))],
  [
    'linear-binary',
    'binary',
    'dense',
    (t) =>
      linear(
        t.columns.map((c) => c.name),
        'logistic',
      ),
  ],
  [
    'linear-multiclass',
    'multiclass',
    'dense',
    (t) =>
      linear(
        t.columns.map((c) => c.name),
        'softmax',
      ),
  ],
  [
    'linear-regression',
    'regression',
    'dense',
    (t) =>
      linear(
        t.columns.map((c) => c.name),
        'identity',
      ),
  ],
  ['trees-binary', 'binary', 'trees', (t) => trees(t, 'logistic')],
  ['trees-multiclass', 'multiclass', 'trees', (t) => trees(t, 'softmax')],
  ['trees-regression', 'regression', 'trees', (t) => trees(t, 'identity')],
  ['trees-learned-binary', 'binary', 'trees', (t) => learned(t, 'binary')],
  ['trees-learned-multiclass', 'multiclass', 'trees', (t) => learned(t, 'multiclass')],
  ['trees-learned-regression', 'regression', 'trees', (t) => learned(t, 'regression')],
  ...['binary', 'multiclass', 'regression'].flatMap((kind) => [
    [`mlp-${kind}`, kind, 'dense', (t) => learned(t, kind, mlpLearner, { epochs: 30, hidden: 20 })],
    [`neighbours-${kind}`, kind, 'dense', (t) => learned(t, kind, nearestNeighbours, {})],
    [`additive-${kind}`, kind, 'trees', (t) => learned(t, kind, additiveLearner, { rounds: 60, pairRounds: 30, learningRate: 0.1 })],
    [`naive_bayes-${kind}`, kind, 'trees', (t) => learned(t, kind, naiveBayes, {})],
  ]),
];

for (const [name, kind, input, make] of wanted) {
  const file = new URL(`v1-${name}.mill`, folder);
  if (existsSync(file)) continue;
  const task = tasks[kind];
  const table = tableFromRows(schema, rows);
  const recipe = fitRecipe({ table, schema, task, input, target: new Float64Array(table.rows), rng: new Rng(1) }).steps;
  const bundle = {
    schema,
    task,
    recipe,
    model: await make(applyRecipe(recipe, table)),
    metrics: { accuracy: 0.5, nothing: Number.NaN },
    ...(kind === 'binary' && { threshold: 0.375 }),
    lineage: { millwright: '0.1.0', dataHash: '0'.repeat(64), rows: rows.length, seed: 1, plan: { __golden: true } },
  };
  writeFileSync(file, await encodeBundle(bundle));
  const asked = [...rows.slice(0, 12), ...strange];
  const { outputs, values, labels } = predict(bundle, tableFromRows(schema, asked));
  writeFileSync(new URL(`v1-${name}.json`, folder), `${JSON.stringify({ rows: asked, outputs, values: [...values], labels })}\n`);
  console.log(`v1-${name}`);
}
