import { expect, test } from 'vitest';
import { exampleRows, watchedBundle } from '../../../../test/fixtures/watched-bundle.js';
import { predict } from '../../../model/predict.js';
import { tableFromRows } from '../../../model/table-from-rows.js';
import { predictionsAsColumns } from '../build-reference.js';
import { codeRows } from '../observer.js';
import { decodeReference } from '../reference-json.js';
import { scoringOf } from './bundle-scoring.js';
import { PerformanceBook, type PerformanceRows } from './performance-book.js';

const bundle = watchedBundle();
const reference = decodeReference(bundle.reference ?? {});
const options = { ...scoringOf(bundle, reference), window: { rows: 50 }, rowsKept: 20, windowsKept: 4 };

function rows(count: number, seed: number, from: number): PerformanceRows {
  const table = tableFromRows(bundle.schema, exampleRows(count, seed));
  const { values } = predict(bundle, table);
  const keys = Array.from({ length: count }, (_, i) => `k${from + i}`);
  return { coded: codeRows(reference, table, predictionsAsColumns(bundle.task, values, count)), predicted: values, keys };
}

test('saved and loaded at any row it goes on to the same bytes, and answers still find their rows', () => {
  const feed = (again: boolean): PerformanceBook => {
    let book = new PerformanceBook(options);
    for (let i = 0; i < 10; i++) {
      book.add(rows(30, i, 30 * i));
      if (again) book = PerformanceBook.fromJSON(JSON.parse(JSON.stringify(book)), options);
      for (let k = 0; k < 20; k++) book.answer(`k${30 * i - 40 + k}`, k % 2);
    }
    book.answer('nobody', 1);
    return book;
  };
  const [whole, parts] = [feed(false), feed(true)];
  expect(parts.windows()).toEqual(whole.windows());
  expect(JSON.stringify(parts)).toBe(JSON.stringify(whole));
  expect(whole.windows().some((w) => w.answered > 0)).toBe(true);
  // the window under way is left out where it would move yet
  expect(whole.windows(false).length).toBe(whole.windows().length - 1);
  expect(() => PerformanceBook.fromJSON({ version: 1 }, options)).toThrow();
});

test('scores of old windows are let go', () => {
  const book = new PerformanceBook({ ...options, window: { rows: 1 }, windowsKept: 1 });
  book.add(rows(2500, 1, 0));
  expect(book.windows().length).toBeLessThanOrEqual(2001);
  expect(book.windows().at(-1)?.window).toBe(2499);
});

test('windows of wrong dates do not crowd out those of the others', () => {
  const day = 86_400_000;
  const book = new PerformanceBook({ ...options, window: { milliseconds: day } });
  for (let d = 0; d < 20; d++) {
    const { coded, ...more } = rows(30, d, 30 * d);
    const times = new Float64Array(30).fill((20_000 + d) * day);
    times[7] = (1e6 + d) * day;
    book.add({ coded: { ...coded, times }, ...more });
  }
  const usual = book.windows().filter((w) => w.window < 1e6);
  expect(usual.map((w) => [w.window, w.rows])).toEqual(Array.from({ length: 20 }, (_, d) => [20_000 + d, 29]));
});

test('what compares classes is not told by a few rows of one of them', () => {
  const realOf = (yes: number): string[] => {
    const book = new PerformanceBook({ ...options, window: { rows: 100 }, rowsKept: 100 });
    book.add({ ...rows(100, 1, 0), actual: Float64Array.from({ length: 100 }, (_, i) => (i < yes ? 1 : 0)) });
    return book.windows().flatMap((w) => w.scores.flatMap((s) => (s.real ? [s.metric] : [])));
  };
  expect(realOf(4)).toEqual(['log_loss', 'brier_score_loss', 'accuracy']);
  expect(realOf(5)).toEqual(['roc_auc', 'average_precision', 'log_loss', 'brier_score_loss', 'accuracy']);
  expect(realOf(21)).toEqual(['roc_auc', 'average_precision', 'log_loss', 'brier_score_loss', 'accuracy', 'f1', 'precision', 'recall']);
  expect(realOf(96)).toEqual(realOf(4));
});
