import { existsSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { Deadline } from '../../core/clock.js';
import { Rng } from '../../core/rng.js';
import type { TaskKind } from '../../core/schema.js';
import { type Column, Table } from '../../core/table.js';
import { contextOf } from '../../engine/checks/conformance-data.js';
import { Job, KernelHost } from '../../engine/kernels/kernel-host.js';
import { extraTrees, randomForest } from '../../engine/learn/forest/forest-learner.js';
import type { Learner, Parameters, Sample } from '../../engine/learn/learner.js';
import { boostedTrees } from '../../engine/learn/trees/boosted-trees.js';

// Threads load the built worker (`npm run build`); everything else runs from the source.
const built = new URL('../../../dist/node/pool/worker-team.js', import.meta.url);
if (!existsSync(built)) throw new Error('The kernel worker is not built: run `npm run build` first.');
const { workerTeam } = (await import(/* @vite-ignore */ built.href)) as typeof import('./worker-team.js');

const open: KernelHost[] = [];
async function hostOf(threads: number): Promise<KernelHost> {
  const host = await KernelHost.create(threads > 0 ? workerTeam(threads) : undefined);
  open.push(host);
  return host;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((host) => host.close()));
});

function sampleOf(kind: TaskKind, rows: number, columns: number, seed: number): Required<Sample> {
  const rng = new Rng(seed);
  const made = Array.from({ length: columns }, (_, c): Column => {
    const name = `c${c}`;
    if (c % 10 === 7) {
      const levels = Array.from({ length: c % 20 === 7 ? 3 : 90 }, (_, i) => `l${i}`);
      return { kind: 'category', name, levels, codes: Int32Array.from({ length: rows }, () => rng.below(levels.length + 1) - 1) };
    }
    return {
      kind: 'numeric',
      name,
      values: Float64Array.from({ length: rows }, () => (c % 5 === 2 && rng.below(6) === 0 ? Number.NaN : rng.below(5000))),
    };
  });
  const [a, b, d] = [0, 1, 7].map((c) => made[Math.min(c, columns - 1)] as Column);
  const at = (column: Column | undefined, i: number): number =>
    column?.kind === 'numeric' ? (column.values[i] as number) / 5000 : column ? (column.codes[i] as number) % 3 : 0;
  const classes = kind === 'binary' ? 2 : 4;
  const target = Float64Array.from({ length: rows }, (_, i) => {
    const z = at(a, i) * (1 + at(b, i)) + 0.3 * at(d, i) + 0.4 * rng.float();
    return kind === 'regression' ? z : Math.min(classes - 1, Math.max(0, Math.floor((z * classes) / 2)));
  });
  return { table: new Table(made), target, weights: Float64Array.from({ length: rows }, () => rng.below(4)) };
}

async function fitOn(
  host: KernelHost | undefined,
  kind: TaskKind,
  train: Sample,
  valid: Sample | undefined,
  parameters: Parameters,
  learner: Learner = boostedTrees,
) {
  const context = { ...contextOf(kind, 7), host };
  return (await learner.fit(train, valid, parameters, context)).model.encode();
}

const sampling = { rowSample: 0.8, columnSample: 0.7 };
const cases: [string, TaskKind, number, number, boolean, Parameters, Learner?][] = [
  ['binary, 40 000 rows × 30 columns', 'binary', 40_000, 30, false, { rounds: 6 }],
  ['binary, two blocks of columns, samples of rows and columns, weights', 'binary', 40_000, 72, true, { rounds: 4, ...sampling }],
  ['four classes, weights', 'multiclass', 40_000, 30, true, { rounds: 3 }],
  ['four classes, a tree a class', 'multiclass', 40_000, 30, false, { rounds: 2, vectorLeaves: false }],
  ['symmetric trees', 'binary', 40_000, 30, true, { rounds: 4, ...sampling, shape: 'symmetric' }],
  ['linear leaves', 'regression', 40_000, 30, true, { rounds: 4, ...sampling, linearLeaves: true }],
  ['four blocks of columns', 'regression', 12_000, 200, false, { rounds: 2 }],
  ['regression, samples of rows and columns', 'regression', 45_000, 30, false, { rounds: 5, ...sampling, leaves: 63 }],
  ['drawn thresholds, columns drawn by leaf', 'binary', 40_000, 30, true, { rounds: 4, extraTrees: true, columnSampleByNode: 0.5 }],
  ['directions and groups', 'regression', 40_000, 8, false, { rounds: 4, monotone: 'c0:1', interactions: 'c0+c1+c7' }],
  ['random forest', 'multiclass', 9000, 12, true, { trees: 7 }, randomForest],
  ['extra trees', 'binary', 9000, 12, true, { trees: 7 }, extraTrees],
  ['absolute loss', 'regression', 40_000, 8, true, { rounds: 4, objective: 'absolute' }],
];

