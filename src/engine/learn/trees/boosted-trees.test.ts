import { describe, expect, it } from 'vitest';
import { Deadline } from '../../../core/clock.js';
import { Rng } from '../../../core/rng.js';
import { type Column, Table } from '../../../core/table.js';
import type { TreesModel } from '../../../model/trees.js';
import { conformanceSample, contextOf, KINDS } from '../../checks/conformance-data.js';
import { learnerConformance } from '../../checks/learner-conformance.js';
import { Job, KernelHost } from '../../kernels/kernel-host.js';
import type { Fitted, Parameters, Sample } from '../learner.js';
import { boostedTrees } from './boosted-trees.js';

describe('leafwise trees conform', () => {
  const options = { parameters: { rounds: 40, shape: 'leafwise' }, tolerance: 0.07 };
  for (const { name, run } of learnerConformance(boostedTrees, options)) if (!name.includes('multiclass')) it(name, run);
});

describe('boosted trees with a tree a class conform', () => {
  const options = { parameters: { rounds: 40, vectorLeaves: false }, tolerance: 0.07 };
  for (const { name, run } of learnerConformance(boostedTrees, options)) if (name.includes('multiclass')) it(name, run);
});

describe('boosted trees conform', () => {
  for (const { name, run } of learnerConformance(boostedTrees, { parameters: { rounds: 60 }, tolerance: 0.07 })) it(name, run);
});

/** Given in every fit, so that the defaults may change. */
const PLAIN: Parameters = {
  shape: 'leafwise',
  learningRate: 0.06,
  leaves: 31,
  maxDepth: 63,
  minRowsInLeaf: 20,
  minChildWeight: 1e-3,
  l1: 0,
  l2: 1,
  minSplitGain: 0,
  rowSample: 1,
  columnSample: 1,
};
const trained = async (kind: (typeof KINDS)[number], sample: Sample, parameters: Parameters, validation?: Sample): Promise<TreesModel> =>
  (await boostedTrees.fit(sample, validation, { ...PLAIN, ...parameters }, contextOf(kind))).model as TreesModel;

/** y depends on x alone, by a step at 0.5. */
function step(rows: number, low: number, high: number): Sample {
  const values = Float64Array.from({ length: rows }, (_, i) => (i + 0.5) / rows);
  return { table: new Table([{ kind: 'numeric', name: 'x', values }]), target: values.map((x) => (x < 0.5 ? low : high)) };
}

describe('leaf values', () => {
  it('are exact multiples of one unit: the trees may be added in any order', async () => {
    for (const kind of KINDS) {
      const sample = conformanceSample(boostedTrees, kind, 400, 9);
      const model = await trained(kind, sample, { rounds: 80, learningRate: 0.13 });
      const { outputs, start } = model.head;
      const each = model.head.vector ? 1 : outputs;
      const order = new Rng(4).shuffle(Uint32Array.from({ length: model.trees.roots.length / each }, (_, i) => i));
      const roots = new Int32Array(model.trees.roots.length);
      order.forEach((from, to) => {
        roots.set(model.trees.roots.subarray(from * each, (from + 1) * each), to * each);
      });
      const shuffled = new (model.constructor as typeof TreesModel)({ ...model.head, start }, { ...model.trees, roots });
      expect(shuffled.scores(sample.table)).toEqual(model.scores(sample.table));
    }
  });

  it('are Newton steps', async () => {
    // 60 rows a side, target ±1, mean 0: gradient ∓60, hessian 60
    const one = { rounds: 1, learningRate: 1, leaves: 2, l2: 3, l1: 6 };
    const model = await trained('regression', step(120, -1, 1), one);
    expect([...model.trees.leaf]).toEqual([expect.closeTo(-54 / 63, 6), expect.closeTo(54 / 63, 6)]);
    expect(model.trees.threshold[0]).toBe(0.5);
    expect([...model.trees.leafCover]).toEqual([60, 60]);
    // the loss (half squared error, penalties included) falls by what the split says
    expect(model.trees.gain[0]).toBeCloseTo((2 * 54 ** 2) / 63, 2);
  });

  it('of classes are Newton steps of the log loss', async () => {
    const model = await trained('binary', step(200, 0, 1), { rounds: 1, learningRate: 0.5, leaves: 2, l2: 0 });
    expect([...model.trees.leaf]).toEqual([expect.closeTo(-1, 6), expect.closeTo(1, 6)]);
    const both = await trained('multiclass', step(200, 0, 2), { rounds: 1, learningRate: 0.5, leaves: 2, l2: 0 });
    // p = ½ for the two present classes of four: gradient ±50, hessian 100 · 4⁄3 · ¼
    expect(both.head.vector).toBe(true);
    expect([...both.trees.leaf.filter((_, i) => i % 2 === 0)]).toEqual([0.75, -0.75, -0.75, 0.75].map((v) => expect.closeTo(v, 5)));
    const each = await trained('multiclass', step(200, 0, 2), { rounds: 1, learningRate: 0.5, leaves: 2, l2: 0, vectorLeaves: false });
    expect([...each.trees.leaf.subarray(0, 2)]).toEqual([expect.closeTo(0.75, 5), expect.closeTo(-0.75, 5)]);
  });

  it('are the quantile of the residuals for absolute and quantile loss, weights included', async () => {
    const rng = new Rng(5);
    const sample = step(400, 0, 100);
    const noisy = { ...sample, target: sample.target.map((y) => y + rng.float()) };
    const one = { rounds: 1, learningRate: 1, leaves: 2 };
    for (const [name, alpha] of [
      ['absolute', 0.5],
      ['quantile', 0.8],
      ['quantile', 0.1],
    ] as const) {
      const model = await trained('regression', noisy, { ...one, objective: name, alpha });
      const predicted = model.predict(noisy.table);
      const left = Math.round((model.trees.threshold[0] as number) * 400);
      expect(left).toBeGreaterThan(20);
      for (const [row, y] of [
        [0, noisy.target.slice(0, left).sort()],
        [399, noisy.target.slice(left).sort()],
      ] as const) {
        const at = alpha * (y.length - 1);
        const exact = (y[Math.floor(at)] as number) * (1 - (at % 1)) + (y[Math.ceil(at)] as number) * (at % 1);
        expect(predicted[row]).toBeCloseTo(exact, 6);
      }
    }
    // rows whose noise is above ½ weigh nothing: the median is that of the others
    const heavy = noisy.target.map((y) => (y % 1 > 0.5 ? 0 : 1));
    const [left] = (await trained('regression', { ...noisy, weights: heavy }, { ...one, objective: 'absolute' })).predict(noisy.table);
    expect(left).toBeCloseTo(0.25, 1);
  });
});

