import { expect, test } from 'vitest';
import { Deadline } from '../../core/clock.js';
import { normalQuantile } from '../../core/normal.js';
import { Rng } from '../../core/rng.js';
import type { ColumnSchema, Schema } from '../../core/schema.js';
import { type Column, Table } from '../../core/table.js';
import { readJson, writeJson } from '../../model/json.js';
import type { Alert } from './alert.js';
import { buildReference, predictionsAsColumns } from './build-reference.js';
import { figuresOf } from './column-figures.js';
import { domainCheck } from './domain-classifier.js';
import { strongestInteraction } from './interactions.js';
import { jointAlert } from './joint-alert.js';
import { Monitor, type MonitorOptions } from './monitor.js';
import { type CodedRows, codeRows, Observer } from './observer.js';
import { decodeReference, encodeReference } from './reference-json.js';

const stats = { rows: 0, missing: 0, distinct: 0, top: [] };
const column = (name: string, type: ColumnSchema['type'], use: ColumnSchema['use'] = 'feature'): ColumnSchema => ({
  name,
  type,
  use,
  reason: '',
  missing: [],
  stats,
});
const schema: Schema = {
  columns: [column('a', 'number'), column('b', 'number'), column('__proto__', 'category'), column('at', 'datetime', 'time')],
};

/** `a` and `b` go together; a category; times ten minutes apart. */
function rows(n: number, seed: number, change: (a: number, b: number, i: number) => [number, number] = (a, b) => [a, b]): Table {
  const rng = new Rng(seed);
  const a = new Float64Array(n);
  const b = new Float64Array(n);
  const codes = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const x = normalQuantile(rng.float() + 1e-12);
    const y = 0.8 * x + 0.6 * normalQuantile(rng.float() + 1e-12);
    [a[i], b[i]] = change(10 + 2 * x, y, i);
    codes[i] = rng.below(3);
  }
  const columns: Column[] = [
    { kind: 'numeric', name: 'a', values: a },
    { kind: 'numeric', name: 'b', values: b },
    { kind: 'category', name: '__proto__', codes, levels: ['x', 'y', 'z'] },
    { kind: 'numeric', name: 'at', values: Float64Array.from(a, (_, i) => 1.7e12 + i * 600_000) },
  ];
  return new Table(columns);
}

const reference = buildReference(rows(5000, 1), schema);
function watch(table: Table, options: Partial<MonitorOptions> = {}): Monitor {
  const monitor = new Monitor(reference, { window: { rows: 500 }, ...options });
  monitor.push(codeRows(reference, table, [], (table.column('at') as { values: Float64Array }).values));
  monitor.close();
  return monitor;
}

test('rows like those of training raise nothing', () => {
  const monitor = watch(rows(20_000, 2));
  expect(monitor.windows).toHaveLength(40);
  expect(monitor.alerts).toEqual([]);
});

test('a moved mean is one alert, of its column, from about its row on', () => {
  const { alerts } = watch(rows(6000, 3, (a, b, i) => [i >= 2200 ? a + 1 : a, b]));
  expect(alerts).toHaveLength(1);
  expect(alerts[0]).toMatchObject({ kind: 'drift', columns: ['a'], state: 'open', question: 'location' });
  expect(Math.abs((alerts[0]?.since.row ?? 0) - 2200)).toBeLessThan(100);
  expect(alerts[0]?.raised.row).toBeLessThan(3200);
  expect(alerts[0]?.confidence).toBeGreaterThan(0.99);
});

test('an alert ends when the change does, and is told once', () => {
  const { alerts } = watch(rows(9000, 4, (a, b, i) => [i >= 2000 && i < 4000 ? a + 2 : a, b]));
  expect(alerts).toHaveLength(1);
  expect(alerts[0]?.state).toBe('ended');
});

test('columns that come apart are told together, though each looks as before', () => {
  const mixed = rows(4000, 6);
  const other = rows(4000, 7);
  const { alerts } = watch(
    rows(4000, 5, (_, __, i) => [
      (mixed.column('a') as { values: Float64Array }).values[i] as number,
      (other.column('b') as { values: Float64Array }).values[i] as number,
    ]),
  );
  expect(alerts).toHaveLength(1);
  expect(alerts[0]?.kind).toBe('joint');
  expect(new Set(alerts[0]?.columns)).toEqual(new Set(['a', 'b']));
});

test('missing cells, a change of unit, and a column that is gone', () => {
  expect(watch(rows(2000, 8, (a, b, i) => [i % 10 === 0 ? Number.NaN : a, b])).alerts[0]).toMatchObject({
    kind: 'missing',
    columns: ['a'],
  });
  const unit = watch(rows(2000, 9, (a, b) => [a * 2.54, b])).alerts[0];
  expect(unit?.columns).toEqual(['a']);
  expect(unit?.cause).toContain('inches');
  const gone = watch(rows(2000, 10).drop(new Set(['b']))).alerts[0];
  expect(gone).toMatchObject({ kind: 'missing', columns: ['b'], severity: 'danger' });
});

