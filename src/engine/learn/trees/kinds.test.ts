import { describe, expect, it } from 'vitest';
import { MillwrightError } from '../../../core/errors.js';
import type { TreesModel } from '../../../model/trees.js';
import { conformanceSample, contextOf, KINDS, tickingDeadline } from '../../checks/conformance-data.js';
import { learnerConformance } from '../../checks/learner-conformance.js';
import type { Parameters, Sample } from '../learner.js';
import { boostedTrees } from './boosted-trees.js';
import { countKinds, kindsOf, kindsOfWork, parametersOf, weightsOf, workOfKinds } from './kinds.js';

const FOUR = 'plain,drawn,symmetric-lines,drawn-lines';

describe('four kinds averaged conform', () => {
  const options = { parameters: { rounds: 25, kinds: FOUR }, tolerance: 0.07 };
  for (const { name, run } of learnerConformance(boostedTrees, options)) it(name, run);
});

describe('kinds', () => {
  it('are three by default, and one where something says how trees grow', () => {
    const names = (given: Parameters, answers: 'number' | 'classes' = 'number', rows = 2000): string[] =>
      kindsOf(given, { rows, answers }).map((k) => k.name);
    expect(names({})).toEqual(['plain', 'symmetric-lines', 'drawn-lines']);
    expect(names({}, 'number', 999)).toEqual(['plain', 'drawn', 'symmetric-lines']);
    expect(names({}, 'classes')).toEqual(['plain', 'drawn-by-leaf', 'symmetric']);
    expect(names({}, 'classes', 10_000)).toEqual(['plain', 'drawn']);
    expect(names({ objective: 'absolute', monotone: 'a:1' })).toHaveLength(3);
    expect(names({ rounds: 20 })).toEqual(['plain']);
    expect(names({ leaves: 8, kinds: 'drawn, lines' })).toEqual(['drawn', 'lines']);
    expect([{}, { leaves: 8 }, { kinds: 'drawn,lines' }].map(countKinds)).toEqual([3, 1, 2]);
  });

  it('have defaults that fit the data, and what is given goes before them', () => {
    const drawn = (rows: number, answers: 'number' | 'classes', given: Parameters = {}): Parameters =>
      parametersOf({ name: 'drawn' }, { kinds: 'drawn', ...given }, { rows, answers });
    expect(drawn(2000, 'classes')).toEqual({ kinds: 'drawn', shape: 'leafwise', extraTrees: true, leaves: 40, minRowsInLeaf: 5 });
    expect(drawn(500, 'classes')).toMatchObject({ leaves: 16, minRowsInLeaf: 10, catSmooth: 2, catL2: 3, minRowsPerSet: 10 });
    expect(drawn(5000, 'number')).toMatchObject({ leaves: 40, catL2: 3 });
    expect(drawn(500, 'number', { leaves: 9, catL2: 7, extraTrees: false })).toMatchObject({ leaves: 9, catL2: 7, extraTrees: true });
  });

  it.each(['drawm', 'drawn:x', 'drawn:5:x', '', 'drawn,', '__proto__', 'drawn,'.repeat(40)])('refuse "%s"', (kinds) => {
    expect(() => kindsOf({ kinds }, { rows: 500, answers: 'number' })).toThrow(MillwrightError);
  });

  it('are averaged score by score', async () => {
    // one tree a round for all classes draws what it is grown on
    const plain = { rounds: 12, rowSample: 1, columnSample: 1, vectorLeaves: false };
    for (const kind of KINDS) {
      const sample = conformanceSample(boostedTrees, kind, 300, 3);
      const grown = async (kinds: string): Promise<TreesModel> =>
        (await boostedTrees.fit(sample, undefined, { ...plain, kinds }, contextOf(kind))).model as TreesModel;
      const [a, b, both] = [await grown('leafwise'), await grown('symmetric'), await grown('leafwise,symmetric')];
      const [x, y] = [a.scores(sample.table), b.scores(sample.table)];
      expect(x).not.toEqual(y);
      both.scores(sample.table).forEach((score, i) => {
        expect(score).toBeCloseTo(((x[i] as number) + (y[i] as number)) / 2, 8);
      });
    }
  });

  it('stop each for itself, and a refit keeps what each settled', async () => {
    const [train, validation] = [1, 2].map((seed) => conformanceSample(boostedTrees, 'binary', 400, seed)) as [Sample, Sample];
    const { work } = await boostedTrees.fit(train, validation, { kinds: 'plain,drawn,drawn', patience: 10 }, contextOf('binary'));
    expect(kindsOfWork(work).map((k) => k.name)).toEqual(['symmetric', 'drawn', 'drawn']);
    const rounds = kindsOfWork(work).map((k) => k.rounds as number);
    const weights = kindsOfWork(work).map((k) => k.weight as number);
    expect(work.rounds).toBe(rounds.reduce((a, b) => a + b));
    expect(new Set(rounds).size).toBeGreaterThan(1);
    expect(Math.abs(weights.reduce((a, b) => a + b) - 100)).toBeLessThan(3);
    const parameters = boostedTrees.refitParameters?.({ kinds: 'plain,drawn,drawn' }, [work, work], 4) ?? {};
    const text = ['symmetric', 'drawn', 'drawn'].map((name, i) => `${name}:${(rounds[i] as number) * 2}:${weights[i]}`);
    expect(parameters).toEqual({ kinds: text.join(',') });
    const again = await boostedTrees.fit(train, undefined, parameters, contextOf('binary'));
    expect(again.work.rounds).toBe(2 * (work.rounds as number));
    expect(kindsOfWork(again.work).map((k) => k.weight)).toEqual(weights);
  });

  it('weigh more that lose less on validation rows', () => {
    const [best, worse, worst, ...rest] = weightsOf([0.5, 0.55, 5]) as [number, number, number];
    expect([rest.length, worst, best + worse + worst]).toEqual([0, 1, 101]);
    expect(best / worse).toBeCloseTo(Math.E, 0);
    expect(weightsOf([-2, -2])).toEqual([50, 50]);
  });

  it('that the clock cuts leave those before, which their record repeats', async () => {
    const sample = conformanceSample(boostedTrees, 'regression', 400, 1);
    const grown = (ticks: number, limits?: Record<string, number>) =>
      boostedTrees.fit(
        sample,
        undefined,
        { rounds: 20, kinds: FOUR },
        { ...contextOf('regression'), deadline: tickingDeadline(ticks) },
        limits,
      );
    let short = await grown(40);
    for (let ticks = 80; kindsOfWork(short.work).length < 2; ticks += 40) short = await grown(ticks);
    expect(short.cut).toBe(true);
    expect(kindsOfWork(short.work).length).toBeLessThan(4);
    const again = await grown(0, short.work);
    expect(again.work).toEqual(short.work);
    expect(again.model.predict(sample.table)).toEqual(short.model.predict(sample.table));
  });
});

it('a record keeps the order of the kinds when its keys are put in order, twins too', () => {
  const kinds = [
    { name: 'plain', rounds: 5, weight: 40 },
    { name: 'symmetric-lines', rounds: 7, weight: 30 },
    { name: 'drawn-lines', rounds: 9, weight: 20 },
    { name: 'plain', rounds: 3 },
  ];
  const work = workOfKinds(kinds);
  expect(work.rounds).toBe(24);
  expect(kindsOfWork(Object.fromEntries(Object.entries(work).sort(([a], [b]) => (a < b ? -1 : 1))))).toEqual(kinds);
});
