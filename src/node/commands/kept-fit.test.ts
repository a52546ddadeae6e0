import { expect, test } from 'vitest';
import type { FitOutcome } from '../../engine/automl/fit-team.js';
import type { NamedJob } from '../../engine/automl/kept-work.js';
import { ConstantModel } from '../../model/constant.js';
import { decodeKeptFit, encodeKeptFit, jobName } from './kept-fit.js';

const outcome: FitOutcome = {
  model: new ConstantModel(Float64Array.of(0.25, 0.75)),
  recipe: [],
  work: { rounds: 3, score: Number.NaN },
  cut: false,
  predicted: Float64Array.of(0.1, 0.9, Number.NaN, -0),
  trainRows: 7,
  columns: 2,
  milliseconds: { prepare: 0, fit: 1.5, predict: 0.25 },
};

test('a fit comes back as it was', () => {
  const { outcome: back, spent } = decodeKeptFit(encodeKeptFit(outcome, 1234.5));
  expect(spent).toBe(1234.5);
  const { model, ...rest } = back as FitOutcome;
  const { model: _, ...expected } = outcome;
  expect(rest).toEqual(expected);
  expect(model.encode()).toEqual(outcome.model.encode());
  expect(decodeKeptFit(encodeKeptFit('memory', 1)).outcome).toBe('memory');
});

test('what is cut short or changed anywhere is refused', () => {
  const bytes = encodeKeptFit(outcome, 1);
  for (const end of [0, 10, bytes.length >> 1, bytes.length - 1])
    expect(() => decodeKeptFit(bytes.slice(0, end))).toThrowError(expect.objectContaining({ code: 'BUNDLE_UNREADABLE' }));
  for (let i = 0; i < bytes.length; i++) {
    const changed = bytes.slice();
    changed[i] = (changed[i] as number) ^ 1;
    expect(() => decodeKeptFit(changed)).toThrowError(expect.objectContaining({ code: 'BUNDLE_UNREADABLE' }));
  }
});

test('the name of a job hangs on everything that decides it', () => {
  const job: NamedJob = {
    place: 'linear/fold1',
    division: 'fold1/3',
    train: Uint32Array.of(1, 2, 3),
    validation: Uint32Array.of(4),
    learner: 'linear',
    parameters: { l2: 1 },
  };
  const others: NamedJob[] = [
    { ...job, place: 'linear/fold2' },
    { ...job, train: Uint32Array.of(1, 2, 5) },
    { ...job, train: Uint32Array.of(1, 2), validation: Uint32Array.of(3, 4) },
    { ...job, parameters: { l2: 2 } },
    { ...job, limits: { rounds: 3 } },
  ];
  expect(new Set([job, ...others].map(jobName)).size).toBe(6);
  expect(jobName({ ...job, train: Uint32Array.of(1, 2, 3) })).toBe(jobName(job));
});
