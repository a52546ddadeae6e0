import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnSchema, example, lineage, proposed, runIn, type World, world } from '../../../test/fixtures/fake-run.js';
import { Deadline } from '../../core/clock.js';
import { MillwrightError } from '../../core/errors.js';
import { Rng } from '../../core/rng.js';
import { Table } from '../../core/table.js';
import { encodeBundle } from '../../model/bundle-file.js';
import { applyRecipe } from '../../model/recipe.js';
import { type Catalog, catalogOf } from '../catalog.js';
import type { Learner } from '../learn/learner.js';
import { type Plan, parsePlan } from './plan.js';
import type { RunProgress, RunResult } from './result.js';
import { run } from './run.js';

const bytes = async (result: RunResult): Promise<string> =>
  createHash('sha256')
    .update(await encodeBundle(result.bundle))
    .digest('hex');

describe('run', () => {
  it('chooses, scores and explains a model', async () => {
    const result = await runIn(world(), 1e6);
    const chosen = result.leaderboard.find((r) => r.chosen);
    expect(chosen?.learner).not.toBe('baseline');
    expect(result.leaderboard.map((r) => r.rank)).toEqual(result.leaderboard.map((_, i) => i + 1));
    expect(result.cut).toBe(false);
    const estimate = result.holdoutMetrics.roc_auc;
    expect(estimate && estimate.low <= estimate.value && estimate.value <= estimate.high).toBe(true);
    expect(result.holdoutMetrics.roc_auc?.value).toBeGreaterThan(0.8);
    expect(result.baselineMetrics.roc_auc).toBe(0.5);
    expect(result.importance[0]?.column).toBe('x');
    expect(result.importance[0]?.drop.low).toBeGreaterThan(0);
    expect(result.dependence[0]?.points?.length).toBeGreaterThan(2);
    expect(result.rows.train + result.rows.holdout).toBe(240);
    expect(result.outOfFold.rows.length).toBe(result.rows.train);
    const seen = new Set(result.holdout.rows);
    expect([...result.outOfFold.rows].some((row) => seen.has(row))).toBe(false);
    expect(new Set(result.outOfFold.rows).size).toBe(result.rows.train);
  });

  it('saves a model fitted on all rows, scored without the holdout', async () => {
    const result = await runIn(world(), 1e6, undefined, 'regression');
    const members = result.leaderboard.filter((r) => r.weight !== undefined);
    expect(members.length).toBeGreaterThan(1);
    expect(members.reduce((sum, r) => sum + (r.weight as number), 0)).toBeCloseTo(1, 12);
    for (const { id } of members) {
      expect(result.plan.work).toHaveProperty([`${id}/all`]);
      expect(result.plan.work).not.toHaveProperty([`${id}/train`]);
    }
    expect(result.bundle.metrics.rows).toMatchObject({ fitted: 240 });
  });

  it('fits the preparation on training rows alone: a canary in other rows is never seen', async () => {
    const w = world();
    const seen: number[][] = [];
    const { fitRecipe } = w.catalog;
    const { table, schema, task } = example('binary');
    const rowIds = Float64Array.from({ length: table.rows }, (_, i) => i);
    const marked = new Table([...table.columns, { kind: 'numeric', name: 'row', values: rowIds }]);
    const withRow = { columns: [...schema.columns, columnSchema('row', 'number', 'feature', 240)] };
    const catalog: Catalog = {
      ...w.catalog,
      fitRecipe: (request) => {
        expect(request.table.find('y')).toBeUndefined();
        const row = request.table.column('row');
        seen.push(row.kind === 'numeric' ? [...row.values] : []);
        return fitRecipe(request);
      },
    };
    const plan = proposed({ schema: withRow, task, rows: 240 });
    const result = await run({ table: marked, schema: withRow, task, plan, catalog, deadline: new Deadline(w.clock, 1e9), lineage });
    const holdout = new Set(result.holdout.rows);
    const onAll = seen.filter((rows) => rows.length === 240);
    expect(onAll.length).toBe(2);
    const others = seen.filter((rows) => rows.length !== 240);
    for (const rows of others) expect(rows.some((row) => holdout.has(row))).toBe(false);
    const { folds, repeats = 1 } = plan.validation;
    expect(repeats).toBe(3);
    // two kinds of input in each fold
    expect(others.length).toBe(2 * folds * repeats);
    const inFolds = others.filter((rows) => rows.length < result.rows.train);
    for (const row of result.outOfFold.rows) expect(inFolds.filter((rows) => !rows.includes(row)).length).toBe(2 * repeats);
    expect(new Set(result.outOfFold.rows).size).toBe(result.outOfFold.rows.length);
  });

  it('searches further candidates of the learners that can be searched, as many as the plan says, and repeats them', async () => {
    const { table, schema, task } = example('binary');
    const plan = proposed({ schema, task, rows: table.rows, options: { budget: 30 } });
    const given = { ...plan, search: { trials: 7 } };
    const result = await runIn(world(), 1e6, given);
    const added = result.plan.candidates.slice(plan.candidates.length);
    expect(added.length).toBe(7);
    expect(new Set(added.map((c) => c.learner))).toEqual(new Set(['boosted-trees']));
    for (const { parameters } of added) expect(parameters.rounds).toBeGreaterThanOrEqual(2);
    expect(new Set(added.map((c) => c.parameters.rounds)).size).toBe(7);
    expect(result.plan.work).toHaveProperty([
      `boosted-trees#${plan.candidates.filter((c) => c.learner === 'boosted-trees').length + 7}/fold1`,
    ]);
    expect(await bytes(await runIn(world(0.01, 3), 1e6, given))).toBe(await bytes(result));
    expect(await bytes(await runIn(world(), 1, result.plan))).toBe(await bytes(result));
    const none = await runIn(world(), 1e6, { ...plan, search: undefined });
    expect(none.plan.candidates).toEqual(plan.candidates);
  });

  it('never chooses a candidate below the baseline', async () => {
    const { table, schema, task } = example('binary');
    const w = world();
    const rng = new Rng(77);
    const noise = new Table([
      ...table.columns.slice(0, 3),
      { kind: 'category', name: 'y', codes: Int32Array.from({ length: 240 }, () => rng.below(2)), levels: ['no', 'yes'] },
    ]);
    const plan = proposed({ schema, task, rows: 240, options: { metric: 'log_loss' } });
    const result = await run({ table: noise, schema, task, plan, catalog: w.catalog, deadline: new Deadline(w.clock, 1e9), lineage });
    const chosen = result.leaderboard.find((r) => r.chosen);
    const baseline = result.leaderboard.find((r) => r.learner === 'baseline');
    expect(chosen?.validation).toBeLessThanOrEqual(baseline?.validation as number);
    if (chosen?.learner === 'baseline') expect(result.findings.map((f) => f.code)).toContain('no-signal');
  });

  it('sets rows without an answer aside, and says so', async () => {
    const { table, schema, task } = example('binary');
    const y = table.column('y');
    if (y.kind !== 'category') throw new Error('not a category');
    const gaps = new Table([...table.columns.slice(0, 3), { ...y, codes: y.codes.map((c, i) => (i < 20 ? -1 : c)) }]);
    const w = world();
    const plan = proposed({ schema, task, rows: 240 });
    const result = await run({ table: gaps, schema, task, plan, catalog: w.catalog, deadline: new Deadline(w.clock, 1e9), lineage });
    expect(result.rows.total).toBe(220);
    expect([...result.holdout.rows, ...result.outOfFold.rows].every((row) => row >= 20)).toBe(true);
    expect(result.findings.find((f) => f.code === 'target-missing')?.message).toContain('20 rows');
  });
});

