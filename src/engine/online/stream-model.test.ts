import { describe, expect, test } from 'vitest';
import { Rng } from '../../core/rng.js';
import { inferStream } from './infer-stream.js';
import { ONLINE_LEARNERS, StreamModel } from './stream-model.js';

const NAMES = ['when', 'size', '__proto__', 'still', 'y'];

/** Rows as text: an instant, a number, a category, a column that is constant at first; some cells are missing. */
function rows(count: number, answer: (size: number, level: number, late: boolean) => string): string[][] {
  const rng = new Rng(4);
  return Array.from({ length: count }, (_, i) => {
    const size = rng.float() * 10;
    const level = rng.below(3);
    const late = i > count / 2;
    const cells = [
      new Date(Date.UTC(2024, 0, 1) + i * 3_600_000).toISOString(),
      size.toFixed(3),
      `constructor${level}`,
      late ? String(i % 9) : '0',
      answer(size, level, late),
    ];
    if (rng.below(20) === 0) cells[rng.below(4)] = '';
    return cells;
  });
}
const classRows = rows(1500, (size, level) => (size > 5 || level === 2 ? 'yes' : 'no'));
const numberRows = rows(1500, (size, level) => (3 * size + 10 * level).toFixed(2));

const modelFor = (data: string[][], id: (typeof ONLINE_LEARNERS)[number], seed = 1) =>
  new StreamModel(NAMES, inferStream(NAMES, data.slice(0, 200), { target: 'y' }), id, seed);

describe.each(ONLINE_LEARNERS)('%s', (id) => {
  test('learns classes, row by row', () => {
    const model = modelFor(classRows, id);
    for (const row of classRows) model.take(row);
    expect(model.classes.slice().sort()).toEqual(['no', 'yes']);
    expect(model.scores.fading.scores().get('accuracy')).toBeGreaterThan(0.85);
  });

  test('learns a number', () => {
    const model = modelFor(numberRows, id);
    for (const row of numberRows) model.take(row);
    // one careful tree has split but a few times by then
    expect(model.scores.fading.scores().get('r2')).toBeGreaterThan(id === 'hoeffding' ? 0.4 : 0.8);
  });

  test.each([['classes', classRows] as const, ['number', numberRows] as const])(
    '%s: a stream in parts ends with the bytes of one without a break',
    (_, data) => {
      const whole = modelFor(data, id);
      let parts = modelFor(data, id);
      data.forEach((row, i) => {
        if (i % 333 === 0) parts = StreamModel.load(parts.save(), NAMES);
        expect(parts.take(row)).toEqual(whole.take(row));
      });
      expect(parts.save()).toBe(whole.save());
    },
  );
});

test.each(ONLINE_LEARNERS)('%s: numbers as large as there are leave a state that goes on', (id) => {
  for (const data of [classRows, numberRows]) {
    const huge = data.slice(0, 400).map(([when, size, level, still, y], i) => {
      const far = i % 7 === 3 ? '-1.7e308' : i % 11 === 3 ? '1e200' : undefined;
      return [when, far ?? size, level, i % 5 === 0 ? '1e-300' : still, data === numberRows ? (far ?? y) : y] as string[];
    });
    const model = new StreamModel(NAMES, inferStream(NAMES, data.slice(0, 200), { target: 'y' }), id, 1);
    for (const row of huge) model.take(row);
    const again = StreamModel.load(model.save(), NAMES);
    const { predicted, probability } = again.take(data[1] as string[]);
    expect(Number.isFinite(typeof predicted === 'number' ? predicted : probability)).toBe(true);
    for (const score of again.scores.all.scores().values()) expect(score).not.toBeNaN();
  }
});

test('a row is scored before it is learned, and without an answer it is predicted alone', () => {
  const model = modelFor(classRows, 'hoeffding');
  expect(model.take(classRows[0] as string[])).toMatchObject({ predicted: undefined, actual: classRows[0]?.[4] });
  for (const row of classRows.slice(1, 50)) model.take(row);
  const answer = model.take([...(classRows[50] as string[]).slice(0, 4), '']);
  expect(answer.predicted).toMatch(/yes|no/);
  expect(answer.actual).toBeUndefined();
  expect([model.rows, model.unanswered, model.scores.all.rows]).toEqual([51, 1, 50]);
});

test('a class that turns up late is learned; columns in another order, or lacking, are found by name', () => {
  const model = modelFor(classRows, 'ftrl');
  for (const row of classRows.slice(0, 600)) model.take(row);
  const names = ['y', 'size', 'other'];
  const moved = StreamModel.load(model.save(), names);
  for (let i = 0; i < 300; i++) moved.take([i % 2 === 0 ? 'toString' : 'no', i % 2 === 0 ? '40' : '1', 'x']);
  expect(moved.classes).toContain('toString');
  expect(moved.take(['', '40', 'x']).predicted).toBe('toString');
});

describe('what the first rows say', () => {
  const schemaOf = (data: string[][], more = {}) => inferStream(NAMES, data, { target: 'y', ...more });

  test('what is constant at first is a feature, and plain numbers are numbers', () => {
    const { schema, predicts } = schemaOf(classRows.slice(0, 100));
    expect(predicts).toBe('classes');
    const columns = new Map(schema.columns.map((c) => [c.name, c]));
    expect(columns.get('still')).toMatchObject({ type: 'number', use: 'feature' });
    expect(columns.get('when')).toMatchObject({ type: 'datetime', use: 'feature' });
    expect(columns.get('__proto__')).toMatchObject({ type: 'category', use: 'feature' });
  });

  test('what was decided is obeyed; what cannot be is told', () => {
    const first = numberRows.slice(0, 100);
    expect(schemaOf(first).predicts).toBe('number');
    expect(schemaOf(first, { task: 'multiclass' }).predicts).toBe('classes');
    expect(schemaOf(first, { drop: ['size'] }).schema.columns.find((c) => c.name === 'size')?.use).toBe('ignore');
    const fails = (code: string, work: () => unknown) => expect(work).toThrow(expect.objectContaining({ code }));
    fails('TARGET_NOT_FOUND', () => inferStream(NAMES, first, { target: 'yy' }));
    fails('COLUMN_NOT_FOUND', () => schemaOf(first, { drop: ['sise'] }));
    fails('TARGET_CONSTANT', () => schemaOf(first.map((row) => [...row.slice(0, 4), 'a'])));
    fails('NO_FEATURES', () => schemaOf(first, { drop: ['when', 'size', '__proto__', 'still'] }));
    fails('DATA_EMPTY', () => schemaOf([]));
  });
});

test('a state from outside is checked', () => {
  const model = modelFor(classRows, 'arf');
  for (const row of classRows.slice(0, 100)) model.take(row);
  const good = JSON.parse(model.save());
  const load = (change: object) => StreamModel.load(JSON.stringify({ ...good, ...change }), NAMES);
  expect(load({}).rows).toBe(100);
  const bad = [
    { format: 'zip' },
    { learner: 'gpt' },
    { rows: -1 },
    { classes: [1] },
    { encoder: {} },
    { model: null },
    { schema: 3 },
    { target: 'x' },
    { all: [] },
  ];
  for (const change of bad) expect(() => load(change)).toThrow(expect.objectContaining({ code: 'BUNDLE_UNREADABLE' }));
  expect(() => load({ version: 2 })).toThrow(expect.objectContaining({ code: 'BUNDLE_TOO_NEW' }));
  expect(() => StreamModel.load('{"a":', NAMES)).toThrow(expect.objectContaining({ code: 'BUNDLE_UNREADABLE' }));
});