describe('objectives', () => {
  const rng = new Rng(12);
  const x = Float64Array.from({ length: 3000 }, () => rng.float());
  const table = new Table([{ kind: 'numeric', name: 'x', values: x }]);

  it('a quantile has its share of the answers below it', async () => {
    const target = x.map((v) => 10 * v + rng.float() * (1 + v));
    for (const alpha of [0.1, 0.5, 0.9]) {
      const predicted = (await trained('regression', { table, target }, { objective: 'quantile', alpha, rounds: 60, leaves: 8 })).predict(
        table,
      );
      expect(target.filter((y, i) => y <= (predicted[i] as number)).length / 3000).toBeCloseTo(alpha, 1);
    }
  });

  it('Poisson predicts positive means that add up', async () => {
    const target = x.map((v) => {
      let count = 0;
      for (let t = rng.float(); t > Math.exp(-3 * v); t *= rng.float()) count++;
      return count;
    });
    const predicted = (await trained('regression', { table, target }, { objective: 'poisson', rounds: 300, leaves: 8 })).predict(table);
    const sum = (a: Float64Array): number => a.reduce((s, v) => s + v, 0);
    expect(Math.min(...predicted)).toBeGreaterThan(0);
    expect(sum(predicted) / sum(target)).toBeCloseTo(1, 2);
    for (const [lo, hi] of [
      [0, 0.3],
      [0.7, 1],
    ] as const) {
      const inside = Array.from(x.keys()).filter((i) => (x[i] as number) >= lo && (x[i] as number) < hi);
      const mean = inside.reduce((s, i) => s + (predicted[i] as number), 0) / inside.length;
      expect(mean / (3 * ((lo + hi) / 2))).toBeCloseTo(1, 0.5);
    }
  });

  it('Huber and absolute loss withstand wild answers that pull the squared loss away', async () => {
    const target = x.map((v, i) => 10 * v + (i % 20 === 0 ? 5000 : 0));
    const off = async (objective: string): Promise<number> => {
      const predicted = (
        await trained('regression', { table, target }, { objective, alpha: 100, rounds: 300, leaves: 8, learningRate: 0.2 })
      ).predict(table);
      return x.reduce((s, v, i) => s + Math.abs((predicted[i] as number) - 10 * v), 0) / 3000;
    };
    expect(await off('squared')).toBeGreaterThan(100);
    expect(await off('absolute')).toBeLessThan(1);
    // one in twenty pulls with the full delta: 5 % of 100 against 95 % of what it moves
    expect(await off('huber')).toBeLessThan(10);
  });
});