describe('memory', () => {
  /** The world, in which trees find no memory for more than so many rows. */
  const scarce = (rows: number): World => {
    const { clock, catalog } = world();
    const learners = catalog.learners.map((learner): Learner => {
      if (learner.id !== 'boosted-trees') return learner;
      return {
        ...learner,
        async fit(train, ...rest) {
          if (train.target.length > rows) throw new MillwrightError('DATA_TOO_LARGE', 'Training needs 5000 MiB.');
          return learner.fit(train, ...rest);
        },
      };
    });
    return { clock, catalog: catalogOf(learners) };
  };

  it('a candidate that needs too much is left out, the others go on, and the record repeats that', async () => {
    const result = await runIn(scarce(0), 1e6);
    expect(result.findings.find((f) => f.code === 'candidate-left-out')?.message).toContain('boosted-trees');
    expect(result.leaderboard.find((r) => r.chosen)?.learner).toBe('linear');
    const again = await runIn(world(), 1e6, result.plan);
    expect(await bytes(again)).toBe(await bytes(result));
    expect(again.findings).toEqual(result.findings);
  });

  it('a refit that needs too much leaves the model of the fold', async () => {
    const { table, schema, task } = example('binary');
    const plan = proposed({ schema, task, rows: table.rows });
    const trees = { ...plan, candidates: [{ learner: 'boosted-trees', parameters: {} }] };
    const fold = Math.ceil((1 - 1 / plan.validation.folds) * (await runIn(world(), 1e6, trees)).rows.train) + 2;
    const result = await runIn(scarce(fold), 1e6, trees);
    expect(result.leaderboard.find((r) => r.chosen)?.learner).toBe('boosted-trees');
    expect(result.findings.find((f) => f.code === 'not-refitted')?.message).toContain('memory');
    expect(await bytes(await runIn(world(), 1e6, result.plan))).toBe(await bytes(result));
  });

  it('a further fold that needs too much does not count', async () => {
    const w = world();
    let fits = 0;
    const learners = w.catalog.learners.map(
      (learner): Learner => ({
        ...learner,
        async fit(...given) {
          if (learner.id === 'boosted-trees' && ++fits === 2) throw new RangeError('Array buffer allocation failed');
          return learner.fit(...given);
        },
      }),
    );
    const { table, schema, task } = example('binary');
    const plan = proposed({ schema, task, rows: table.rows });
    const trees = { ...plan, candidates: [{ learner: 'boosted-trees', parameters: {} }] };
    const result = await runIn({ clock: w.clock, catalog: catalogOf(learners) }, 1e6, trees);
    expect(result.bundle.metrics.folds).toBe(1);
    expect(await bytes(await runIn(world(), 1e6, result.plan))).toBe(await bytes(result));
  });

  it('says plainly that only the baseline is left', async () => {
    const { table, schema, task } = example('binary');
    const plan = proposed({ schema, task, rows: table.rows });
    const result = await runIn(scarce(0), 1e6, { ...plan, candidates: [{ learner: 'boosted-trees', parameters: {} }] });
    const codes = result.findings.map((f) => f.code);
    expect(codes).toContain('baseline-only');
    expect(codes).not.toContain('no-signal');
  });
});

