import { expect, it } from 'vitest';
import type { FitJob, NoFit } from '../../engine/automl/fit-team.js';
import { guardedTeam, type RenewableTeam } from './guarded-team.js';

const job = (place: string, learner = 'linear'): FitJob => ({
  ...{ place, division: 'd', train: new Uint32Array(1), validation: new Uint32Array(1), learner, parameters: {} },
  milliseconds: Number.POSITIVE_INFINITY,
});

/** Fits take so many bytes while they last; what they leave stays until a worker is renewed. */
function world(bytes: number, left: number) {
  const state = { taken: 0, most: 0, together: 0, mostTogether: 0, renewed: 0 };
  const team: RenewableTeam = {
    size: 2,
    stop: () => {},
    close: async () => {},
    renew: async () => {
      state.renewed++;
      state.taken = 0;
    },
    fit: async () => {
      state.taken += bytes;
      state.most = Math.max(state.most, state.taken);
      state.mostTogether = Math.max(state.mostTogether, ++state.together);
      await new Promise((resolve) => setTimeout(resolve, 5));
      state.together--;
      state.taken -= bytes - left;
      return 'columns' as NoFit;
    },
  };
  return { state, team };
}

it('with room fits go side by side', async () => {
  const { state, team } = world(10, 0);
  const guarded = guardedTeam(team, 1000, () => state.taken);
  await Promise.all([guarded.fit(0, job('a')), guarded.fit(1, job('b'))]);
  expect(state.mostTogether).toBe(2);
  expect(state.renewed).toBe(0);
});

it('without room they wait for each other, and workers that keep too much begin anew', async () => {
  const { state, team } = world(85, 85);
  const declined: string[] = [];
  const guarded = guardedTeam(
    team,
    100,
    () => state.taken,
    (place) => declined.push(place),
  );
  const outcomes = await Promise.all([guarded.fit(0, job('a')), guarded.fit(1, job('b')), guarded.fit(0, job('c'))]);
  expect(outcomes).toEqual(['columns', 'columns', 'columns']);
  expect(state.mostTogether).toBe(1);
  expect(state.most).toBeLessThanOrEqual(100);
  expect(state.renewed).toBeGreaterThan(0);
  expect(declined).toEqual([]);
});

it('where nothing helps a fit is declined, but never the baseline', async () => {
  const { team } = world(1, 0);
  const declined: string[] = [];
  const guarded = guardedTeam(
    team,
    100,
    () => 99,
    (place) => declined.push(place),
  );
  expect(await guarded.fit(0, job('linear/fold1'))).toBe('memory');
  expect(await guarded.fit(0, job('baseline/fold1', 'baseline'))).toBe('columns');
  expect(declined).toEqual(['linear/fold1']);
});