describe('odd tables', () => {
  it.each(KINDS)('no columns, one row, two rows (%s)', async (kind) => {
    for (const rows of [1, 2, 5]) {
      const target = new Float64Array(rows).map((_, i) => i % 2);
      for (const columns of [[], [{ kind: 'numeric', name: 'x', values: new Float64Array(rows).map((_, i) => i) }]] as Column[][]) {
        const table = new Table(columns, rows);
        const model = await trained(kind, { table, target }, { rounds: 3, minRowsInLeaf: 1 });
        for (const p of model.predict(table)) expect(Number.isFinite(p)).toBe(true);
      }
    }
  });

  it('huge and tiny targets', async () => {
    for (const size of [1e-25, 1e-9, 1e9, 1e25]) {
      const { table, target } = step(200, -size, size);
      const predicted = (await trained('regression', { table, target }, { rounds: 60, learningRate: 0.3, l2: 0 })).predict(table);
      expect((predicted[0] as number) / size).toBeCloseTo(-1, 5);
      expect((predicted[199] as number) / size).toBeCloseTo(1, 5);
    }
  });

  it('infinite cells are numbers like others', async () => {
    const values = Float64Array.from({ length: 300 }, (_, i) => [Number.NEGATIVE_INFINITY, 0, Number.POSITIVE_INFINITY][i % 3] as number);
    const target = Float64Array.from({ length: 300 }, (_, i) => (i % 3) * 10);
    const table = new Table([{ kind: 'numeric', name: 'x', values }]);
    const predicted = (await trained('regression', { table, target }, { rounds: 60, learningRate: 0.3, l2: 0 })).predict(table);
    expect([...predicted.subarray(0, 3)].map((v) => Math.round(v))).toEqual([0, 10, 20]);
  });

  it('cells that are missing only when predicting follow the larger side', async () => {
    const values = Float64Array.from({ length: 300 }, (_, i) => i);
    const target = values.map((x) => (x < 100 ? 0 : 1));
    const model = await trained(
      'regression',
      { table: new Table([{ kind: 'numeric', name: 'x', values }]), target },
      { rounds: 40, leaves: 2 },
    );
    const [missing] = model.predict(new Table([{ kind: 'numeric', name: 'x', values: Float64Array.of(Number.NaN) }]));
    expect(missing).toBeGreaterThan(0.8);
  });
});

describe('work', () => {
  it('stops when the validation loss no longer falls, and keeps the best round', async () => {
    const rng = new Rng(3);
    const noise = (): Sample => ({
      table: new Table([{ kind: 'numeric', name: 'x', values: Float64Array.from({ length: 300 }, () => rng.float()) }]),
      target: Float64Array.from({ length: 300 }, () => rng.below(2)),
    });
    const { model, work } = await boostedTrees.fit(noise(), noise(), { patience: 20, learningRate: 0.3 }, contextOf('binary'));
    expect(work.rounds).toBeLessThan(40);
    expect((model as TreesModel).trees.roots.length).toBe(work.rounds);
  });

  it('validation scores are those of the model', async () => {
    for (const kind of KINDS) {
      const [train, valid] = [conformanceSample(boostedTrees, kind, 500, 1), conformanceSample(boostedTrees, kind, 300, 2)];
      const losses: number[] = [];
      const onProgress = (_: number, loss?: number): void => void losses.push(loss as number);
      const { model, work } = await boostedTrees.fit(train, valid, { rounds: 30, patience: 1000 }, { ...contextOf(kind), onProgress });
      const predicted = model.predict(valid.table);
      const k = predicted.length / valid.target.length;
      const terms = Array.from(valid.target, (y, i) =>
        kind === 'regression' ? 0.5 * ((predicted[i] as number) - y) ** 2 : -Math.log(predicted[i * k + y] as number),
      );
      const loss = terms.reduce((a, b) => a + b, 0) / terms.length;
      expect(Math.min(...losses) / loss).toBeCloseTo(1, 9);
      expect(work.rounds).toBeGreaterThan(5);
    }
  });

  it('gives back the memory of a host that it was lent, and the next fit is the same', async () => {
    const host = await KernelHost.create();
    const before = host.used;
    const sample = conformanceSample(boostedTrees, 'binary', 300, 1);
    const lent = async () => (await boostedTrees.fit(sample, sample, { rounds: 5 }, { ...contextOf('binary'), host })).model.encode();
    const first = await lent();
    expect(host.used).toBe(before);
    await boostedTrees.fit(
      conformanceSample(boostedTrees, 'regression', 700, 2),
      undefined,
      { rounds: 5 },
      { ...contextOf('regression'), host },
    );
    expect(await lent()).toEqual(first);
    expect((await boostedTrees.fit(sample, sample, { rounds: 5 }, contextOf('binary'))).model.encode()).toEqual(first);
  });

  it('goes on after a tree whose columns were of no use', async () => {
    const { table, target } = step(400, 0, 1);
    const wide = new Table([
      ...table.columns,
      ...['a', 'b', 'c'].map((name) => ({ kind: 'numeric' as const, name, values: new Float64Array(400) })),
    ]);
    const model = await trained('regression', { table: wide, target }, { rounds: 150, columnSample: 0.25, learningRate: 0.2 });
    const predicted = model.predict(wide);
    expect([predicted[0], predicted[399]]).toEqual([expect.closeTo(0, 1), expect.closeTo(1, 1)]);
  });

  it('stops when nothing is left to split', async () => {
    const table = new Table([{ kind: 'numeric', name: 'x', values: new Float64Array(400) }]);
    for (const rowSample of [1, 0.5]) {
      const { model } = await boostedTrees.fit(
        { table, target: step(400, 0, 1).target },
        undefined,
        { rounds: 5000, rowSample },
        contextOf('regression'),
      );
      expect((model as TreesModel).trees.roots.length).toBeLessThan(100);
    }
  });

  it('sees each tree only a share of the rows and columns', async () => {
    const sample = conformanceSample(boostedTrees, 'binary', 500, 1);
    const model = await trained('binary', sample, { rounds: 10, rowSample: 0.5, columnSample: 0.3 });
    const { roots, feature, cover } = model.trees;
    roots.forEach((root, t) => {
      const end = roots[t + 1] ?? feature.length;
      expect(new Set(feature.subarray(root, end)).size).toBeLessThanOrEqual(2);
      if (root >= 0) expect(cover[root]).toBe(250);
    });
  });
});

