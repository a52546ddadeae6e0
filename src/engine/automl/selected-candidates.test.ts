import { describe, expect, it } from 'vitest';
import { columnSchema, FakeClock, lineage } from '../../../test/fixtures/fake-run.js';
import { Deadline } from '../../core/clock.js';
import { Rng } from '../../core/rng.js';
import type { Schema, Task } from '../../core/schema.js';
import { Table } from '../../core/table.js';
import { encodeBundle } from '../../model/bundle-file.js';
import { predict } from '../../model/predict.js';
import { catalogOf } from '../catalog.js';
import { constantLearner } from '../learn/constant/constant-learner.js';
import { linearLearner } from '../learn/linear/linear-learner.js';
import { boostedTrees } from '../learn/trees/boosted-trees.js';
import type { Plan } from './plan.js';
import { parsePlan } from './plan.js';
import { proposePlan } from './propose-plan.js';
import type { RunResult } from './result.js';
import { run } from './run.js';

const rows = 240;
const task: Task = { kind: 'regression', target: 'y', classes: [], reason: '' };
const noises = Array.from({ length: 18 }, (_, i) => `noise ${i}`);
const schema: Schema = {
  columns: [
    ...['a', 'b', ...noises].map((name) => columnSchema(name, 'number', 'feature', rows)),
    columnSchema('y', 'number', 'target', rows),
  ],
};

function table(): Table {
  const rng = new Rng(21);
  const draw = (): Float64Array => Float64Array.from({ length: rows }, () => rng.float());
  const [a, b] = [draw(), draw()];
  const y = a.map((x, i) => x + (b[i] as number) + 2 * rng.float());
  const numeric = (name: string, values: Float64Array) => ({ kind: 'numeric', name, values }) as const;
  return new Table([numeric('a', a), numeric('b', b), ...noises.map((name) => numeric(name, draw())), numeric('y', y)]);
}

const trees = { learner: 'boosted-trees', parameters: { leaves: 6, rounds: 20, kinds: 'plain' } };

function planned(candidates: Plan['candidates']): Plan {
  return {
    ...proposePlan({ schema, task, rows, options: { budget: 30, features: 'off', candidates } }),
    validation: { kind: 'random', folds: 3, reason: '' },
  };
}

const runOn = (plan: Plan): Promise<RunResult> =>
  run({
    table: table(),
    schema,
    task,
    plan,
    catalog: catalogOf([constantLearner, linearLearner, boostedTrees]),
    deadline: new Deadline(new FakeClock(0.001), 1e7),
    lineage,
  });

describe('candidates that choose their columns', () => {
  it('are those that a person marks in the plan; what they decline the model does not need, and a repetition gives the same bytes', async () => {
    const { bundle, plan, findings } = await runOn(planned([{ ...trees, selected: true }]));
    expect(plan.candidates.map((c) => c.selected)).toEqual([undefined, true]);
    const again = await runOn(parsePlan(JSON.parse(JSON.stringify(plan))));
    expect(await encodeBundle(again.bundle)).toEqual(await encodeBundle(bundle));
    const said = findings.find((f) => f.code === 'columns-declined')?.message ?? '';
    const declined = noises.filter((name) => said.includes(`“${name}”`));
    expect(declined.length).toBeGreaterThan(7);
    const whole = table();
    const { values } = predict(bundle, whole);
    expect(predict(bundle, whole.drop(new Set(declined))).values).toEqual(values);
  });
});