test('a clock that jumps shows in the season alone', () => {
  const wave =
    (jump: number) =>
    (a: number, b: number, i: number): [number, number] => {
      const hour = Math.floor(i / 6) % 24;
      return [a + ((hour + (i >= jump ? 12 : 0)) % 24 < 12 ? 2 : -2), b];
    };
  const own = buildReference(rows(5000, 11, wave(Number.POSITIVE_INFINITY)), schema);
  expect(own.season).toEqual({ kind: 'hour', column: 'at' });
  const see = (jump: number) => {
    const table = rows(6000, 12, wave(jump));
    const monitor = new Monitor(own, { window: { rows: 500 } });
    monitor.push(codeRows(own, table, [], (table.column('at') as { values: Float64Array }).values));
    return monitor.alerts;
  };
  expect(see(Number.POSITIVE_INFINITY)).toEqual([]);
  expect(see(3000).some((alert) => alert.columns[0] === 'a')).toBe(true);
});

test('windows of time, and a moving reference that forgets', () => {
  const day = watch(rows(3000, 13), { window: { milliseconds: 86_400_000 } });
  expect(day.windows.length).toBeGreaterThanOrEqual(20);
  expect(day.windows.slice(1, -1).every((w) => w.rows === 144)).toBe(true);
  const { alerts } = watch(
    rows(20_000, 14, (a, b, i) => [i >= 6000 ? a + 2 : a, b]),
    { against: 'before' },
  );
  expect(alerts.filter((alert) => alert.columns[0] === 'a')).toHaveLength(1);
  expect(alerts[0]?.state).toBe('ended');
});

test('a date far ahead of all others ends no window, however rows are handed over', () => {
  const timesIn = (table: Table): Float64Array => (table.column('at') as { values: Float64Array }).values;
  const days = (table: Table, batch: number): number[] => {
    let monitor = new Monitor(reference, { window: { milliseconds: 86_400_000 } });
    for (let from = 0; from < table.rows; from += batch) {
      const part = table.take(Uint32Array.from({ length: Math.min(batch, table.rows - from) }, (_, i) => from + i));
      monitor.push(codeRows(reference, part, [], timesIn(part)));
      if (from === 700) monitor = Monitor.fromJSON(JSON.parse(JSON.stringify(monitor)), reference, monitor.options);
    }
    monitor.close();
    return monitor.windows.map((w) => w.rows);
  };
  const usual = days(rows(2000, 13), 2000);
  expect(usual.length).toBeGreaterThan(12);
  const wrong = rows(2000, 13);
  for (const i of [0, 700, 701 + 144, 1000, 1999]) timesIn(wrong)[i] = Date.UTC(9999, 0, 1) + i * 1e9;
  for (const batch of [2000, 7, 1]) expect(days(wrong, batch), String(batch)).toEqual(usual);
});

test('sketches add up to the same bytes in any order and through JSON', () => {
  const tables = [rows(700, 20), rows(300, 21), rows(900, 22)];
  const observers = (order: number[]) => {
    const all = order.map((i) => {
      const o = new Observer(reference);
      o.observe(codeRows(reference, tables[i] as Table, []));
      return Observer.fromJSON(JSON.parse(JSON.stringify(o)), reference);
    });
    const [first, ...rest] = all.map((o) => o.sketch) as [Observer['sketch'], ...Observer['sketch'][]];
    return JSON.stringify(rest.reduce((sum, sketch) => sum.merge(sketch), first));
  };
  expect(observers([0, 1, 2])).toBe(observers([2, 0, 1]));
  const one = new Observer(reference);
  for (const table of tables) one.observe(codeRows(reference, table, []));
  expect(JSON.stringify(one.sketch)).toBe(observers([1, 2, 0]));
  // row by row as well
  const single = new Observer(reference);
  for (const table of tables)
    for (let i = 0; i < table.rows; i++)
      single.observeRow(
        reference.binnings.map((b) => {
          const cells = table.column(b.name);
          return cells.kind === 'numeric' ? cells.values[i] : cells.levels[cells.codes[i] as number];
        }),
      );
  expect(JSON.stringify(single.sketch)).toBe(JSON.stringify(one.sketch));
  expect(single.recent(0)).toEqual(one.recent(0));
});

