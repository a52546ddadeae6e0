import { describe, expect, it } from 'vitest';
import { columnSchema, FakeClock, lineage } from '../../../test/fixtures/fake-run.js';
import { Deadline } from '../../core/clock.js';
import { Rng } from '../../core/rng.js';
import type { Schema, Task } from '../../core/schema.js';
import { Table } from '../../core/table.js';
import { encodeBundle } from '../../model/bundle-file.js';
import { catalogOf } from '../catalog.js';
import { constantLearner } from '../learn/constant/constant-learner.js';
import { linearLearner } from '../learn/linear/linear-learner.js';
import { boostedTrees } from '../learn/trees/boosted-trees.js';
import { type Plan, parsePlan } from './plan.js';
import { proposePlan } from './propose-plan.js';
import type { RunResult } from './result.js';
import { run } from './run.js';

const task: Task = { kind: 'binary', target: 'y', classes: ['a', 'b'], reason: '' };
const names = ['x', 'z', 'u', 'v'];

/** Two clouds of points, of which few are named; how far apart they are is told by `apart`. */
function clouds(rows: number, named: number, apart: number): { table: Table; schema: Schema } {
  const rng = new Rng(3);
  const classes = Int32Array.from({ length: rows }, () => rng.below(2));
  const columns = names.map((name) => ({
    kind: 'numeric' as const,
    name,
    values: Float64Array.from(classes, (c) => apart * c + rng.float() + rng.float() + rng.float()),
  }));
  const y = { kind: 'category' as const, name: 'y', codes: classes.map((c, i) => (i < named ? c : -1)), levels: ['a', 'b'] };
  return {
    table: new Table([...columns, y]),
    schema: {
      columns: [...names.map((name) => columnSchema(name, 'number', 'feature', rows)), columnSchema('y', 'category', 'target', 2)],
    },
  };
}

function planFor(schema: Schema, rows: number): Plan {
  const candidates = [
    { learner: 'linear', parameters: {} },
    { learner: 'boosted-trees', parameters: { leaves: 4, rounds: 40, kinds: 'plain' } },
  ];
  return {
    ...proposePlan({ schema, task, rows, options: { budget: 60, features: 'off', metric: 'log_loss', candidates } }),
    validation: { kind: 'stratified', folds: 4, reason: '' },
  };
}

const runOn = ({ table, schema }: { table: Table; schema: Schema }, plan: Plan): Promise<RunResult> =>
  run({
    table,
    schema,
    task,
    plan,
    catalog: catalogOf([constantLearner, linearLearner, boostedTrees]),
    deadline: new Deadline(new FakeClock(0.001), 1e7),
    lineage,
  });

const told = ({ findings }: RunResult): string => findings.find((f) => f.code === 'target-missing')?.message ?? '';

describe('rows without an answer', () => {
  it('are tried as teachers answer them; the verdict is told, the plan repeats it to the byte', async () => {
    const data = clouds(900, 120, 0.6);
    const result = await runOn(data, planFor(data.schema, 900));
    expect(told(result)).toMatch(/^780 rows without an answer in “y” were set aside\. (Answered|Learning)/);
    const taught = result.plan.candidates.filter((c) => c.taught);
    expect(taught).toHaveLength(1);
    expect(result.outOfFold.rows.every((r) => r < 120)).toBe(true);
    expect(result.rows.total).toBe(120);
    const again = await runOn(data, parsePlan(JSON.parse(JSON.stringify(result.plan))));
    expect(await encodeBundle(again.bundle)).toEqual(await encodeBundle(result.bundle));
    expect(told(again)).toBe(told(result));
  });

  it('are taken where that is better, and not where it is worse', async () => {
    const verdicts = await Promise.all(
      [0, 0.25, 0.4, 0.6, 0.8].map(async (apart) => {
        const data = clouds(900, 100, apart);
        return told(await runOn(data, planFor(data.schema, 900))).includes('they were learned from');
      }),
    );
    expect(verdicts).toContain(true);
    expect(verdicts).toContain(false);
  });

  it('are left alone when they are few', async () => {
    const data = clouds(200, 170, 0.6);
    const result = await runOn(data, planFor(data.schema, 200));
    expect(result.plan.candidates.some((c) => c.taught)).toBe(false);
    expect(told(result)).toBe('30 rows without an answer in “y” were set aside.');
  });
});
