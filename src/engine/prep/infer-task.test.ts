import { describe, expect, it } from 'vitest';
import type { ColumnSchema, Task, TaskKind } from '../../core/schema.js';
import { codeCells, summariseColumn } from './column-sample.js';
import { inferSchema } from './infer-schema.js';
import { inferTask, withTask } from './infer-task.js';

/** The task of a target with the given counts, spread over the rows. */
function task(counts: Record<string, number>, kind?: TaskKind, name = 'y'): Task {
  const cells: string[] = [];
  const left = Object.entries(counts).map(([value, count]) => ({ value, count, left: count }));
  const total = left.reduce((sum, l) => sum + l.count, 0);
  for (let i = 0; i < total; i++) {
    const next = left.filter((l) => l.left > 0).sort((a, b) => b.left / b.count - a.left / a.count)[0];
    if (!next) break;
    next.left--;
    cells.push(next.value);
  }
  const sample = summariseColumn({ name, physical: 'text', totalRows: total, ...codeCells(cells) });
  const column = inferSchema([sample], { target: name }).columns[0] as ColumnSchema;
  return inferTask(
    column,
    Object.entries(counts).map(([value, count]) => ({ value, count })),
    kind,
  );
}
const code = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'none';
};
const amounts = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`${i * 3.5}`, 2]));

describe('the kind of task', () => {
  it.each([
    ['two words', { no: 50, yes: 20 }, 'binary', 'y'],
    ['zero and one', { 0: 50, 1: 60 }, 'binary', 'y'],
    ['two and four', { 2: 50, 4: 20 }, 'binary', 'y'],
    ['three words', { a: 30, b: 20, c: 10 }, 'multiclass', 'y'],
    ['amounts', amounts, 'regression', 'y'],
    ['scores around a middle', { 3: 30, 4: 216, 5: 2138, 6: 2836, 7: 1079, 8: 193, 9: 5 }, 'regression', 'quality'],
    ['scores around a middle, unnamed', { 3: 30, 4: 216, 5: 2138, 6: 2836, 7: 1079, 8: 193, 9: 5 }, 'regression', 'y'],
    ['codes from one', { 1: 294, 2: 602, 3: 216, 4: 216, 5: 239, 6: 216, 7: 216 }, 'multiclass', 'Cover_Type'],
    ['codes from one, unnamed', { 1: 294, 2: 602, 3: 216, 4: 216, 5: 239, 6: 216, 7: 216 }, 'multiclass', 'y'],
    ['codes spelled with a dot', { '1.': 153, '2.': 70, '3.': 135, '4.': 62, '5.': 70, '7.': 150 }, 'multiclass', 'y'],
    ['three codes', { 1: 178, 2: 77, 3: 44 }, 'multiclass', 'outcome'],
    ['counts that fall away', { 0: 500, 1: 220, 2: 90, 3: 40, 4: 12, 5: 5, 6: 2 }, 'regression', 'y'],
    ['ratings in halves', { 0.5: 10, 1: 20, 1.5: 10, 2: 40, 2.5: 30, 3: 90, 3.5: 70, 4: 110 }, 'regression', 'y'],
    ['dollars', Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`$${i + 1},200`, 2])), 'regression', 'y'],
  ])('%s', (_, counts, kind, name) => {
    expect(task(counts as Record<string, number>, undefined, name).kind).toBe(kind);
  });
  it('can be told', () => {
    expect(task({ 1: 294, 2: 602, 3: 216 }, 'regression')).toMatchObject({ kind: 'regression', classes: [] });
    expect(task({ 3: 30, 4: 216, 5: 2138, 10: 7 }, 'multiclass').classes).toEqual(['3', '4', '5', '10']);
    expect(task({ 0: 40, 1: 30 }, 'regression').kind).toBe('regression');
  });
});