test('a reference survives its file, and a damaged one is refused', () => {
  const text = writeJson(encodeReference(reference));
  expect(writeJson(encodeReference(decodeReference(readJson(text, 'x'))))).toBe(text);
  const damages: ((json: Record<string, never>) => void)[] = [
    (j) => Object.assign(j, { version: 2 }),
    (j) => Object.assign(j, { predictions: 99 }),
    (j) => Object.assign(j, { pulls: [1] }),
    (j) => Object.assign(j, { moving: 'no' }),
    (j) => Object.assign((j.binnings as Record<string, unknown>[])[0] as object, { uppers: [2, 1] }),
    (j) => Object.assign((j.binnings as Record<string, unknown>[])[0] as object, { spread: 0 }),
    (j) => Object.assign(j.sketch as object, { lists: [] }),
    (j) => Object.assign(j.sketch as object, { rows: -1 }),
    (j) => Object.assign(j, { slotCounts: null }),
    // every pair of so many columns would take more memory than there is
    (j) => Object.assign(j, { binnings: new Array(60_000).fill((j.binnings as unknown[])[2]), moving: new Array(60_000).fill(false) }),
  ];
  for (const damage of damages) {
    const json = readJson(text, 'x') as Record<string, never>;
    damage(json);
    expect(() => decodeReference(json)).toThrow(expect.objectContaining({ code: 'BUNDLE_UNREADABLE' }));
  }
});

test('a reference of numbers whose sum is beyond all numbers can be read', () => {
  const own = buildReference(
    rows(2000, 50, (a, b, i) => [i % 2 === 0 ? 1.7e308 : a, b]),
    schema,
  );
  const text = writeJson(encodeReference(own));
  expect(writeJson(encodeReference(decodeReference(readJson(text, 'x'))))).toBe(text);
});

test('of very many columns the pairs of the first ones are watched, and the others by themselves', () => {
  const wide = (n: number, seed: number, change: (a: number, b: number, i: number) => [number, number]) => {
    const { columns } = rows(n, seed, change);
    const rng = new Rng(seed + 1000);
    const more = Array.from(
      { length: 96 },
      (_, c): Column => ({
        kind: 'numeric',
        name: `c${c}`,
        values: Float64Array.from({ length: n }, () => rng.float() + (c === 90 && n < 1000 ? 0.3 : 0)),
      }),
    );
    return new Table([...columns.slice(0, 2), ...more, ...columns.slice(2)]);
  };
  const names = [
    ...schema.columns.slice(0, 2),
    ...Array.from({ length: 96 }, (_, c) => column(`c${c}`, 'number')),
    ...schema.columns.slice(2),
  ];
  const own = buildReference(
    wide(1500, 60, (a, b) => [a, b]),
    { columns: names },
  );
  expect([own.pulls.length, own.sketch.products.length]).toEqual([2080, 2080]);
  expect(decodeReference(encodeReference(own))).toEqual(own);
  const monitor = new Monitor(own, { window: { rows: 500 } });
  monitor.push(
    codeRows(
      own,
      wide(500, 61, (a, b) => [a, -b]),
      [],
    ),
  );
  expect(new Set(monitor.alerts.flatMap((alert) => alert.columns))).toEqual(new Set(['a', 'b', 'c90']));
  expect(monitor.alerts.map((alert) => alert.kind).sort()).toEqual(['drift', 'joint']);
});

test('levels that training had not among its frequent ones are outside, whichever place they share', () => {
  const many = (levels: number, count: number): Table => {
    const codes = Int32Array.from({ length: count }, (_, i) => i % levels);
    return new Table([{ kind: 'category', name: 'c', codes, levels: Array.from({ length: levels }, (_, k) => `${count} ${k}`) }]);
  };
  const own = buildReference(many(100, 3000), { columns: [column('c', 'category')] });
  const observer = new Observer(own);
  observer.observe(codeRows(own, many(30, 500), []));
  expect(figuresOf(own, own.sketch, observer.sketch, 0).outside.current).toBe(1);
});

test('a domain classifier tells changed rows from others, and like ones not', async () => {
  const still = { now: () => 0, pause: async () => {} };
  const check = (table: Table) => domainCheck(rows(900, 40), table, schema, new Rng(1), new Deadline(still, 60_000));
  const like = await check(rows(900, 41));
  expect(like?.auc).toBeLessThan(0.55);
  expect(like?.p).toBeGreaterThan(0.001);
  // each column as before, but not together
  const other = rows(900, 43);
  const apart = await check(new Table(rows(900, 42).columns.map((c) => (c.name === 'b' ? other.column('b') : c))));
  expect(apart?.auc).toBeGreaterThan(0.65);
  expect(apart?.p).toBeLessThan(1e-6);
  expect(await check(rows(900, 42).take(new Uint32Array(10)))).toBeUndefined();
  let time = 0;
  const late = new Deadline({ now: () => time++, pause: async () => {} }, 50);
  expect(await domainCheck(rows(900, 40), rows(900, 41), schema, new Rng(1), late)).toBeUndefined();
});

