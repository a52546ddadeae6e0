import { describe, expect, it } from 'vitest';
import { MillwrightError } from '../../core/errors.js';
import { Fields } from '../fields.js';
import { textGrams } from './text-grams.js';
import { gramValues, textScore } from './text-score.js';

const bytes = (length: number): string => btoa('\u0001'.repeat(length));
const column = { name: 't', outputs: ['p'], bits: 4, rarity: bytes(16), weights: bytes(16), scale: 1, intercept: [0] };
const read = (changes: object): unknown => textScore.read(new Fields({ columns: [{ ...column, ...changes }] }, 'recipe[0]'));

describe('text-score', () => {
  it('reads what fits together', () => {
    expect(read({})).toEqual({ kind: 'text-score', columns: [column] });
  });

  it.each([{ bits: 30 }, { bits: 5 }, { weights: bytes(15) }, { weights: '*' }, { rarity: bytes(17) }, { intercept: [] }, { scale: 'x' }])(
    'refuses %s',
    (changes) => {
      expect(() => read(changes)).toThrow(MillwrightError);
    },
  );
});

describe('textGrams', () => {
  it('counts words, their pairs and pieces, whatever the case', () => {
    const { counts, words } = textGrams('To be or not TO BE');
    // to, be, or, not; to be (twice), be or, or not, not to
    expect(words).toBe(8);
    expect([...counts.subarray(0, words)].sort()).toEqual([1, 1, 1, 1, 1, 2, 2, 2]);
    expect(textGrams('to be or not to be')).toEqual(textGrams('To be or not TO BE'));
  });

  it('finds nothing in nothing, and bounds what it looks at', () => {
    expect(textGrams(' \n\u00a0').ids.length).toBe(0);
    expect(textGrams('é'.repeat(100_000)).ids.length).toBeLessThan(13_000);
    expect(textGrams('İ'.repeat(100_000)).ids.length).toBeLessThan(13_000);
  });

  it('gives texts of length 1, words and pieces alike', () => {
    const grams = textGrams('One short text, with: pieces');
    const squares = gramValues(grams, new Uint8Array(16).fill(3)).map((x) => x * x);
    expect(squares.subarray(0, grams.words).reduce((a, b) => a + b)).toBeCloseTo(0.5, 12);
    expect(squares.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  });
});
