import { describe, expect, it } from 'vitest';
import { ConstantModel } from '../../model/constant.js';
import { constantLearner } from '../learn/constant/constant-learner.js';
import type { Learner } from '../learn/learner.js';
import { linearLearner } from '../learn/linear/linear-learner.js';
import { learnerConformance } from './learner-conformance.js';

describe('the baseline conforms', () => {
  for (const { name, run } of learnerConformance(constantLearner, { learns: false })) it(name, run);
});
describe('the linear learner conforms', () => {
  for (const { name, run } of learnerConformance(linearLearner)) it(name, run);
});
describe('the elastic net conforms', () => {
  for (const { name, run } of learnerConformance(linearLearner, { parameters: { l1Ratio: 0.5 } })) it(name, run);
});

describe('a linear model with bends conforms', () => {
  for (const { name, run } of learnerConformance(linearLearner, { parameters: { hinges: 4 } })) it(name, run);
});

describe('the checks find a learner that does not conform', () => {
  let fits = 0;
  const careless: Learner = {
    id: 'careless',
    title: 'Careless',
    input: 'dense',
    parameters: { depth: { doc: '', default: 9, range: [0, 5] } },
    fit: async (train) => ({ model: new ConstantModel(Float64Array.of((train.target[0] as number) + fits++)), work: {}, cut: false }),
  };
  it('in nearly every check', async () => {
    const passed: string[] = [];
    for (const { name, run } of learnerConformance(careless))
      await run().then(
        () => passed.push(name),
        () => {},
      );
    expect(
      passed.filter(
        (name) =>
          !/does not change its input|writes and reads|alone as among|progress|few rows/.test(name) &&
          !/right shape \(regression\)/.test(name),
      ),
    ).toEqual([]);
  });
});
