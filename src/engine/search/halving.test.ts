import { expect, test } from 'vitest';
import { Rng } from '../../core/rng.js';
import { numberDimension } from '../checks/search-functions.js';
import { asynchronousHalving, hyperband, type Job, type Scheduler, successiveHalving } from './halving.js';
import { randomSearch } from './plain-searchers.js';
import type { Space } from './search-space.js';

const space: Space = { dimensions: [numberDimension('x', 0, 1)], fixed: {} };
const search = (seed = 1) => randomSearch(space, new Rng(seed));
const lossOf = (job: Job): number => Math.abs((job.parameters.x as number) - 0.5);

function work(scheduler: Scheduler, most: number): Job[] {
  const done: Job[] = [];
  while (done.length < most) {
    const job = scheduler.ask();
    if (job === undefined) break;
    if (job === 'wait') throw new Error('nothing is out, but it waits');
    done.push(job);
    scheduler.tell(job, lossOf(job));
  }
  return done;
}

const counts = (jobs: readonly Job[]): [number, number][] => {
  const found = new Map<number, number>();
  for (const job of jobs) {
    const share = Math.round(1 / job.share);
    found.set(share, (found.get(share) ?? 0) + 1);
  }
  return [...found];
};

test('a bracket: 27 points with 1/27, 9 with 1/9, 3 with 1/3, one with all, always the best', () => {
  const jobs = work(successiveHalving(search(), 27, 3), 100);
  expect(counts(jobs)).toEqual([
    [27, 27],
    [9, 9],
    [3, 3],
    [1, 1],
  ]);
  const first = jobs.slice(0, 27);
  const best = [...first].sort((a, b) => lossOf(a) - lossOf(b)).slice(0, 9);
  expect(new Set(jobs.slice(27, 36).map((j) => j.trial))).toEqual(new Set(best.map((j) => j.trial)));
  expect(jobs.at(-1)?.trial).toBe(best[0]?.trial);
});

test('a rung waits for what is out', () => {
  const scheduler = successiveHalving(search(), 3, 1);
  const out = [scheduler.ask(), scheduler.ask(), scheduler.ask()] as Job[];
  expect(scheduler.ask()).toBe('wait');
  for (const job of out) scheduler.tell(job, lossOf(job));
  expect(scheduler.ask()).toMatchObject({ share: 1 });
});

test('hyperband: brackets as in the paper, over and over, equal seeds alike', () => {
  const jobs = work(hyperband(search(), { eta: 3, least: 1 / 9 }), 22 + 22);
  // s = 2: 9·1/9, 3·1/3, 1·1; s = 1: 5·1/3, 1·1; s = 0: 3·1
  expect(jobs.slice(0, 22).map((j) => Math.round(1 / j.share))).toEqual([
    ...Array(9).fill(9),
    3,
    3,
    3,
    1,
    ...Array(5).fill(3),
    1,
    ...Array(3).fill(1),
  ]);
  expect(jobs.slice(22).map((j) => Math.round(1 / j.share))).toEqual(jobs.slice(0, 22).map((j) => Math.round(1 / j.share)));
  expect(work(hyperband(search()), 30)).toEqual(work(hyperband(search()), 30));
});

test('hyperband ends when the searcher does', () => {
  const few: Space = { dimensions: [numberDimension('x', 1, 3, { integer: true })], fixed: {} };
  const jobs = work(hyperband(randomSearch(few, new Rng(1))), 1000);
  expect(new Set(jobs.map((j) => j.parameters.x)).size).toBe(3);
  expect(jobs.length).toBeLessThan(10);
});

test('asynchronous halving: nothing waits, and only the best third of a rung goes on', () => {
  const jobs = work(asynchronousHalving(search(), { eta: 3, least: 1 / 9 }), 60);
  const at = (share: number) => jobs.filter((j) => Math.round(1 / j.share) === share);
  expect(at(3).length).toBe(Math.floor(at(9).length / 3));
  expect(at(1).length).toBe(Math.floor(at(3).length / 3));
  const ids = at(3).map((j) => j.trial);
  expect(new Set(ids).size).toBe(ids.length);
  const mean = (list: readonly Job[]) => list.reduce((sum, j) => sum + lossOf(j), 0) / list.length;
  expect(mean(at(3))).toBeLessThan(mean(at(9)));
  expect(mean(at(1))).toBeLessThan(mean(at(3)));
});

test('failed jobs go no further', () => {
  const scheduler = successiveHalving(search(), 9, 1);
  const jobs: Job[] = [];
  for (let job = scheduler.ask(); job && job !== 'wait'; job = scheduler.ask()) {
    jobs.push(job);
    scheduler.tell(job, job.trial < 5 ? Number.NaN : lossOf(job));
  }
  expect(jobs.filter((j) => j.share === 1).every((j) => j.trial >= 5)).toBe(true);
});
