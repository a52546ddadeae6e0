import { describe, expect, it } from 'vitest';
import { Rng } from '../../core/rng.js';
import type { Task } from '../../core/schema.js';
import { type CategoryColumn, type NumericColumn, Table } from '../../core/table.js';
import { applyRecipe, parseRecipe } from '../../model/recipe.js';
import { fitTextScores } from './fit-text-scores.js';
import { FreshNames } from './fresh-names.js';

const binary: Task = { kind: 'binary', target: 'y', classes: ['ham', 'spam'], reason: '' };
const rows = 600;

/** Texts of drawn words; those of class 1 hold a telling word more often. */
function drawn(told: number): { table: Table; target: Float64Array } {
  const rng = new Rng(5);
  const target = Float64Array.from({ length: rows }, () => rng.below(2));
  const levels = Array.from(target, (y) => {
    const words = Array.from({ length: 8 }, () => `w${rng.below(200)}`);
    if (rng.float() < (y === 1 ? told : 0.1)) words.push('PRIZE!');
    return words.join(' ');
  });
  const column: CategoryColumn = { kind: 'category', name: 't', levels, codes: Int32Array.from(levels, (_, i) => i) };
  return { table: new Table([column]), target };
}

const input = (given: { table: Table; target: Float64Array }, task = binary) => ({
  ...given,
  task,
  rng: new Rng(1),
  fresh: new FreshNames(['t']),
});

const numbers = (table: Table, name: string): Float64Array => (table.column(name) as NumericColumn).values;

function correlation(a: Float64Array, b: Float64Array): number {
  const mean = (x: Float64Array): number => x.reduce((s, v) => s + v, 0) / x.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [(a[i] as number) - ma, (b[i] as number) - mb];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
}

describe('fitTextScores', () => {
  it('learns which words speak for a class, out of fold in training and in full later', () => {
    const given = drawn(0.9);
    const fitted = fitTextScores(input(given), ['t']);
    if (!fitted) throw new Error('declined');
    expect(correlation(numbers(fitted.train, 't.score'), given.target)).toBeGreaterThan(0.6);
    const levels = ['you won a prize!', 'w7 w9', 'never seen', ''];
    const fresh = new Table([{ kind: 'category', name: 't', levels, codes: Int32Array.of(0, 1, 2, 3, -1) }]);
    const [prize, plain, unseen, empty, missing] = numbers(applyRecipe(parseRecipe([fitted.step]), fresh), 't.score');
    expect(prize).toBeGreaterThan((plain as number) + 0.3);
    expect([unseen, empty].every((x) => Math.abs((x as number) - 0.5) < 0.2)).toBe(true);
    expect(missing).toBeNaN();
  });

  it('is declined when the answers have nothing to do with the texts', () => {
    const { table, target } = drawn(0.9);
    expect(fitTextScores(input({ table, target: new Rng(9).shuffle(Float64Array.from(target)) }), ['t'])).toBeUndefined();
  });

  it('tells no row its own answer: texts that occur once have scores that know nothing', () => {
    const { target } = drawn(0.9);
    const levels = Array.from({ length: rows }, (_, i) => `unique${i * 7919} only${i * 104729}`);
    const table = new Table([{ kind: 'category', name: 't', levels, codes: Int32Array.from(levels, (_, i) => i) }]);
    expect(fitTextScores(input({ table, target }), ['t'])).toBeUndefined();
  });

  it('scores numbers and several classes, weights and missing texts in mind', () => {
    const { table, target } = drawn(0.9);
    const codes = (table.column('t') as CategoryColumn).codes.map((c, i) => (i % 10 === 0 ? -1 : c));
    const gaps = new Table([{ ...(table.column('t') as CategoryColumn), codes }]);
    const weights = Float64Array.from(target, (_, i) => i % 3);
    const regression: Task = { kind: 'regression', target: 'y', classes: [], reason: '' };
    const many: Task = { kind: 'multiclass', target: 'y', classes: ['a', 'b', 'c'], reason: '' };
    const scaled = target.map((y) => 1e6 * y);
    const number = fitTextScores({ ...input({ table: gaps, target: scaled }, regression), weights }, ['t']);
    const classes = fitTextScores({ ...input({ table: gaps, target }, many), weights }, ['t']);
    expect(number?.step.columns[0]?.outputs).toEqual(['t.score']);
    expect(classes?.step.columns[0]?.outputs).toEqual(['t.score a', 't.score b', 't.score c']);
    const first = numbers(number?.train as Table, 't.score');
    expect(first[0]).toBeNaN();
    expect(Math.max(...first.filter((x) => !Number.isNaN(x)))).toBeGreaterThan(4e5);
  });

  it('gives the same bytes again, and the same from the memo', () => {
    const memo = new Map();
    const once = fitTextScores(input(drawn(0.9)), ['t'], memo);
    expect(fitTextScores(input(drawn(0.9)), ['t'])).toEqual(once);
    expect(fitTextScores({ ...input(drawn(0.9)), rng: new Rng(1) }, ['t'], memo)).toEqual(once);
  });
});
