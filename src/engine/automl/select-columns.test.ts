import { describe, expect, it } from 'vitest';
import { columnSchema, FakeClock } from '../../../test/fixtures/fake-run.js';
import { Deadline } from '../../core/clock.js';
import { Rng } from '../../core/rng.js';
import type { Schema, Task } from '../../core/schema.js';
import { mean } from '../../core/statistics.js';
import { type Column, Table } from '../../core/table.js';
import { catalogOf } from '../catalog.js';
import { metricFor } from '../evaluate/metrics/registry.js';
import { linearLearner } from '../learn/linear/linear-learner.js';
import { fitRecipe } from '../prep/fit-recipe.js';
import type { Preparation } from './fit-team.js';
import { Fitter } from './fitter.js';
import { declinedColumns } from './select-columns.js';

const tools = { clock: new FakeClock(0), fitRecipe };
const numeric = (name: string, values: Float64Array): Column => ({ kind: 'numeric', name, values });
const task = (kind: Task['kind'], classes: string[] = []): Task => ({ kind, target: 'y', classes, reason: '' });
const schemaOf = (columns: readonly Column[]): Schema => ({
  columns: columns.map((c) => columnSchema(c.name, c.kind === 'numeric' ? 'number' : 'category', 'feature', 9)),
});

/** Three columns that tell, one of them under two names, among 30 that do not. */
function planted(rows: number, seed: number) {
  const rng = new Rng(seed);
  const draw = (): Float64Array => Float64Array.from({ length: rows }, () => rng.float());
  const [a, b] = [draw(), draw()];
  const codes = Int32Array.from({ length: rows }, () => rng.below(3));
  const noise = Array.from({ length: 30 }, (_, i): Column => {
    if (i % 3 > 0) return numeric(`noise ${i}`, draw());
    return { kind: 'category', name: `noise ${i}`, codes: Int32Array.from({ length: rows }, () => rng.below(5)), levels: [...'pqrst'] };
  });
  const columns: Column[] = [
    numeric('a', a),
    numeric('b', b),
    { kind: 'category', name: 'kind', codes, levels: ['x', 'y', 'z'] },
    ...noise,
    numeric(
      'a again',
      a.map((x) => 3 - x * x),
    ),
  ];
  const y = a.map((x, i) => 3 * x + 2 * Math.abs((b[i] as number) - 0.5) + (codes[i] === 1 ? 1 : 0) + rng.float());
  return { table: new Table(columns), schema: schemaOf(columns), y };
}

describe('declinedColumns', () => {
  it.each([
    ['regression', (y: number) => y, []],
    ['binary', (y: number) => (y > 2.8 ? 1 : 0), ['no', 'yes']],
    ['multiclass', (y: number) => (y > 3.3 ? 2 : y > 2.3 ? 1 : 0), ['low', 'middle', 'high']],
  ] as const)('%s: keeps what tells, declines most of the noise and one of two that are the same', async (kind, answer, classes) => {
    const { table, schema, y } = planted(500, 1);
    const request = { table, schema, task: task(kind, [...classes]), target: y.map(answer), rng: new Rng(2) };
    const declined = await declinedColumns(request, tools);
    expect(declined).not.toContain('kind');
    expect(declined).not.toContain('b');
    expect(declined.filter((name) => name.startsWith('a'))).toHaveLength(1);
    expect(declined.filter((name) => name.startsWith('noise')).length).toBeGreaterThanOrEqual(21);
    expect(await declinedColumns({ ...request, rng: new Rng(2) }, tools)).toEqual(declined);
  });

  it('leaves some columns whatever they say, and judges neither dates nor what is dropped anyhow', async () => {
    const { table, schema } = planted(200, 3);
    const rng = new Rng(4);
    const dated: Schema = { columns: schema.columns.map((c) => (c.name === 'noise 1' ? { ...c, type: 'datetime' } : c)) };
    const target = Float64Array.from({ length: 200 }, () => rng.below(2));
    const request = { table, schema: dated, task: task('binary', ['no', 'yes']), target, drop: ['noise 2'], rng };
    const declined = await declinedColumns(request, tools);
    expect(declined).not.toContain('noise 1');
    expect(declined).not.toContain('noise 2');
    expect(declined.length).toBeGreaterThan(15);
    expect(declined.length).toBeLessThanOrEqual(29);
  });
});

describe('a fit that chooses its columns', () => {
  it('does so on its training rows alone: where nothing can be learnt the other rows say so', async () => {
    const rows = 240;
    const rng = new Rng(9);
    const columns = Array.from({ length: 60 }, (_, i) =>
      numeric(
        `c${i}`,
        Float64Array.from({ length: rows }, () => rng.float()),
      ),
    );
    const target = Float64Array.from({ length: rows }, () => rng.below(2));
    const [table, schema] = [new Table(columns), schemaOf(columns)];
    const question = task('binary', ['no', 'yes']);
    const fitter = new Fitter({ answered: { table, target }, schema, task: question, seed: 1 }, catalogOf([linearLearner]));
    const auc = metricFor('roc_auc', 'binary');
    const score = async (preparation: Preparation): Promise<number> => {
      const scores: number[] = [];
      for (let fold = 0; fold < 4; fold++) {
        const all = Uint32Array.from({ length: rows }, (_, i) => i);
        const [train, validation] = [all.filter((i) => i % 4 !== fold), all.filter((i) => i % 4 === fold)];
        const names = { place: `fold${fold}`, division: `fold${fold}`, learner: 'linear', parameters: {}, milliseconds: 1e9 };
        const fit = await fitter.fit({ ...names, train, validation, preparation }, new Deadline(new FakeClock(0), 1e9));
        if (typeof fit === 'string') throw new Error(fit);
        scores.push(
          auc.compute({ actual: Float64Array.from(validation, (i) => target[i] as number), predicted: fit.predicted, outputs: 2 }),
        );
      }
      return mean(scores);
    };
    const honest = await score({ features: [], drop: [], selected: true });
    expect(honest).toBeGreaterThan(0.4);
    expect(honest).toBeLessThan(0.6);
    // had all rows chosen, the same rows would praise the choice
    const drop = await declinedColumns({ table, target, schema, task: question, rng: new Rng(1) }, tools);
    expect(await score({ features: [], drop })).toBeGreaterThan(0.6);
  });
});
