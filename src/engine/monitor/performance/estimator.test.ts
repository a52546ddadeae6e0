import { describe, expect, it } from 'vitest';
import { Deadline } from '../../../core/clock.js';
import { Rng } from '../../../core/rng.js';
import type { ColumnSchema, Schema, Task } from '../../../core/schema.js';
import { Table } from '../../../core/table.js';
import { metric } from '../../evaluate/metrics/registry.js';
import { buildReference, predictionsAsColumns } from '../build-reference.js';
import { codeRows } from '../observer.js';
import { encodeReference } from '../reference-json.js';
import { applyCalibrationMap, fitCalibrationMap } from './calibration-map.js';
import { estimateScores } from './estimate-scores.js';
import { estimatedMetrics, expectAnswers, intervalOf } from './estimator.js';
import { decodeEstimator } from './estimator-json.js';
import { fitEstimator } from './fit-estimator.js';
import { PerformanceBook } from './performance-book.js';
import { performanceReport } from './performance-report.js';
import { shiftOf } from './shift-of.js';

const clock = { now: () => 0, pause: async () => undefined };
const context = () => ({ rng: new Rng(1), deadline: new Deadline(clock, Number.POSITIVE_INFINITY) });
const column = (name: string): ColumnSchema => ({
  name,
  type: 'number',
  use: 'feature',
  reason: '',
  missing: [],
  stats: { rows: 0, missing: 0, distinct: 0, top: [] },
});
const schema: Schema = { columns: [column('x'), column('z')] };
const normal = (rng: Rng): number => Math.sqrt(-2 * Math.log(1 - rng.float())) * Math.cos(2 * Math.PI * rng.float());

/** Rows of two columns; the probability of the second class is what the model says, and the error of the number grows with x. */
function made(rows: number, rng: Rng, shift = 0) {
  const x = Float64Array.from({ length: rows }, () => normal(rng) + shift);
  const z = Float64Array.from({ length: rows }, () => normal(rng));
  const p = x.map((v, i) => 1 / (1 + Math.exp(-(1.2 * v + 0.5 * (z[i] as number)))));
  const table = new Table(
    [
      { kind: 'numeric', name: 'x', values: x },
      { kind: 'numeric', name: 'z', values: z },
    ],
    rows,
  );
  return {
    table,
    binary: {
      predicted: Float64Array.from({ length: 2 * rows }, (_, i) => (i % 2 ? (p[i >> 1] as number) : 1 - (p[i >> 1] as number))),
      actual: p.map((v) => (rng.float() < v ? 1 : 0)),
    },
    number: { predicted: z, actual: z.map((v, i) => v + normal(rng) * (0.3 + Math.abs(Math.max(0, x[i] as number)))) },
  };
}
const TASKS: Record<'binary' | 'number', Task> = {
  binary: { kind: 'binary', target: 'y', classes: ['no', 'yes'], reason: '' },
  number: { kind: 'regression', target: 'y', classes: [], reason: '' },
};

const rowsOf = ({ codes, rows }: { codes: Uint8Array[]; rows: number }): Uint8Array[] =>
  Array.from({ length: rows }, (_, i) => Uint8Array.from(codes, (c) => c[i] as number));

async function fitted(kind: 'binary' | 'number') {
  const { table, ...sets } = made(4000, new Rng(5));
  const outputs = kind === 'binary' ? 2 : 1;
  const predictions = predictionsAsColumns(TASKS[kind], sets[kind].predicted, table.rows);
  const reference = buildReference(table, schema, { predicted: predictions });
  const coded = codeRows(reference, table, predictions);
  const estimator = await fitEstimator(reference, { coded, outputs, ...sets[kind] }, context());
  if (!estimator || estimator === 'late') throw new Error('too few rows');
  return { reference, estimator, outputs };
}

