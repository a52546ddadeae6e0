import { beforeAll, describe, expect, it } from 'vitest';
import { exampleBundle } from '../../../test/example-bundle.js';
import { Deadline } from '../../core/clock.js';
import { Rng } from '../../core/rng.js';
import { mixedTextHash } from '../../core/text-hash.js';
import { buildReference, predictionsAsColumns } from '../../engine/monitor/build-reference.js';
import { codeRows } from '../../engine/monitor/observer.js';
import { scoringOf } from '../../engine/monitor/performance/bundle-scoring.js';
import { fitEstimator } from '../../engine/monitor/performance/fit-estimator.js';
import { performanceAlerts } from '../../engine/monitor/performance/performance-alerts.js';
import { PerformanceBook } from '../../engine/monitor/performance/performance-book.js';
import { performanceReport } from '../../engine/monitor/performance/performance-report.js';
import { decodeReference, encodeReference } from '../../engine/monitor/reference-json.js';
import type { Bundle } from '../../model/bundle.js';
import { predict } from '../../model/predict.js';
import { tableFromRows } from '../../model/table-from-rows.js';
import type { FeedbackRecord, PredictionRecord } from '../store/records.js';
import { servedPerformance } from './served-performance.js';

type Row = Record<string, unknown>;
const CLASSES = ['no', '__proto__'];

/** People of whom those in one city (`odd`) leave against what the model says. */
function people(
  count: number,
  rng: Rng,
  bundle: Bundle,
  { old = 0.5, odd = false } = {},
): { rows: Row[]; actual: Float64Array; p: Float64Array } {
  const rows = Array.from({ length: count }, () => ({
    age: rng.float() < old ? 31 + rng.below(40) : 18 + rng.below(13),
    city: ['a', 'b', 'c'][rng.below(3)],
    member: rng.float() < 0.5,
  }));
  const p = predict(bundle, tableFromRows(bundle.schema, rows)).values.filter((_, i) => i % 2 === 1);
  const actual = p.map((v, i) => {
    // surer than the model is, so that there is something to know
    const sure = v > 0.5 ? 0.9 : 0.1;
    return rng.float() < sure === !(odd && rows[i]?.city === 'b') ? 1 : 0;
  });
  return { rows, actual, p };
}

let bundle: Bundle;
const clock = { now: () => 0, pause: async () => undefined };
beforeAll(async () => {
  const bare = exampleBundle();
  const { rows, actual } = people(3000, new Rng(1), bare);
  const table = tableFromRows(bare.schema, rows);
  const { values } = predict(bare, table);
  const predictions = predictionsAsColumns(bare.task, values, table.rows);
  const reference = buildReference(table, bare.schema, { predicted: predictions });
  const known = { coded: codeRows(reference, table, predictions), predicted: values, outputs: 2, actual, metric: 'roc_auc' };
  const estimator = await fitEstimator(reference, known, { rng: new Rng(1), deadline: new Deadline(clock, Number.POSITIVE_INFINITY) });
  bundle = { ...bare, reference: JSON.parse(JSON.stringify({ ...(encodeReference(reference) as object), estimator })) };
});

const bookOf = (rows: number, more: { rowsKept?: number; windowsKept?: number } = {}): PerformanceBook => {
  const reference = decodeReference(bundle.reference);
  return new PerformanceBook({ ...scoringOf(bundle, reference), window: { rows }, ...more });
};
function addTo(book: PerformanceBook, rows: readonly Row[], keys: readonly string[]): void {
  const table = tableFromRows(bundle.schema, rows);
  const { values } = predict(bundle, table);
  const coded = codeRows(book.options.reference, table, predictionsAsColumns(bundle.task, values, table.rows));
  book.add({ coded, predicted: values, keys });
}
const auc = (window: { scores: { metric: string; estimated?: unknown; real?: { value: number } }[] } | undefined) =>
  window?.scores.find((s) => s.metric === 'roc_auc');

