import { expect, it } from 'vitest';
import { Deadline } from '../../../core/clock.js';
import { Rng } from '../../../core/rng.js';
import type { Task } from '../../../core/schema.js';
import { Table } from '../../../core/table.js';
import { constantLearner } from './constant-learner.js';

const answer = async (task: Partial<Task>, target: number[], weights?: number[], parameters = {}) => {
  const context = {
    task: { kind: 'regression', target: 'y', classes: [], reason: '', ...task } as Task,
    rng: new Rng(1),
    deadline: new Deadline({ now: () => 0, pause: async () => {} }, 1),
  };
  const sample = { table: new Table([], target.length), target: Float64Array.from(target), weights: weights && Float64Array.from(weights) };
  const { model } = await constantLearner.fit(sample, undefined, parameters, context);
  return [...model.predict(new Table([], 1))];
};

it('gives the weighted mean or median of a number', async () => {
  expect(await answer({}, [1, 2, 9])).toEqual([4]);
  expect(await answer({}, [1, 2, 9], [1, 0, 1])).toEqual([5]);
  expect(await answer({}, [1, 2, 9], undefined, { center: 'median' })).toEqual([2]);
  expect(await answer({}, [1, 2, 9], [1, 1, 5], { center: 'median' })).toEqual([9]);
});

it('gives the weighted share of each class', async () => {
  expect(await answer({ kind: 'binary', classes: ['a', 'b'] }, [0, 1, 1, 1])).toEqual([0.25, 0.75]);
  expect(await answer({ kind: 'multiclass', classes: ['a', 'b', 'c'] }, [0, 1, 1], [2, 1, 1])).toEqual([0.5, 0.5, 0]);
});