it.each(cases)('%s: any number of threads gives the same model', async (what, kind, rows, columns, weighted, parameters, learner) => {
  const all = sampleOf(kind, rows, columns, columns);
  const train = { table: all.table, target: all.target, ...(weighted && { weights: all.weights }) };
  const some = Uint32Array.from({ length: Math.min(17_000, rows) }, (_, i) => i);
  const valid = { table: all.table.take(some), target: all.target.slice(0, some.length) };
  const alone = await fitOn(undefined, kind, train, valid, parameters, learner);
  expect((alone.blobs.leaf as Float64Array).length).toBeGreaterThan(30);
  // each way of sharing work on two or on three threads; the first on all
  const place = cases.findIndex(([name]) => name === what);
  for (const threads of place === 0 ? [1, 2, 3] : [2 + (place % 2)])
    expect(await fitOn(await hostOf(threads), kind, train, valid, parameters, learner)).toEqual(alone);
});

it('dozens of short fits on one team are the same as alone', async () => {
  // just large enough that most jobs are shared, so that the barrier is passed thousands of times
  const sample = sampleOf('binary', 6000, 40, 3);
  const parameters = { rounds: 1, leaves: 12, rowSample: 1, columnSample: 1 };
  const alone = await fitOn(undefined, 'binary', sample, undefined, parameters);
  for (const threads of [2, 3]) {
    const host = await hostOf(threads);
    for (let i = 0; i < 40; i++) expect(await fitOn(host, 'binary', sample, undefined, parameters)).toEqual(alone);
  }
});

it('a job is done once by all threads together: no task is lost or repeated', async () => {
  const host = await hostOf(3);
  const rows = 40_960;
  const scores = host.allocate(rows * 8);
  const leaves = host.allocate(16 * 500);
  const ids = host.allocate(rows * 4);
  host.f64(scores, rows).fill(0);
  host.u32(ids, rows).forEach((_, i, all) => {
    all[i] = i;
  });
  const count = 410;
  for (let leaf = 0; leaf < count; leaf++) {
    host.f64(leaves + leaf * 16, 1)[0] = leaf + 1;
    host.u32(leaves + leaf * 16 + 8, 2).set([leaf * 100, Math.min(100, rows - leaf * 100)]);
  }
  const jobs = 3000;
  for (let job = 0; job < jobs; job++) {
    host.int(0, count);
    host.int(1, leaves);
    host.int(2, scores);
    host.int(3, ids);
    host.run(Job.addLeaves);
  }
  const wrong = Array.from(host.f64(scores, rows).keys()).filter((i) => host.f64(scores, rows)[i] !== jobs * (Math.floor(i / 100) + 1));
  expect(wrong.length).toBe(0);
});

it('memory that grows while threads wait is theirs too', async () => {
  const host = await hostOf(2);
  const small = sampleOf('regression', 6000, 10, 4);
  const large = sampleOf('regression', 60_000, 30, 5);
  for (const sample of [small, large, small]) {
    const parameters = { rounds: 2 };
    expect(await fitOn(host, 'regression', sample, undefined, parameters)).toEqual(
      await fitOn(undefined, 'regression', sample, undefined, parameters),
    );
  }
});

it('threads sleep and wake again', async () => {
  const host = await hostOf(2);
  const sample = sampleOf('binary', 6000, 10, 6);
  const first = await fitOn(host, 'binary', sample, undefined, { rounds: 1 });
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(await fitOn(host, 'binary', sample, undefined, { rounds: 1 })).toEqual(first);
});

it('an interrupt in the middle of a tree leaves the team fit for more', async () => {
  const host = await hostOf(2);
  const sample = sampleOf('binary', 20_000, 12, 8);
  const deadline = new Deadline({ now: () => 0, pause: async () => {} }, Number.POSITIVE_INFINITY);
  let looks = 0;
  deadline.expired = () => ++looks > 40;
  const cut = await boostedTrees.fit(sample, undefined, {}, { ...contextOf('binary', 7, deadline), host });
  expect(cut.cut).toBe(true);
  const parameters = { rounds: 2 };
  expect(await fitOn(host, 'binary', sample, undefined, parameters)).toEqual(
    await fitOn(undefined, 'binary', sample, undefined, parameters),
  );
});

it('a team whose threads died is not waited for', async () => {
  const team = workerTeam(2);
  const host = await KernelHost.create(team);
  open.push(host);
  await team.close();
  expect(() => host.run(Job.addLeaves)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
});

it('may be closed twice, and started again', async () => {
  const team = workerTeam(3);
  const sample = sampleOf('binary', 6000, 10, 9);
  const models = [];
  for (let i = 0; i < 2; i++) {
    const host = await KernelHost.create(team);
    models.push(await fitOn(host, 'binary', sample, undefined, { rounds: 2 }));
    await host.close();
    await host.close();
  }
  expect(models[1]).toEqual(models[0]);
});