describe('stopping by the recalibrated loss', () => {
  /** Rows of now, or of later: there the answers have another level, and the columns say half as much of them. */
  function drifting(later: boolean, seed: number): Sample {
    const rng = new Rng(seed);
    const columns = Array.from({ length: 6 }, () => Float64Array.from({ length: 600 }, () => rng.float() - 0.5));
    const target = Float64Array.from({ length: 600 }, (_, i) => {
      const truth = columns.reduce((sum, x) => sum + 2 * (x[i] as number), 0);
      return rng.float() < 1 / (1 + Math.exp(later ? 1.5 - 0.5 * truth : -truth)) ? 1 : 0;
    });
    return { table: new Table(columns.map((values, k) => ({ kind: 'numeric', name: `x${k}`, values }))), target };
  }

  it('grows on where only the level of later rows is another one, and repeats its record', async () => {
    const [train, later] = [drifting(false, 1), drifting(true, 2)];
    const grown = (parameters: Parameters, limits?: Record<string, number>): Promise<Fitted> =>
      boostedTrees.fit(train, later, { kinds: 'plain', ...parameters }, contextOf('binary'), limits);
    const usual = await grown({});
    const patient = await grown({ stopBy: 'recalibrated' });
    expect(patient.work.rounds).toBeGreaterThan(2 * (usual.work.rounds ?? 0));
    const again = await grown({ stopBy: 'recalibrated' }, patient.work);
    expect((again.model as TreesModel).trees.leaf).toEqual((patient.model as TreesModel).trees.leaf);
  });

  it('changes nothing but for two classes', async () => {
    const train = conformanceSample(boostedTrees, 'regression', 300, 1);
    const held = conformanceSample(boostedTrees, 'regression', 200, 2);
    const rounds = async (stopBy: string): Promise<unknown> =>
      (await boostedTrees.fit(train, held, { kinds: 'plain', rounds: 60, stopBy }, contextOf('regression'))).work;
    expect(await rounds('recalibrated')).toEqual(await rounds('loss'));
  });
});

describe('an interrupt', () => {
  /** Fits while each job of the kind takes 50 ms, and a person interrupts at the first breath. @returns jobs that were run */
  async function interruptedBy(slow: number): Promise<{ jobs: number[]; cut: boolean }> {
    const host = await KernelHost.create();
    let time = 0;
    const jobs: number[] = [];
    const runJob = host.run.bind(host);
    host.run = (job, alone) => {
      jobs.push(job);
      if (job === slow) time += 50;
      runJob(job, alone);
    };
    const deadline: Deadline = new Deadline({ now: () => time, pause: async () => deadline.expire() }, Number.POSITIVE_INFINITY);
    const sample = conformanceSample(boostedTrees, 'regression', 20_000, 3);
    const parameters = { rounds: 1, leaves: 31, minRowsInLeaf: 5 };
    const { cut } = await boostedTrees.fit(sample, undefined, parameters, { ...contextOf('regression', 1, deadline), host });
    return { jobs, cut };
  }

  it('is heard in the middle of a tree', async () => {
    const { jobs, cut } = await interruptedBy(Job.search);
    expect(cut).toBe(true);
    expect(jobs.filter((job) => job === Job.search).length).toBeLessThan(10);
  });

  it('is heard before all rows are binned', async () => {
    const { jobs, cut } = await interruptedBy(Job.binColumns);
    expect(cut).toBe(true);
    expect(jobs).toEqual([Job.binColumns]);
  });
});