test('predictions are watched too, those without a value left out', () => {
  const task = { kind: 'multiclass' as const, target: 't', classes: ['p', 'q', 'r'], reason: '' };
  const [called, sure] = predictionsAsColumns(task, Float64Array.from([0.1, 0.7, 0.2, Number.NaN, Number.NaN, Number.NaN]), 2);
  expect(called).toMatchObject({ kind: 'category', codes: Int32Array.from([1, -1]) });
  expect((sure as { values: Float64Array }).values[0]).toBe(0.7);
  const scores = (n: number, seed: number, shift: number) => {
    const rng = new Rng(seed);
    return [{ kind: 'numeric' as const, name: 'prediction', values: Float64Array.from({ length: n }, () => rng.float() + shift) }];
  };
  const own = buildReference(rows(5000, 1), schema, { predicted: scores(5000, 30, 0) });
  const see = (shift: number) => {
    const monitor = new Monitor(own, { window: { rows: 500 } });
    const table = rows(3000, 31);
    monitor.push(codeRows(own, table, scores(3000, 32, shift), (table.column('at') as { values: Float64Array }).values));
    return monitor.alerts;
  };
  expect(see(0)).toEqual([]);
  expect(see(0.3)).toMatchObject([{ kind: 'prediction', columns: ['prediction'] }]);
});

test('goes on from what was kept as if it had never stopped', () => {
  const all = rows(6000, 9, (a, b, i) => [i < 2300 ? a : a + 3, b]);
  const times = (all.column('at') as { values: Float64Array }).values;
  const coded = codeRows(reference, all, [], times);
  const part = (from: number, to: number) => ({
    rows: to - from,
    codes: coded.codes.map((codes) => codes.slice(from, to)),
    numbers: coded.numbers.map((values) => values?.slice(from, to)),
    times: times.slice(from, to),
  });
  const options: MonitorOptions = { window: { rows: 500 } };
  const whole = new Monitor(reference, options);
  whole.push(coded);
  let monitor = new Monitor(reference, options);
  for (const [from, to] of [
    [0, 1234],
    [1234, 2600],
    [2600, 6000],
  ] as const) {
    monitor = Monitor.fromJSON(JSON.parse(JSON.stringify(monitor)), reference, options);
    monitor.push(part(from, to));
  }
  expect(whole.alerts.length).toBeGreaterThan(0);
  expect(JSON.stringify(monitor)).toBe(JSON.stringify(whole));
  const broken = (change: object) => () => Monitor.fromJSON({ ...JSON.parse(JSON.stringify(whole)), ...change }, reference, options);
  expect(broken({ observer: { seen: 3 } })).toThrow(/sketch/);
  for (const key of ['closed', 'book', 'windows'])
    expect(broken({ [key]: 1 })).toThrow(expect.objectContaining({ code: 'BUNDLE_UNREADABLE' }));
});

test('two columns that meet otherwise are named, though neither changed and no correlation did', () => {
  const rng = new Rng(5);
  const bendable = (count: number, bent: boolean): Table => {
    const values = ['a', 'b', 'c', 'd'].map(() => Float64Array.from({ length: count }, () => rng.float() - 0.5));
    const [a, b] = values as [Float64Array, Float64Array];
    // b follows the distance of a from its middle: no correlation
    if (bent) for (let i = 0; i < count; i++) b[i] = rng.float() < 0.6 ? 2 * Math.abs(a[i] as number) - 0.5 : (b[i] as number);
    return new Table(values.map((v, i) => ({ kind: 'numeric', name: 'abcd'[i] as string, values: v })));
  };
  const before = bendable(4000, false);
  const reference = buildReference(before, { columns: ['a', 'b', 'c', 'd'].map((name) => column(name, 'number')) });
  const [known, same, other] = [before, bendable(2000, false), bendable(2000, true)].map((t) => codeRows(reference, t, [])) as [
    CodedRows,
    CodedRows,
    CodedRows,
  ];
  expect(jointAlert(undefined, strongestInteraction(reference, known, same), 2000, [])).toBeUndefined();
  const found = jointAlert(undefined, strongestInteraction(reference, known, other), 2000, []);
  expect([...(found?.columns ?? [])].sort()).toEqual(['a', 'b']);
  expect(found).toMatchObject({ kind: 'joint', state: 'open', what: expect.stringMatching(/meet otherwise than before/) });
  expect(
    jointAlert(undefined, strongestInteraction(reference, known, other), 2000, [{ ...(found as Alert), columns: ['b'] }]),
  ).toBeUndefined();
});
