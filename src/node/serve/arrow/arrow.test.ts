import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../core/rng.js';
import { Refusal } from '../refusal.js';
import { appendCells, Budget } from './arrow-cells.js';
import { readArrow } from './read-arrow.js';
import { writeArrow } from './write-arrow.js';

interface Golden {
  read: { name: string; stream: string; columns: Record<string, unknown[]> }[];
  refused: { says: string; stream: string }[];
}

// written by pyarrow: test/golden/arrow.py
const golden = JSON.parse(readFileSync(new URL('../../../../test/golden/arrow.json', import.meta.url), 'utf8')) as Golden;
const limits = { rows: 1000, body: 1_000_000 };
const bytes = (stream: string): Buffer => Buffer.from(stream, 'base64');

function refusal(run: () => unknown): Refusal | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error;
  }
}

describe('Arrow streams', () => {
  it.each(golden.read)('reads $name as pyarrow wrote it', ({ stream, columns }) => {
    const { columns: found, rows } = readArrow(bytes(stream), limits);
    expect([...found.keys()]).toEqual(Object.keys(columns));
    for (const [name, cells] of Object.entries(columns)) {
      expect(JSON.parse(JSON.stringify(found.get(name))), name).toEqual(cells);
      expect(cells).toHaveLength(rows);
    }
  });

  it.each(golden.refused)('refuses what is $says', ({ says, stream }) => {
    expect(refusal(() => readArrow(bytes(stream), limits))).toMatchObject({
      code: 'REQUEST_INVALID',
      message: expect.stringContaining(says),
    });
  });

  it('bounds rows, and what cells spell out to however often they point to the same bytes', () => {
    const long = bytes((golden.read[1] as Golden['read'][0]).stream);
    expect(refusal(() => readArrow(long, { ...limits, rows: 10 }))).toMatchObject({ code: 'REQUEST_TOO_LARGE' });
    expect(refusal(() => readArrow(long, { ...limits, body: 50 }))).toMatchObject({ code: 'REQUEST_TOO_LARGE' });
  });

  it('bounds what decimals spell out to, each far longer than its bytes', () => {
    const part = { rows: 1000, nulls: 0, buffers: [Buffer.alloc(0), Buffer.alloc(4000, 1)] };
    const read = (budget: number) => appendCells([], { kind: 'decimal', bytes: 4, scale: -100 }, part, new Budget(budget));
    expect(refusal(() => read(50_000))).toMatchObject({ code: 'REQUEST_TOO_LARGE' });
    expect(refusal(() => read(200_000))).toBeUndefined();
  });

  it('takes damaged bytes for what they are: they are read, or refused', () => {
    const rng = new Rng(7);
    let refused = 0;
    for (const { stream } of golden.read)
      for (let i = 0; i < 400; i++) {
        const damaged = bytes(stream);
        for (let k = 0; k < 1 + (i % 4); k++) damaged[rng.below(damaged.length)] = rng.below(256);
        if (refusal(() => readArrow(i % 5 === 0 ? damaged.subarray(0, rng.below(damaged.length)) : damaged, limits))) refused++;
      }
    expect(refused).toBeGreaterThan(500);
  });

  it('reads what it writes', () => {
    const numbers = Float64Array.of(1.5, Number.NaN, -0.25);
    const columns = [
      { name: 'größe', values: numbers },
      { name: 'word', values: ['a', '', '漢字'] },
    ];
    const { columns: found, rows } = readArrow(writeArrow(columns, 3, [['version', '3']]), limits);
    expect(rows).toBe(3);
    expect(Object.fromEntries(found)).toEqual({ größe: [1.5, null, -0.25], word: ['a', '', '漢字'] });
  });
});