describe('scores are estimated without answers', () => {
  it.each(['binary', 'number'] as const)('of a %s task, and 90 % intervals hold the truth, where columns have moved too', async (kind) => {
    const { reference, estimator, outputs } = await fitted(kind);
    const metrics = estimatedMetrics(outputs);
    const inside = new Map(metrics.map((m) => [m.id, 0]));
    const CHUNKS = 60;
    for (let c = 0; c < CHUNKS; c++) {
      const { table, ...sets } = made(400, new Rng(100 + c), c % 2);
      const { predicted, actual } = sets[kind];
      const coded = codeRows(reference, table, predictionsAsColumns(TASKS[kind], predicted, table.rows));
      const expected = expectAnswers(estimator, reference, coded, predicted);
      const guesses = estimateScores({ predicted, outputs, expected, threshold: 0.5 }, metrics, new Rng(c), {
        tails: estimator.errors?.tails,
      });
      for (const m of metrics) {
        const own = estimator.scores.find((s) => s.metric === m.id)?.own ?? Number.NaN;
        const { low, high } = intervalOf(guesses.get(m.id) as never, { own, shift: shiftOf(reference, rowsOf(coded)) }, m);
        const real = m.compute({ predicted, actual, outputs, threshold: 0.5 });
        if (low <= real && real <= high) inside.set(m.id, (inside.get(m.id) ?? 0) + 1);
      }
    }
    for (const [id, count] of inside) expect(count / CHUNKS, id).toBeGreaterThanOrEqual(0.85);
  });

  it('of no handful of rows, which would raise alerts by chance', async () => {
    const { reference, estimator } = await fitted('binary');
    const { table, binary } = made(600, new Rng(7));
    const coded = codeRows(reference, table, predictionsAsColumns(TASKS.binary, binary.predicted, table.rows));
    for (const [size, estimated] of [
      [2, false],
      [100, true],
    ] as const) {
      const book = new PerformanceBook({
        task: TASKS.binary,
        reference,
        estimator,
        metric: 'roc_auc',
        window: { rows: size },
        windowsKept: 300,
      });
      book.add({ coded, predicted: binary.predicted });
      const { windows, alerts } = performanceReport(book);
      expect(windows.every((w) => w.scores.some((score) => score.estimated) === estimated)).toBe(true);
      expect(alerts).toEqual([]);
    }
  });

  it('survives JSON, and damage is an error', async () => {
    for (const kind of ['binary', 'number'] as const) {
      const { reference, estimator, outputs } = await fitted(kind);
      const json = JSON.parse(JSON.stringify({ ...(encodeReference(reference) as object), estimator })) as {
        estimator: Record<string, unknown>;
      };
      expect(decodeEstimator(json, reference.binnings.length, outputs)).toEqual(estimator);
      expect(JSON.stringify(estimator).length).toBeLessThan(80_000);
      const { estimator: _, ...older } = json;
      expect(decodeEstimator(older, reference.binnings.length, outputs)).toBeUndefined();
      for (const key of ['scores', kind === 'binary' ? 'map' : 'errors'])
        expect(() =>
          decodeEstimator({ ...json, estimator: { ...json.estimator, [key]: [{ at: [1], add: [] }] } }, reference.binnings.length, outputs),
        ).toThrow(/damaged|not|wrong/);
      if (kind === 'number') {
        const errors = json.estimator.errors as { absolute: { left: number[] } };
        // a child before its parent would be walked for ever
        errors.absolute.left[errors.absolute.left.length - 1] = 0;
        expect(() => decodeEstimator(json, reference.binnings.length, outputs)).toThrow(/fit together/);
      }
    }
  });

  it('needs 200 rows', async () => {
    const { table, binary } = made(150, new Rng(5));
    const reference = buildReference(table, schema);
    const coded = codeRows(reference, table, []);
    expect(await fitEstimator(reference, { coded, outputs: 2, ...binary }, context())).toBeUndefined();
  });

  it('stops when the time is up', async () => {
    const { table, number } = made(1000, new Rng(5));
    const reference = buildReference(table, schema);
    const coded = codeRows(reference, table, []);
    let time = 0;
    const deadline = new Deadline({ now: () => time++, pause: async () => undefined }, 100);
    expect(await fitEstimator(reference, { coded, outputs: 1, ...number }, { rng: new Rng(1), deadline })).toBe('late');
    expect(time).toBeLessThan(300);
  });
});

it('scores of very many classes are estimated from a part of the rows', () => {
  const [outputs, rows] = [200, 3000];
  const rng = new Rng(3);
  const predicted = new Float64Array(rows * outputs).fill(0.5 / (outputs - 1));
  for (let i = 0; i < rows; i++) predicted[i * outputs + rng.below(outputs)] = 0.5;
  const found = estimateScores({ predicted, outputs, expected: predicted }, [metric('accuracy')], rng, { draws: 2 });
  expect(found.get('accuracy')?.value).toBeCloseTo(0.5, 6);
});

describe('a calibration map', () => {
  it('mends probabilities that are too sure, and hardly harms right ones', () => {
    const { binary } = made(6000, new Rng(9));
    const sure = binary.predicted.map((p) => (p > 0.5 ? 1 - (1 - p) ** 2 * 2 : p * p * 2));
    const brier = (predicted: Float64Array) => metric('brier_score_loss').compute({ predicted, actual: binary.actual, outputs: 2 });
    const mended = applyCalibrationMap(fitCalibrationMap(binary.actual, sure, 2), sure, 2);
    expect(brier(mended)).toBeLessThan(brier(sure) - 0.001);
    const kept = applyCalibrationMap(fitCalibrationMap(binary.actual, binary.predicted, 2), binary.predicted, 2);
    const moved = kept.reduce((sum, p, i) => sum + Math.abs(p - (binary.predicted[i] as number)) / kept.length, 0);
    expect(moved).toBeLessThan(0.015);
  });

  it('leaves rows of several classes with a sum of 1', () => {
    const predicted = Float64Array.of(0.2, 0.3, 0.5, 0.6, 0.3, 0.1);
    const map = fitCalibrationMap(Float64Array.of(0, 1), predicted, 3);
    const out = applyCalibrationMap(map, predicted, 3);
    for (const row of [0, 3]) expect((out[row] as number) + (out[row + 1] as number) + (out[row + 2] as number)).toBeCloseTo(1, 12);
  });
});
