import { expect, it } from 'vitest';
import { Deadline } from '../../core/clock.js';
import { normalQuantile } from '../../core/normal.js';
import { Rng } from '../../core/rng.js';
import type { Schema } from '../../core/schema.js';
import { Table } from '../../core/table.js';
import { catalogOf } from '../catalog.js';
import { metric } from '../evaluate/metrics/registry.js';
import { constantLearner } from '../learn/constant/constant-learner.js';
import { linearLearner } from '../learn/linear/linear-learner.js';
import { boostedTrees } from '../learn/trees/boosted-trees.js';
import { chooseWindow, recencyWeights } from './choose-window.js';

const normal = (rng: Rng): number => normalQuantile(rng.float());

const catalog = catalogOf([constantLearner, linearLearner, boostedTrees]);
const never = new Deadline({ now: () => 0, pause: async () => undefined }, Number.POSITIVE_INFINITY);
const stats = { rows: 0, missing: 0, distinct: 0, top: [] };
const schema: Schema = {
  columns: [
    { name: 'x', type: 'number', use: 'feature', reason: '', missing: [], stats },
    { name: 'y', type: 'number', use: 'target', reason: '', missing: [], stats },
  ],
};

/** y = x before `change`, y = −x from there on. */
function question(rows: number, change: number) {
  const rng = new Rng(3);
  const x = Float64Array.from({ length: rows }, () => normal(rng));
  const target = x.map((v, i) => (i < change ? v : -v) + 0.3 * normal(rng));
  const setting = {
    answered: { table: new Table([{ kind: 'numeric', name: 'x', values: x }]), target },
    schema,
    task: { kind: 'regression' as const, target: 'y', classes: [], reason: '' },
    seed: 0,
  };
  const earlier = [{ learner: 'linear', parameters: {} }];
  return { setting, judged: 100, fresh: 250, metric: metric('rmse'), earlier, catalog, deadline: never };
}

it('forgets the past when the world has turned round, and keeps it when it has not', async () => {
  const turned = await chooseWindow(question(1200, 1000));
  expect(turned.window.kind).toBe('new');
  expect(turned.window.rows).toBe(250);
  expect(turned.windows.map((w) => w.kind)).toEqual(['all', 'weighted', 'half', 'quarter', 'new']);
  const steady = await chooseWindow(question(1200, 0));
  expect(steady.window).toMatchObject({ kind: expect.stringMatching(/all|weighted/), rows: 1200 });
  // a straight line is what made these rows
  expect(steady.warm).toBe(true);
});

it('does not begin from candidates that are worse', async () => {
  const earlier = [{ learner: 'baseline', parameters: {} }];
  expect((await chooseWindow({ ...question(800, 0), earlier })).warm).toBe(false);
});

it('weighs by age', () => {
  expect([...(recencyWeights(5, { kind: 'weighted', rows: 5, halfLife: 2 }) as Float64Array)].map((w) => Math.round(w * 1000))).toEqual([
    250, 354, 500, 707, 1000,
  ]);
});