describe('scores as labels come late', () => {
  it('count partial and corrected answers, in whatever order they come', () => {
    const { rows, actual } = people(1000, new Rng(2), bundle);
    const keys = rows.map((_, i) => `k${i}`);
    const [one, other] = [bookOf(500), bookOf(500)];
    for (const book of [one, other]) addTo(book, rows, keys);
    expect(one.windows().map((w) => [w.rows, w.answered, auc(w)?.real])).toEqual([
      [500, 0, undefined],
      [500, 0, undefined],
    ]);
    const told = keys.map((key, i) => [key, actual[i] as number] as const).filter((_, i) => i % 4 > 0);
    for (const [key, value] of told) one.answer(key, 1 - value);
    for (const [key, value] of told) one.answer(key, value);
    for (const [key, value] of [...told].reverse()) other.answer(key, value);
    expect(one.answer('nobody', 1)).toBe(false);
    expect([one.unmatched, other.unmatched]).toEqual([1, 0]);
    expect(other.windows()).toEqual(one.windows());
    expect(one.windows().map((w) => w.answered)).toEqual([375, 375]);
    expect(auc(one.windows()[0])?.real?.value).toBeGreaterThan(0.7);
  });

  it('of many rows a window keeps some, the same ones in whatever order they come', () => {
    const { rows, actual } = people(3000, new Rng(3), bundle);
    const keys = rows.map((_, i) => `k${i}`);
    const small = { rowsKept: 200, windowsKept: 4 };
    const whole = bookOf(5000, small);
    addTo(whole, rows, keys);
    const other = bookOf(5000, small);
    addTo(other, [...rows].reverse(), [...keys].reverse());
    for (const book of [whole, other]) for (const [i, key] of keys.entries()) book.answer(key, actual[i] as number);
    // the rows are trimmed when they are scored
    const [a, b] = [whole.windows()[0], other.windows()[0]];
    const names = (book: PerformanceBook) => book.recent().map(({ rows: kept }) => kept.map((r) => r.key).sort());
    expect(names(other)).toEqual(names(whole));
    expect(names(whole)[0]).toHaveLength(200);
    expect([a?.rows, a?.kept, a?.answered, b?.rows, b?.answered]).toEqual([3000, 200, 3000, 3000, 3000]);
    const many = bookOf(100, small);
    addTo(many, rows, keys);
    expect([many.windows().length, many.recent().length, many.answer('k0', 1), many.answer('k2999', 1)]).toEqual([30, 4, false, true]);
  });

  it('are told anew after corrections that leave their number and sum as it was', () => {
    const { rows, actual } = people(200, new Rng(7), bundle);
    const keys = rows.map((_, i) => `k${i}`);
    const [one, other] = [bookOf(200), bookOf(200)];
    for (const book of [one, other]) {
      addTo(book, rows, keys);
      for (const [i, key] of keys.entries()) book.answer(key, actual[i] as number);
    }
    one.windows();
    const alike = (i: number, k: number) => (mixedTextHash(keys[i] as string) - mixedTextHash(keys[k] as string)) % 97 === 0;
    const first = keys.findIndex((_, i) => keys.some((__, k) => actual[i] !== actual[k] && alike(i, k)));
    const second = keys.findIndex((_, k) => actual[first] !== actual[k] && alike(first, k));
    for (const book of [one, other]) for (const place of [first, second]) book.answer(keys[place] as string, 1 - (actual[place] as number));
    expect(one.windows()).toEqual(other.windows());
  });

  it('rows of a time before that of all windows that are kept come too late', () => {
    const { rows } = people(100, new Rng(8), bundle);
    const reference = decodeReference(bundle.reference);
    const book = new PerformanceBook({ ...scoringOf(bundle, reference), window: { milliseconds: 1000 }, windowsKept: 3 });
    const table = tableFromRows(bundle.schema, rows);
    const { values } = predict(bundle, table);
    const add = (time: (i: number) => number, name: string) =>
      book.add({
        coded: codeRows(
          reference,
          table,
          predictionsAsColumns(bundle.task, values, 100),
          Float64Array.from(rows, (_, i) => time(i)),
        ),
        predicted: values,
        keys: rows.map((_, i) => `${name}${i}`),
      });
    add((i) => 10_000 + 50 * i, 'k');
    add((i) => 50 * i, 'late');
    expect(book.windows().map((w) => [w.window, w.rows, w.from.row])).toEqual([10, 11, 12, 13, 14].map((w, i) => [w, 20, 20 * i]));
    expect([book.answer('late0', 1), book.answer('k0', 1), book.answer('k99', 1)]).toEqual([false, false, true]);
    expect(book.seen).toBe(200);
  });
});

