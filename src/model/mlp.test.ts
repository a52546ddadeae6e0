import { expect, it } from 'vitest';
import { Table } from '../core/table.js';
import { MlpModel } from './mlp.js';

const model = new MlpModel(
  { inputs: ['a', '__proto__'], widths: [2, 1], activation: 'mish', scale: [10, 2, 0, 12] },
  {
    centre: Float64Array.of(1, 0),
    factor: Float64Array.of(2, 1),
    weights: Float32Array.of(1, -0.5, 0.25, 2, 1, -1),
    biases: Float32Array.of(0.5, 0, 0.125),
  },
);
const table = (a: number[], b: number[]): Table =>
  new Table([
    { kind: 'numeric', name: 'a', values: Float64Array.from(a) },
    { kind: 'numeric', name: '__proto__', values: Float64Array.from(b) },
  ]);

it('predicts what the formula says, within the range', () => {
  const clip = (x: number): number => x / Math.sqrt(1 + (x / 3) ** 2);
  const mish = (x: number): number => x * Math.tanh(Math.log1p(Math.exp(x)));
  const by = (a: number, b: number): number => {
    const [x, y] = [clip((a - 1) * 2), clip(b)];
    const score = mish(x + 0.25 * y + 0.5) - mish(-0.5 * x + 2 * y) + 0.125;
    return Math.min(12, Math.max(0, 10 + 2 * score));
  };
  const predicted = model.predict(table([0, 1.5, Number.NaN, 9], [1, 0, -2, -9]));
  [by(0, 1), by(1.5, 0), by(0, -2), by(9, -9)].forEach((wanted, i) => {
    expect(predicted[i]).toBeCloseTo(wanted, 5);
  });
  expect(predicted[3]).toBe(12);
});

it('refuses bundles that do not fit together', () => {
  const { head, blobs } = model.encode();
  const good = JSON.parse(JSON.stringify(head)) as Record<string, unknown>;
  expect(MlpModel.decode(good, blobs).predict(table([0], [1]))).toEqual(model.predict(table([0], [1])));
  const wrong: [Record<string, unknown>, Record<string, unknown>][] = [
    [{ widths: [] }, {}],
    [{ widths: [2, 2] }, {}],
    [{ widths: [2.5, 1] }, {}],
    [{ widths: [1e9, 1] }, {}],
    [{ activation: 'relu' }, {}],
    [{ scale: [0, 1, 5, 4] }, {}],
    [{ scale: [0, 1] }, {}],
    [{ inputs: ['a'] }, {}],
    [{}, { weights: new Float32Array(5) }],
    [{}, { weights: new Float64Array(6) }],
    [{}, { weights: new Float32Array(6).fill(Number.NaN) }],
    [{}, { biases: undefined }],
    [{}, { centre: Float64Array.of(0, Number.POSITIVE_INFINITY) }],
  ];
  for (const [h, b] of wrong)
    expect(() => MlpModel.decode({ ...good, ...h }, { ...blobs, ...b } as typeof blobs), JSON.stringify([h, Object.keys(b)])).toThrow(
      /damaged|widths|activation|scale/,
    );
});