describe('deadlines', () => {
  it('any budget at any speed ends in time with a valid model, and its record repeats byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4000 }),
        fc.constantFrom(0.0001, 0.01, 0.05),
        fc.constantFrom(0.01, 0.3, 3, 20),
        fc.constantFrom('binary' as const, 'regression' as const),
        async (milliseconds, tick, cost, kind) => {
          const w = world(tick, cost);
          const result = await runIn(w, milliseconds, undefined, kind);
          // the least unit of work here is one round of one candidate, or a handful of askings of the clock
          const least = cost * 2 + tick * 600 + 1;
          expect(w.clock.time).toBeLessThanOrEqual(milliseconds + least);
          const { table } = example(kind);
          const predicted = result.bundle.model.predict(applyRecipe(result.bundle.recipe, table.drop(new Set(['y']))));
          expect(predicted.every((v) => Number.isFinite(v))).toBe(true);
          const again = await runIn(world(tick * 3, cost * 7), 1, parsePlan(JSON.parse(JSON.stringify(result.plan))), kind);
          expect(await bytes(again)).toBe(await bytes(result));
          expect(again.plan.work).toEqual(result.plan.work);
        },
      ),
      { numRuns: 40, seed: 11 },
    );
  });

  it('runs that are not cut are equal to the byte, however fast', async () => {
    const slow = await runIn(world(0.01, 2), 1e7);
    const fast = await runIn(world(0.0001, 0.01), 1e9);
    expect(slow.cut || fast.cut).toBe(false);
    expect(await bytes(slow)).toBe(await bytes(fast));
  });

  it('profiles and findings rest on rows that the record names, so that a repetition has the same', async () => {
    const { table, schema, task } = example('regression', 3000);
    const plan = proposed({ schema, task, rows: 3000 });
    const runOn = (milliseconds: number, given: Plan): Promise<RunResult> => {
      const { clock, catalog } = world(0.0001, 0.001);
      return run({ table, schema, task, plan: given, catalog, deadline: new Deadline(clock, milliseconds), lineage });
    };
    const ample = await runOn(1e6, plan);
    const short = await runOn(20, plan);
    expect(ample.plan.work?.profile).toBeUndefined();
    expect(short.plan.work?.profile?.rows).toBeLessThan(3000);
    expect(short.profiles).not.toEqual(ample.profiles);
    expect((await runOn(1, ample.plan)).profiles).toEqual(ample.profiles);
    expect((await runOn(1e6, short.plan)).profiles).toEqual(short.profiles);
  });

  it('tries trees on fewer rows rather than not at all, and repeats that', async () => {
    const { table, schema, task } = example('binary', 20_000);
    const plan = proposed({ schema, task, rows: 20_000 });
    const runOn = async (milliseconds: number, given: Plan, lost: number): Promise<[RunResult, number]> => {
      const { clock, catalog } = world(0.0001, 0.001);
      const slow: Catalog = {
        ...catalog,
        fitRecipe: (request) => {
          clock.time += request.table.rows * 0.01;
          return catalog.fitRecipe(request);
        },
      };
      const late = [true];
      const onProgress = (p: RunProgress): void => {
        // something else on the machine takes the time that was reckoned with
        if (p.step === 'train' && p.message === 'baseline') clock.time += late.splice(0).length * lost;
      };
      const deadline = new Deadline(clock, milliseconds);
      return [await run({ table, schema, task, plan: given, catalog: slow, deadline, lineage, onProgress }), clock.time];
    };
    const [result, end] = await runOn(1000, { ...plan, candidates: [{ learner: 'boosted-trees', parameters: {} }] }, 820);
    expect(result.plan.work?.fold1?.train).toBeLessThan(5000);
    expect(result.plan.work?.fold1?.train).toBeGreaterThanOrEqual(500);
    expect(result.leaderboard.find((r) => r.chosen)?.learner).toBe('boosted-trees');
    expect(end).toBeLessThanOrEqual(1020);
    const [again] = await runOn(1, result.plan, 0);
    expect(await bytes(again)).toBe(await bytes(result));
  });

  it('a longer budget never does less work', async () => {
    let last = 0;
    for (const milliseconds of [10, 100, 1000, 10_000, 1e6]) {
      const { plan } = await runIn(world(0.001, 1), milliseconds);
      const places = Object.keys(plan.work ?? {}).length;
      expect(places).toBeGreaterThanOrEqual(last);
      last = places;
    }
  });

  it.each([500, 2000, 8000])('a search that %d ms cut short leaves the time to fit what was chosen on all rows', async (milliseconds) => {
    const { table, schema, task } = example('binary');
    const plan = { ...proposed({ schema, task, rows: table.rows, options: { budget: 1e6 } }), search: { trials: 400 } };
    const w = world(0.05, milliseconds / 20_000);
    const result = await runIn(w, milliseconds, plan);
    expect(result.cut).toBe(true);
    expect(w.clock.time).toBeLessThanOrEqual(milliseconds);
    expect(result.bundle.metrics.rows).toMatchObject({ total: 240, fitted: 240 });
  });

  it('no path, budget or time enters the bundle', async () => {
    const { table, schema, task } = example('binary');
    const w = world();
    const plan = proposed({ schema, task, rows: 240, options: { budget: 77, data: { from: ['/secret/place.csv'] } } });
    const result = await run({ table, schema, task, plan, catalog: w.catalog, deadline: new Deadline(w.clock, 1e9), lineage });
    const text = JSON.stringify(result.bundle.lineage);
    expect(text).not.toContain('secret');
    expect(text).not.toContain('77');
    expect(result.plan.data.from).toEqual(['/secret/place.csv']);
  });
});