describe('alerts of scores', () => {
  it('say from which row on, however long the window', () => {
    const window = (of: number, value: number) => ({
      ...{ window: of, from: { row: 20_000 * of }, to: { row: 20_000 * of + 19_999 }, rows: 20_000, answered: 20_000, kept: 2048 },
      scores: [{ metric: 'roc_auc', real: { value, low: value - 0.01, high: value + 0.01 } }],
    });
    const estimator = { rows: 5000, scores: [{ metric: 'roc_auc', value: 0.9, error: 0.002, own: 0 }] };
    const [alert] = performanceAlerts([window(0, 0.9), window(1, 0.7)], estimator, () => ({ columns: [], cause: '' }));
    expect([alert?.since.row, alert?.raised.row]).toEqual([20_000, 39_999]);
  });

  it('there are none on rows like those of training', () => {
    const { rows, actual } = people(20_000, new Rng(4), bundle);
    const book = bookOf(500);
    const keys = rows.map((_, i) => `k${i}`);
    addTo(book, rows, keys);
    for (const [i, key] of keys.entries()) book.answer(key, actual[i] as number);
    const report = performanceReport(book);
    expect(report.alerts).toEqual([]);
    expect(report.slices).toEqual([]);
  });

  it('say that the labels are worse, and slices where', () => {
    const before = people(2000, new Rng(5), bundle);
    const after = people(2000, new Rng(6), bundle, { odd: true });
    const rows = [...before.rows, ...after.rows];
    const keys = rows.map((_, i) => `k${i}`);
    const book = bookOf(500);
    addTo(book, rows, keys);
    for (const [i, key] of keys.entries()) book.answer(key, [...before.actual, ...after.actual][i] as number);
    const { alerts, slices, windows } = performanceReport(book, { by: ['city'] });
    expect(alerts.map((a) => [a.kind, a.state, a.figure.name])).toEqual([['performance', 'open', 'roc_auc']]);
    expect(alerts[0]?.since.row).toBe(2000);
    expect(alerts[0]?.what).toContain('by the labels');
    expect(alerts[0]?.cause).toContain('No column by itself');
    expect(slices[0]?.where).toEqual([{ column: 'city', values: 'b' }]);
    expect(slices[0]?.loss).toBeGreaterThan(slices[0]?.elsewhere as number);
    expect(windows).toHaveLength(8);
  });
});

it('a served model is scored by what the store has of it', async () => {
  const { rows, actual } = people(900, new Rng(7), bundle);
  const at = (i: number) => new Date(Date.UTC(2026, 0, 1) + i * 60_000).toISOString();
  const asked: PredictionRecord[] = rows.map((row, i) => ({
    id: `p${i}`,
    at: at(i),
    model: 'm',
    version: 2,
    route: 'champion',
    row: row as PredictionRecord['row'],
    answer: null,
  }));
  const told = (i: number, value: number): FeedbackRecord => ({
    id: `f${i}-${value}`,
    at: at(2000 + i),
    model: 'm',
    prediction: `p${i}`,
    actual: CLASSES[value] as string,
  });
  const feedback = rows.flatMap((_, i) => (i < 450 ? [told(i, 1 - (actual[i] as number)), told(i, actual[i] as number)] : []));
  const traffic = {
    predictions: async () => [...asked].reverse(),
    feedback: async () => [...feedback].reverse(),
  };
  const report = await servedPerformance(bundle, traffic, {
    model: 'm',
    version: 2,
    window: { milliseconds: 6 * 3_600_000 },
    by: ['city'],
  });
  expect(report?.windows.map((w) => [w.rows, w.answered, w.from.time])).toEqual([
    [360, 360, Date.UTC(2026, 0, 1)],
    [360, 90, Date.UTC(2026, 0, 1, 6)],
    [180, 0, Date.UTC(2026, 0, 1, 12)],
  ]);
  expect(auc(report?.windows[0])?.real?.value).toBeGreaterThan(0.7);
  expect(auc(report?.windows[2])?.estimated).toBeDefined();
  expect(report?.groups.map((g) => g.values).sort()).toEqual(['a', 'b', 'c']);
  expect(await servedPerformance(exampleBundle(), traffic, { model: 'm', version: 2, window: { rows: 100 } })).toBeUndefined();
});
