import { describe, expect, it } from 'vitest';
import { example, FakeClock, proposed, stump } from '../../../test/fixtures/fake-run.js';
import { Deadline } from '../../core/clock.js';
import { MillwrightError } from '../../core/errors.js';
import { catalogOf } from '../catalog.js';
import type { Fitted, Learner } from '../learn/learner.js';
import { buildSpace } from '../search/search-space.js';
import type { TriedPoint } from './tried-point.js';
import { TUNE_METHODS, type TuneInput, type TuneMethod, type TuneResult, tune } from './tune.js';

const clock = new FakeClock(0.001);
/** Rows of the training sides that were fitted. */
let fitted: number[] = [];

/** Best where the strength is large and the column is the one that tells something. */
const learner: Learner = {
  id: 'stump',
  title: 'Stump',
  input: 'trees',
  parameters: {
    strength: { doc: '', default: 1, range: [1, 12], integer: true, search: { range: [1, 12] } },
    column: { doc: '', default: 'noise', choices: ['noise', 'x', 'none'], search: { choices: ['noise', 'x', 'none'] } },
    shade: { doc: '', default: 0.5, range: [0, 1], search: { range: [0, 1], when: { parameter: 'column', values: ['x'] } } },
  },
  async fit(train, _validation, parameters, context): Promise<Fitted> {
    if (parameters.column === 'none') throw new MillwrightError('OPTION_INVALID', 'There is no such column.');
    clock.time += 10;
    fitted.push(train.target.length);
    await context.deadline.breathe();
    const model = stump(train, context.task, Number(parameters.strength ?? 1), String(parameters.column ?? 'noise'));
    return { model, work: {}, cut: false };
  },
};

const { table, schema, task } = example('regression', 900);
const plan = { ...proposed({ schema, task, rows: 900 }), seed: 4 };

function search(method: TuneMethod, more: Partial<TuneInput> = {}): Promise<TuneResult> {
  fitted = [];
  return tune({
    table,
    schema,
    task,
    plan,
    catalog: catalogOf([learner]),
    learner,
    space: buildSpace(learner),
    method,
    deadline: new Deadline(clock, Number.POSITIVE_INFINITY),
    ...more,
  });
}

const untimed = (trials: readonly TriedPoint[]) => trials.map(({ seconds: _, ...rest }) => rest);

describe.each(TUNE_METHODS)('%s search', (method) => {
  it('finds parameters better than the defaults, and the same again', async () => {
    const found = await search(method, { trials: 60 });
    expect(found.trials[0]?.parameters.strength).toBeUndefined();
    expect(found.best.parameters.column).toBe('x');
    expect(Number(found.best.parameters.strength)).toBeGreaterThan(3);
    expect(found.best.score).toBeLessThan(found.defaults.score);
    expect(found.best.share).toBe(1);
    // a parameter exists where its condition holds, and there alone
    for (const { trial, parameters } of found.trials) if (trial > 0) expect('shade' in parameters).toBe(parameters.column === 'x');
    expect(untimed((await search(method, { trials: 60 })).trials)).toEqual(untimed(found.trials));
  });

  it('goes on from a record as if it had never ended, without doing that part again', async () => {
    const whole = await search(method, { trials: 40 });
    const fits = fitted.length;
    const recorded = whole.trials.slice(0, 18);
    const rest = await search(method, { trials: 40, recorded });
    expect(untimed(rest.trials)).toEqual(untimed(whole.trials));
    expect(fitted.length).toBeLessThan(fits);
    expect(rest.best.score).toBe(whole.best.score);
  });

  it('keeps the best so far when a person interrupts it', async () => {
    const deadline = new Deadline(clock, Number.POSITIVE_INFINITY);
    const seen: number[] = [];
    const found = await search(method, {
      deadline,
      points: 9,
      onTrial: (trials) => {
        seen.push(trials.length);
        if (trials.length === 25) deadline.expire();
      },
    });
    expect(found.ended).toBe('interrupt');
    expect(seen.at(-1)).toBe(25);
    expect(found.trials).toHaveLength(25);
    const whole = found.trials.filter((t) => t.status === 'complete' && t.share === 1);
    expect(found.best.score).toBe(Math.min(...whole.map((t) => t.score)));
  });

  it('ends by the clock, with the defaults at least', async () => {
    const found = await search(method, { deadline: new Deadline(clock, 300) });
    expect(found.ended).toBe('budget');
    expect(found.best.score).toBeLessThanOrEqual(found.defaults.score);
  });
});

it('a grid tries every point once, the refused ones too, and ends', async () => {
  const found = await search('grid', { points: 4 });
  expect(found.ended).toBe('space');
  // four strengths by: one plain column, one with four shades, one that is refused; one of the points is the defaults
  expect(found.trials).toHaveLength(4 * (1 + 4 + 1));
  expect(found.trials.filter((t) => t.status === 'failed')).toHaveLength(4);
  expect(new Set(found.trials.slice(1).map((t) => JSON.stringify(t.parameters))).size).toBe(23);
});

it.each(['halving', 'hyperband', 'asha'] as const)('%s gives most points few rows and the best of them all', async (method) => {
  const found = await search(method, { trials: 40 });
  const count = (share: (s: number) => boolean) => found.trials.slice(1).filter((t) => share(t.share)).length;
  expect(count((s) => s < 1)).toBeGreaterThan(count((s) => s === 1));
  expect(Math.min(...fitted)).toBeLessThan(Math.max(...fitted) / 2);
  expect(found.best.parameters.column).toBe('x');
});

it('without time for one fold of the defaults it says so', async () => {
  await expect(search('random', { deadline: new Deadline(clock, 0) })).rejects.toMatchObject({ code: 'BUDGET_TOO_SMALL' });
});

it('a record of another search is refused', async () => {
  const { trials } = await search('random', { trials: 5 });
  await expect(search('bayesian', { trials: 5, recorded: [...trials].reverse() })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
});
