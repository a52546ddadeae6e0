import { describe, expect, it } from 'vitest';
import { columnSchema, FakeClock, lineage } from '../../../test/fixtures/fake-run.js';
import { Deadline } from '../../core/clock.js';
import { Rng } from '../../core/rng.js';
import type { Schema, Task } from '../../core/schema.js';
import { Table } from '../../core/table.js';
import { encodeBundle } from '../../model/bundle-file.js';
import { stepsOf } from '../../model/unseen-categories.js';
import { catalogOf } from '../catalog.js';
import { constantLearner } from '../learn/constant/constant-learner.js';
import { linearLearner } from '../learn/linear/linear-learner.js';
import { boostedTrees } from '../learn/trees/boosted-trees.js';
import type { Plan } from './plan.js';
import { parsePlan } from './plan.js';
import { proposePlan } from './propose-plan.js';
import type { RunResult } from './result.js';
import { run } from './run.js';

const rows = 900;
const task: Task = { kind: 'binary', target: 'y', classes: ['no', 'yes'], reason: '' };
const schema: Schema = {
  columns: [
    ...['price', 'area', 'noise'].map((name) => columnSchema(name, 'number', 'feature', rows)),
    columnSchema('y', 'category', 'target', 2),
  ],
};

/** Whether price and area are far apart: trees need many steps to say so, and two with the difference. */
function table(told: boolean): Table {
  const rng = new Rng(11);
  const draw = (): Float64Array => Float64Array.from({ length: rows }, () => 1 + 9 * rng.float());
  const [price, area, noise] = [draw(), draw(), draw()];
  const answers = Int32Array.from(price, (p, i) => ((told ? Math.abs(p - (area[i] as number)) : 6 * rng.float()) > 3 ? 1 : 0));
  return new Table([
    { kind: 'numeric', name: 'price', values: price },
    { kind: 'numeric', name: 'area', values: area },
    { kind: 'numeric', name: 'noise', values: noise },
    { kind: 'category', name: 'y', codes: answers, levels: ['no', 'yes'] },
  ]);
}

const trees = (leaves: number): Plan['candidates'][number] => ({
  learner: 'boosted-trees',
  parameters: { leaves, rounds: 40, kinds: 'plain' },
});

function planned(features: 'auto' | 'off'): Plan {
  const candidates = [{ learner: 'linear', parameters: {} }, trees(6), trees(4)];
  return {
    ...proposePlan({ schema, task, rows, options: { budget: 60, features, candidates } }),
    validation: { kind: 'random', folds: 3, reason: '' },
  };
}

const runOn = (data: Table, plan: Plan): Promise<RunResult> =>
  run({
    table: data,
    schema,
    task,
    plan,
    catalog: catalogOf([constantLearner, linearLearner, boostedTrees]),
    deadline: new Deadline(new FakeClock(0.001), 1e7),
    lineage,
  });

describe('columns made in a run', () => {
  it('are kept when validation says so, seen by later candidates, written in the plan and repeated to the byte', async () => {
    const result = await runOn(table(true), planned('auto'));
    const { preparation, candidates } = result.plan;
    if (!preparation || preparation === 'auto') throw new Error('not settled');
    expect(preparation.features.some((f) => 'columns' in f && [...f.columns].sort().join() === 'area,price')).toBe(true);
    expect(preparation.reason).toContain('better on 3 of 3 folds');
    expect(candidates.map((c) => c.prepared)).toEqual([undefined, false, false, undefined, undefined]);
    const plain = await runOn(table(true), planned('off'));
    expect(result.holdoutMetrics.log_loss?.value).toBeLessThan(plain.holdoutMetrics.log_loss?.value as number);
    expect(plain.plan.preparation).toBeUndefined();
    expect(stepsOf(result.bundle).some((s) => s.kind === 'combine')).toBe(true);
    const again = await runOn(table(true), parsePlan(JSON.parse(JSON.stringify(result.plan))));
    expect(await encodeBundle(again.bundle)).toEqual(await encodeBundle(result.bundle));
  });

  it('do not make an answer out of noise', async () => {
    const { plan, holdoutMetrics } = await runOn(table(false), planned('auto'));
    const { preparation } = plan;
    if (!preparation || preparation === 'auto') throw new Error('not settled');
    const auc = holdoutMetrics.roc_auc;
    expect(auc && auc.low <= 0.5 && auc.high >= 0.5).toBe(true);
  });

  it('are those of the plan when a person wrote them there', async () => {
    const preparation = {
      features: [{ kind: 'ratio' as const, columns: ['price', 'area'] as [string, string] }],
      drop: ['noise'],
      reason: '',
    };
    const { bundle, plan } = await runOn(table(true), { ...planned('off'), preparation });
    expect(plan.preparation).toEqual(preparation);
    expect(plan.candidates.every((c) => c.prepared === undefined)).toBe(true);
    const steps = JSON.stringify(stepsOf(bundle));
    expect(steps).toContain('price ÷ area');
    expect(steps).not.toContain('"noise"');
    const wrong = { ...preparation, drop: ['nois'] };
    await expect(runOn(table(true), { ...planned('off'), preparation: wrong })).rejects.toMatchObject({
      code: 'COLUMN_NOT_FOUND',
      hint: 'Did you mean "noise"?',
    });
  });
});
