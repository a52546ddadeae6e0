import { describe, expect, it } from 'vitest';
import { type NumericColumn, Table } from '../core/table.js';
import { decodeModel } from './decode-model.js';
import { EnsembleModel } from './ensemble.js';
import { LinearModel } from './linear.js';
import type { StepData } from './step.js';

const numeric = (name: string, values: number[]): NumericColumn => ({ kind: 'numeric', name, values: Float64Array.from(values) });
const table = new Table([numeric('a', [1, 2, Number.NaN]), numeric('b', [0, -1, 4])]);
const select = (...names: string[]): StepData[] => [
  { kind: 'select', columns: names.map((name) => ({ name, type: 'numeric' })) } as StepData,
];
const linear = (name: string, weight: number, link: 'identity' | 'logistic'): LinearModel =>
  new LinearModel([name], Float64Array.of(weight), Float64Array.of(0.5), link);

describe('EnsembleModel', () => {
  const numbers = new EnsembleModel('number', 1, [
    { recipe: select('a'), members: [{ model: linear('a', 2, 'identity'), weight: 0.75 }] },
    { recipe: select('b'), members: [{ model: linear('b', -1, 'identity'), weight: 0.25 }] },
  ]);
  const chances = new EnsembleModel('probability', 2, [
    {
      recipe: select('a', 'b'),
      members: [
        { model: linear('a', 2, 'logistic'), weight: 1 },
        { model: linear('b', -1, 'logistic'), weight: 3 },
      ],
    },
  ]);

  it('is the weighted mean of numbers, each member behind its own recipe', () => {
    expect([...numbers.predict(table)]).toEqual([0.75 * 2.5 + 0.25 * 0.5, 0.75 * 4.5 + 0.25 * 1.5, 0.75 * 0.5 + 0.25 * -3.5]);
  });

  it('averages log-odds, so that effects add up', () => {
    const p = chances.predict(table);
    const odds = (i: number): number => Math.log((p[2 * i + 1] as number) / (p[2 * i] as number));
    expect(odds(0)).toBeCloseTo((1 * 2.5 + 3 * 0.5) / 4, 10);
    expect(odds(1)).toBeCloseTo((1 * 4.5 + 3 * 1.5) / 4, 10);
    for (let i = 0; i < 3; i++) expect((p[2 * i] as number) + (p[2 * i + 1] as number)).toBeCloseTo(1, 14);
  });

  it('with a calibration, scales and shifts log-odds, and keeps it when written down', () => {
    const made = new EnsembleModel('probability', 2, chances.branches, { scale: 1.5, shift: [0, -0.25] });
    const plain = chances.predict(table);
    const odds = (p: Float64Array, i: number): number => Math.log((p[2 * i + 1] as number) / (p[2 * i] as number));
    const { head, blobs } = made.encode();
    const read = decodeModel(JSON.parse(JSON.stringify({ ...head, kind: 'ensemble' })), blobs);
    for (const p of [made.predict(table), read.predict(table)])
      for (let i = 0; i < 2; i++) expect(odds(p, i)).toBeCloseTo(1.5 * odds(plain, i) - 0.25, 10);
    for (const calibration of [
      null,
      3,
      {},
      { scale: 0, shift: [] },
      { scale: 1, shift: [1, 2, 3] },
      { scale: 1, shift: ['1'] },
      { scale: 1, shift: 1 },
    ])
      expect(() => decodeModel({ ...head, kind: 'ensemble', calibration } as never, blobs), JSON.stringify(calibration)).toThrow(
        /no calibration/,
      );
  });

  it('gives a row the same alone, again and again, as among others', () => {
    for (const model of [numbers, chances]) {
      const all = model.predict(table);
      const width = all.length / 3;
      for (let i = 0; i < 3; i++) {
        const alone = table.take(Uint32Array.of(i));
        for (let again = 0; again < 2; again++) expect([...model.predict(alone)]).toEqual([...all.subarray(i * width, (i + 1) * width)]);
      }
    }
  });

  it('is read back as it was written', () => {
    for (const model of [numbers, chances]) {
      const { head, blobs } = model.encode();
      const again = decodeModel(JSON.parse(JSON.stringify(head)) as Record<string, unknown>, blobs);
      expect([...again.predict(table)]).toEqual([...model.predict(table)]);
    }
  });

  it('refuses what does not fit together', () => {
    const { head, blobs } = numbers.encode();
    const broken = (change: (h: { branches: { members: Record<string, unknown>[] }[]; outputs: unknown }) => void, parts = blobs) => {
      const copy = JSON.parse(JSON.stringify(head));
      change(copy);
      return () => decodeModel(copy, parts);
    };
    const unreadable = expect.objectContaining({ code: 'BUNDLE_UNREADABLE' });
    const member = (h: { branches: { members: Record<string, unknown>[] }[] }) => h.branches[0]?.members[0] as Record<string, unknown>;
    expect(broken((h) => (member(h).weight = 0))).toThrow(unreadable);
    expect(broken((h) => (member(h).weight = -1))).toThrow(unreadable);
    expect(broken((h) => (h.branches = []))).toThrow(unreadable);
    expect(broken((h) => (h.outputs = 2))).toThrow(unreadable);
    expect(broken((h) => (member(h).head = { ...head }))).toThrow(unreadable);
    expect(broken(() => {}, { ...blobs, extra: Float64Array.of(1) })).toThrow(unreadable);
    expect(broken(() => {}, {})).toThrow(unreadable);
  });
});
