import { describe, expect, it } from 'vitest';
import { Table } from '../core/table.js';
import { ConstantModel } from './constant.js';
import { LinearModel } from './linear.js';

const table = new Table([
  { kind: 'numeric', name: 'b', values: new Float64Array([1, 2, Number.NaN]) },
  { kind: 'numeric', name: 'a', values: new Float64Array([0, 1, 10]) },
]);

describe('LinearModel', () => {
  it('adds weights times columns by name, and keeps numbers in range', () => {
    const model = new LinearModel(['a', 'b'], new Float64Array([2, 3]), new Float64Array([1]), 'identity', { range: [0, 20] });
    expect([...model.predict(table)]).toEqual([4, 9, 20]);
  });
  it('gives probabilities of two and of more classes', () => {
    const two = new LinearModel(['a'], new Float64Array([1]), new Float64Array([0]), 'logistic').predict(table);
    expect([...two.slice(0, 2)]).toEqual([0.5, 0.5]);
    expect(two[3]).toBeCloseTo(1 / (1 + Math.exp(-1)), 15);
    const three = new LinearModel(['a'], new Float64Array([1, 0, -1]), new Float64Array(3), 'softmax').predict(table);
    expect(three.length).toBe(9);
    expect((three[3] as number) / (three[4] as number)).toBeCloseTo(Math.E, 14);
  });
  it('bends the effect of a column at its knots; a missing cell is 0 there too', () => {
    const hinges = { of: Int32Array.of(0, 0), at: Float64Array.of(-1, 1.5) };
    const model = new LinearModel(['b'], new Float64Array([2, 10, 100]), new Float64Array([1]), 'identity', { hinges });
    expect([...model.predict(table)]).toEqual([1 + 2 + 20, 1 + 4 + 30 + 50, 1 + 10]);
    const { head, blobs } = model.encode();
    expect(LinearModel.decode(JSON.parse(JSON.stringify(head)), blobs)).toEqual(model);
    for (const damage of [
      { hinges: Int32Array.of(0, 1) },
      { hinges: Int32Array.of(0, -1) },
      { hinges: Int32Array.of(0) },
      { hinges: undefined },
      { knots: Float64Array.of(0, Number.NaN) },
      { knots: Float64Array.of(0) },
      { knots: Float32Array.of(0, 1) },
    ])
      expect(() => LinearModel.decode(head, { ...blobs, ...damage } as never), JSON.stringify(damage)).toThrow(/damaged/);
  });
  it('gives counts by the exponential, within their range, without which it is refused', () => {
    const model = new LinearModel(['a'], new Float64Array([1]), new Float64Array([0]), 'exp', { range: [0, 50] });
    const [one, e, most] = model.predict(table);
    expect(one).toBe(1);
    expect(e).toBeCloseTo(Math.E, 14);
    expect(most).toBe(50);
    const { head, blobs } = model.encode();
    expect(LinearModel.decode(JSON.parse(JSON.stringify(head)), blobs)).toEqual(model);
    expect(() => LinearModel.decode({ ...head, range: undefined }, blobs)).toThrow(/damaged/);
  });
  it('does not read categories', () => {
    const model = new LinearModel(['c'], new Float64Array([1]), new Float64Array([0]), 'identity');
    expect(() => model.predict(new Table([{ kind: 'category', name: 'c', codes: new Int32Array(1), levels: ['x'] }]))).toThrow(
      /not numeric/,
    );
  });
  it('reads back what it wrote, and refuses what is damaged', () => {
    const model = new LinearModel(['a', '__proto__'], new Float64Array([2, 3]), new Float64Array([1]), 'identity', { range: [0, 20] });
    const { head, blobs } = model.encode();
    expect(LinearModel.decode(JSON.parse(JSON.stringify(head)), blobs)).toEqual(model);
    const damaged: [Record<string, unknown>, Record<string, unknown>][] = [
      [{ kind: 'trees' }, {}],
      [{ inputs: ['a'] }, {}],
      [{ inputs: 'ab' }, {}],
      [{ inputs: ['a', 3] }, {}],
      [{ link: 'toString' }, {}],
      [{ link: 'softmax' }, {}],
      [{ link: 'logistic' }, {}],
      [{ range: [20, 0] }, {}],
      [{ range: [0, null] }, {}],
      [{ range: [0] }, {}],
      [{}, { weights: new Float64Array([1, Number.NaN]) }],
      [{}, { weights: new Float32Array([1, 2]) }],
      [{}, { intercept: new Float64Array([Number.POSITIVE_INFINITY]) }],
      [{}, { intercept: new Float64Array(2) }],
      [{}, { intercept: undefined }],
    ];
    for (const [h, b] of damaged)
      expect(() => LinearModel.decode({ ...head, ...h }, { ...blobs, ...b } as never), JSON.stringify([h, b])).toThrow(/damaged/);
  });
});

describe('ConstantModel', () => {
  it('says the same of every row, and is read back', () => {
    const model = new ConstantModel(new Float64Array([0.25, 0.75]));
    expect([...model.predict(table)]).toEqual([0.25, 0.75, 0.25, 0.75, 0.25, 0.75]);
    const { head, blobs } = model.encode();
    expect(ConstantModel.decode(head, blobs)).toEqual(model);
    for (const values of [new Float64Array(0), new Float64Array([Number.NaN]), new Float32Array(1), undefined])
      expect(() => ConstantModel.decode(head, { values } as never)).toThrow(/damaged/);
    expect(() => ConstantModel.decode({ kind: 'linear' }, blobs)).toThrow(/damaged/);
  });
});