describe('the order of classes', () => {
  it.each([
    [{ Yes: 70, No: 20 }, ['No', 'Yes']],
    [{ true: 70, false: 20 }, ['false', 'true']],
    [{ '>50K': 30, '<=50K': 70 }, ['<=50K', '>50K']],
    [{ 1: 70, 0: 20 }, ['0', '1']],
    [{ 1: 70, '-1': 20 }, ['-1', '1']],
    [{ 1: 70, 2: 20 }, ['1', '2']],
    [{ 1: 20, 2: 70 }, ['2', '1']],
    [{ good: 70, bad: 20 }, ['good', 'bad']],
    [{ negative: 70, sick: 20 }, ['negative', 'sick']],
    [{ Mine: 52, Rock: 40 }, ['Mine', 'Rock']],
  ])('%j', (counts, order) => {
    expect(task(counts).classes).toEqual(order);
  });
  it('is by number for numbers, and as spelled', () => {
    expect(task({ '10.': 20, '2.': 20, '1.': 30 }, 'multiclass').classes).toEqual(['1.', '2.', '10.']);
    expect(task({ b: 20, a: 20, ' c ': 30 }).classes).toEqual(['a', 'b', 'c']);
  });
});

describe('targets that cannot be', () => {
  it('says what is wrong', () => {
    expect(code(() => task({ x: 50 }))).toBe('TARGET_CONSTANT');
    expect(code(() => task({ '?': 50 }))).toBe('TARGET_MISSING');
    expect(code(() => task(Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`${i + 1}`, 1]))))).toBe('TARGET_IS_ID');
    expect(code(() => task(Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`name${(i * 37) % 61}`, 1]))))).toBe('TARGET_IS_ID');
    expect(code(() => task({ a: 50, b: 30 }, 'regression'))).toBe('TARGET_NOT_NUMERIC');
    expect(code(() => task({ a: 50, b: 30, c: 10 }, 'binary'))).toBe('OPTION_INVALID');
    expect(code(() => task(Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`2024-01-${(i % 28) + 1}`, 2])), 'regression'))).toBe(
      'TARGET_NOT_NUMERIC',
    );
  });
  it('refuses a class of one row in a small table, with a query that leaves it out', () => {
    // the shell undoes the outer quotes, SQL the inner ones
    const query = String.raw`--sql 'SELECT * FROM data WHERE "the ""y""" NOT IN ('\''it'\'''\''s $(x)'\'')'`;
    expect(() => task({ a: 50, b: 30, "it's $(x)": 1 }, undefined, 'the "y"')).toThrow(
      expect.objectContaining({ code: 'TARGET_CLASS_TOO_SMALL', hint: expect.stringContaining(query) }),
    );
    expect(task({ a: 50, b: 30, c: 2 }).classes).toEqual(['a', 'b', 'c']);
  });
  it('bears one odd row among thousands, and says so', () => {
    const found = task({ a: 5000, b: 3000, c: 1 });
    expect(found.classes).toEqual(['a', 'b', 'c']);
    expect(found.reason).toContain('"c" has one row alone');
    expect(code(() => task({ a: 8000, b: 1 }))).toBe('TARGET_CLASS_TOO_SMALL');
  });
});

it('reads the target as the task needs it', () => {
  const column: ColumnSchema = {
    name: 'y',
    type: 'boolean',
    use: 'target',
    reason: '',
    format: { kind: 'boolean', true: ['1'], false: ['0'] },
    missing: ['?'],
    stats: { rows: 1, missing: 0, distinct: 1, top: [] },
  };
  const asked = (kind: TaskKind): Partial<ColumnSchema> | undefined =>
    withTask({ columns: [column] }, { kind, target: 'y', classes: [], reason: '' }).columns[0];
  expect(asked('binary')).toMatchObject({ type: 'category', use: 'target', missing: ['?'] });
  expect(asked('binary')).not.toHaveProperty('format');
  expect(asked('regression')).toMatchObject({ type: 'number' });
});