describe('interrupts', () => {
  it('before any model: INTERRUPTED', async () => {
    const attempt = runIn(world(), 1e6, undefined, 'binary', (_, deadline) => deadline.expire());
    await expect(attempt).rejects.toThrow(MillwrightError);
    await expect(attempt).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });

  it('in the middle: the best so far, soon', async () => {
    const w = world(0.001, 5);
    let at = Number.NaN;
    const result = await runIn(w, 1e6, undefined, 'binary', (p, deadline) => {
      if (!Number.isNaN(at) || p.step !== 'train' || !p.message.startsWith('boosted-trees')) return;
      deadline.expire();
      at = w.clock.time;
    });
    expect(result.interrupted).toBe(true);
    expect(result.cut).toBe(true);
    expect(result.leaderboard.length).toBeGreaterThanOrEqual(2);
    expect(w.clock.time - at).toBeLessThan(1000);
    const again = await runIn(world(), 1e6, result.plan);
    expect(again.interrupted).toBe(false);
    expect(await bytes(again)).toBe(await bytes(result));
  });
});

describe('progress', () => {
  it('never goes back and ends at one', async () => {
    const events: RunProgress[] = [];
    await runIn(world(), 1e5, undefined, 'binary', (p) => events.push(p));
    expect(events.map((e) => e.done)).toEqual(events.map((e) => e.done).sort((a, b) => a - b));
    expect(events[events.length - 1]).toMatchObject({ step: 'done', done: 1 });
    expect(events.some((e) => e.best !== undefined && (e.secondsLeft ?? 0) > 0)).toBe(true);
  });
});
