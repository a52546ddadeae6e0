import { expect, test } from 'vitest';
import { Rng } from '../../core/rng.js';
import { conditional, mixed } from '../checks/search-functions.js';
import type { ParameterSpec, SearchSpace } from '../learn/learner.js';
import { buildSpace, type ParameterValue, type Space } from './search-space.js';
import { parseSpace, spaceFromData } from './space-overrides.js';
import { countPoints, decodePoint, encodePoint, gridPoints, isActive, neighbours, pointKey, samplePoint } from './space-points.js';

const specs: Record<string, ParameterSpec> = {
  booster: { doc: '', default: 'plain', choices: ['plain', 'dart'], search: {} },
  dropRate: { doc: '', default: 0.1, range: [0, 1], search: { range: [0.05, 0.5], when: { parameter: 'booster', values: ['dart'] } } },
  learningRate: { doc: '', default: 0.05, range: [1e-4, 1], log: true, search: { range: [0.01, 0.3], log: true } },
  leaves: { doc: '', default: 31, range: [2, 4096], integer: true, search: { range: [4, 256], log: true } },
  path: { doc: '', default: true },
  l2: { doc: '', default: 1, range: [0, 1e6] },
};
const learner = { id: 'made', parameters: specs };
const names = (space: Space) => space.dimensions.map((d) => d.name);
const build = (text: string, only = false) => buildSpace(learner, parseSpace(text), { only });

test('a space is what the parameters declare, parents first', () => {
  const space = buildSpace(learner);
  expect(names(space)).toEqual(['booster', 'dropRate', 'learningRate', 'leaves']);
  expect(space.dimensions[3]).toMatchObject({ kind: 'number', low: 4, high: 256, log: true, integer: true });
  expect(space.dimensions[1]?.when).toEqual({ parameter: 'booster', values: ['dart'] });
});

test('overrides narrow, add, keep and leave out', () => {
  expect(names(build('l2=0..10,learningRate=0.1'))).toEqual(['booster', 'dropRate', 'leaves', 'l2']);
  expect(build('learningRate=0.1').fixed).toEqual({ learningRate: 0.1 });
  expect(names(build('leaves=7|15', true))).toEqual(['leaves']);
  expect(build('leaves=7|15', true).dimensions[0]).toMatchObject({ kind: 'choice', choices: [7, 15] });
  expect(build('path=true|false', true).dimensions[0]).toMatchObject({ choices: [true, false] });
  expect(build('leaves=9..9,l2=0..1', true)).toMatchObject({ fixed: { leaves: 9 }, dimensions: [{ name: 'l2' }] });
});

test('a condition on what is kept is decided beforehand', () => {
  expect(names(build('booster=plain'))).not.toContain('dropRate');
  const dart = build('booster=dart');
  expect(dart.dimensions.find((d) => d.name === 'dropRate')?.when).toBeUndefined();
  expect(dart.fixed).toEqual({ booster: 'dart' });
});

test.each([
  ['leavs=3', /no parameter "leavs".*/, /Did you mean "leaves"/],
  ['leaves=1..9', /"leaves" of "made" is 1/, /--space/],
  ['leaves=2.5..9', /whole number/, /--space/],
  ['leaves=9..4', /down to 4/, /./],
  ['l2=0..10:log', /no logarithm/, /./],
  ['booster=1..2', /no plain number/, /./],
  ['booster=plain|dirt', /"dirt"/, /./],
  ['leaves', /cannot be understood/, /learningRate=0.01..0.3:log/],
  ['leaves=a..b', /cannot be understood/, /./],
  ['leaves=3||4', /cannot be understood/, /./],
])('--space %s is refused', (text, message, hint) => {
  let failure: unknown;
  try {
    build(text);
  } catch (error) {
    failure = error;
  }
  expect(failure).toMatchObject({ code: 'OPTION_INVALID', message: expect.stringMatching(message), hint: expect.stringMatching(hint) });
});

test('nothing to search is said', () => {
  expect(() => build('leaves=31', true)).toThrow('nothing to search');
});

test('a file says the same as the command line', () => {
  const data = { learningRate: { range: [0.01, 0.3], log: true }, leaves: [7, 15], l2: 3, booster: { choices: ['plain', 'dart'] } };
  expect(buildSpace(learner, spaceFromData(data))).toEqual(build('learningRate=0.01..0.3:log,leaves=7|15,l2=3,booster=plain|dart'));
  for (const wrong of [null, [], { a: { range: [1] } }, { a: { steps: 3 } }, { a: [] }, { a: { range: [1, 2], log: 'yes' } }])
    expect(() => spaceFromData(wrong)).toThrow('The search space is wrong');
});

test('a name such as __proto__ is no parameter', () => {
  expect(() => buildSpace(learner, new Map<string, SearchSpace | ParameterValue>([['__proto__', 1]]))).toThrow('no parameter');
});

test('samples lie in the space, have exactly the dimensions that exist, and survive encoding', () => {
  for (const { space } of [conditional, mixed]) {
    const rng = new Rng(3);
    for (let i = 0; i < 300; i++) {
      const p = samplePoint(space, rng);
      expect(Object.keys(p).sort()).toEqual(
        space.dimensions
          .filter((d) => isActive(d, p))
          .map((d) => d.name)
          .sort(),
      );
      for (const d of space.dimensions)
        if (d.kind === 'number' && d.name in p) {
          expect(p[d.name]).toBeGreaterThanOrEqual(d.low);
          expect(p[d.name]).toBeLessThanOrEqual(d.high);
          if (d.integer) expect(Number.isInteger(p[d.name])).toBe(true);
        }
      const unit = encodePoint(space, p);
      expect(unit.every((u) => Number.isNaN(u) || (u >= 0 && u <= 1))).toBe(true);
      const back = decodePoint(space, unit);
      for (const [name, value] of Object.entries(p))
        if (typeof value === 'number') expect(back[name]).toBeCloseTo(value, 3);
        else expect(back[name]).toBe(value);
    }
  }
});

test('whole numbers of a logarithmic range are drawn down to its ends', () => {
  const space = build('leaves=2..5:log', true);
  const rng = new Rng(1);
  const drawn = new Set(Array.from({ length: 200 }, () => samplePoint(space, rng).leaves));
  expect([...drawn].sort()).toEqual([2, 3, 4, 5]);
});

test('a grid has both ends, all choices, and multiplies no dimension that does not exist', () => {
  const space = build('learningRate=0.01..1:log,leaves=4..6');
  const points = [...gridPoints(space, 3)];
  expect(points).toHaveLength(3 * 3 + 3 * 3 * 3);
  expect(new Set(points.map((p) => pointKey(space, p))).size).toBe(points.length);
  expect([...new Set(points.map((p) => p.learningRate))]).toEqual([0.01, 0.1, 1]);
  expect(points.filter((p) => p.booster === 'plain').every((p) => !('dropRate' in p))).toBe(true);
});

test('points are counted', () => {
  expect(countPoints(build('leaves=4..6,path=true|false', true))).toBe(6);
  expect(countPoints(build('l2=4..6', true))).toBe(Number.POSITIVE_INFINITY);
  expect(countPoints(build('leaves=2..4096', true))).toBe(4095);
});

test('neighbours are one step away, and keep to the space', () => {
  const space = build('booster=plain|dart,leaves=4..8,dropRate=0.1..0.4', true);
  const around = neighbours(space, { booster: 'plain', leaves: 4 });
  expect(around).toContainEqual({ booster: 'plain', leaves: 5 });
  expect(around).toContainEqual({ booster: 'dart', leaves: 4, dropRate: 0.1 });
  expect(around).toHaveLength(2);
});
