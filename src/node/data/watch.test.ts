import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clock, Deadline } from '../../core/clock.js';
import type { Schema } from '../../core/schema.js';
import type { Table } from '../../core/table.js';
import { inferSchema } from '../../engine/prep/infer-schema.js';
import type { DataSource } from './data-source.js';
import { openSource, type SourceOptions } from './open-source.js';

let folder: string;
const ROWS = 400_000;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millwright-test-'));
  await writeFile(join(folder, 'long.csv'), `n,w\n${Array.from({ length: ROWS }, (_, i) => `${i},w${i % 5}`).join('\n')}\n`);
  const { Duck } = await import('./duck.js');
  const duck = await Duck.open();
  await duck.run(`COPY (SELECT i::INTEGER AS n, 'w' || (i % 5) AS w FROM range(${ROWS}) t(i)) TO '${join(folder, 'long.parquet')}'`);
  await duck.close();
  const { default: Database } = await import('libsql');
  const database = new Database(join(folder, 'long.sqlite'));
  database.exec(
    `CREATE TABLE t AS WITH RECURSIVE r(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM r WHERE n < 19999) SELECT n, 'w' || (n % 5) AS w FROM r`,
  );
  database.close();
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A clock that moves by one each time it is asked, so that a deadline passes after a number of batches. */
function counting(): Clock {
  let now = 0;
  return { now: () => now++, pause: async () => undefined };
}
const within = (checks: number): Deadline => new Deadline(counting(), checks);

const wholeSchema = async (source: DataSource): Promise<Schema> => ({
  columns: inferSchema(await source.samples()).columns.map((c) => ({ ...c, use: 'feature' as const })),
});
const numbers = (table: Table): number[] => {
  const column = table.column('n');
  return column.kind === 'numeric' ? [...column.values] : [...column.codes].map((code) => Number(column.levels[code]));
};
async function opened<R>(name: string, options: SourceOptions, work: (source: DataSource) => Promise<R>): Promise<R> {
  const source = await openSource({ from: [join(folder, name)] }, options);
  try {
    return await work(source);
  } finally {
    await source.close();
  }
}
/** The number of rows when they are the first ones in their order. */
const leading = (table: Table): number => (numbers(table).every((n, i) => n === i) ? table.rows : Number.NaN);

describe('time', () => {
  for (const [name, checks, total] of [
    ['long.csv', 2, ROWS],
    ['long.parquet', 20, ROWS],
    ['long.sqlite', 3, 20_000],
  ] as const)
    it(`takes the beginning for all when it is up while opening ${name}, and can repeat that`, async () => {
      const first = await opened(name, { deadline: within(checks) }, async (source) => {
        expect(source.truncated).toBe(true);
        expect(source.rowCount).toBeGreaterThan(0);
        expect(source.rowCount).toBeLessThan(total);
        const schema = await wholeSchema(source);
        const table = await source.read(schema);
        expect(leading(table)).toBe(source.rowCount);
        const counts = await source.counts('w');
        expect(counts.reduce((sum, c) => sum + c.count, 0)).toBe(source.rowCount);
        return { rows: source.rowCount, samples: await source.samples() };
      });
      await opened(name, { firstRows: first.rows }, async (source) => {
        expect(source.rowCount).toBe(first.rows);
        expect(source.truncated).toBe(false);
        expect(await source.samples()).toEqual(first.samples);
        expect(leading(await source.read(await wholeSchema(source)))).toBe(first.rows);
      });
    });

  for (const name of ['long.csv', 'long.parquet'])
    it(`keeps what was read of ${name}, and can repeat that`, async () => {
      await opened(name, {}, async (source) => {
        const schema = await wholeSchema(source);
        expect([source.rowCount, source.truncated]).toEqual([ROWS, false]);
        const part = await source.read(schema, { maxRows: 200_000, seed: 2, until: within(2) });
        const { rowsRead } = source;
        expect(source.truncated).toBe(true);
        expect(rowsRead).toBeLessThan(ROWS);
        expect(part.rows).toBeGreaterThan(0);
        expect(numbers(part).every((n) => n < rowsRead)).toBe(true);
        const again = await source.read(schema, { maxRows: 200_000, seed: 2, firstRows: rowsRead });
        expect(numbers(again).join()).toBe(numbers(part).join());
        const whole = await source.read(schema);
        expect([whole.rows, source.rowsRead, source.truncated]).toEqual([ROWS, ROWS, false]);
      });
    });
});

describe('an interrupt', () => {
  for (const name of ['long.csv', 'long.parquet', 'long.sqlite'])
    it(`ends the reading of ${name}`, async () => {
      const late = new AbortController();
      setTimeout(() => late.abort(), 5);
      await expect(openSource({ from: [join(folder, name)] }, { signal: late.signal }).then((s) => s.samples())).rejects.toMatchObject({
        code: 'INTERRUPTED',
      });
      await opened(name, {}, async (source) => {
        const schema = await wholeSchema(source);
        const until = within(Number.POSITIVE_INFINITY);
        until.expire();
        await expect(source.read(schema, { until })).rejects.toMatchObject({ code: 'INTERRUPTED' });
      });
    });
  it('ends a query that gives no row for long', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300);
    const sql = 'SELECT count(*) AS n FROM range(100000000) a, range(100000) b WHERE hash(a.range + b.range) = 1';
    await expect(openSource({ from: [join(folder, 'long.csv')], sql }, { signal: stop.signal })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
  });
  it('ends the wait for standard input', async () => {
    const stop = new AbortController();
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        yield Buffer.from('a,b\n1,2\n');
        stop.abort();
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    await expect(openSource({ from: ['-'] }, { signal: stop.signal, stdin: endless() })).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });
});
