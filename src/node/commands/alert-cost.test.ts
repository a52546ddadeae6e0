import { expect, it } from 'vitest';
import { columnSchema } from '../../../test/example-bundle.js';
import { Rng } from '../../core/rng.js';
import { Table } from '../../core/table.js';
import { buildReference } from '../../engine/monitor/build-reference.js';
import { Monitor } from '../../engine/monitor/monitor.js';
import { codeRows } from '../../engine/monitor/observer.js';
import { costOf, parsePrice } from './alert-cost.js';

function rows(count: number, seed: number, moved = false): Table {
  const rng = new Rng(seed);
  const codes = Int32Array.from({ length: count }, () => (moved ? 1 : rng.below(2)));
  return new Table([{ kind: 'category', name: 'city', codes, levels: ['a', 'b'] }], count);
}

it('is the price times the rows that moved', () => {
  const reference = buildReference(rows(4000, 1), { columns: [columnSchema('city', 'category')] });
  const monitor = new Monitor(reference, { window: { rows: 500 } });
  monitor.push(codeRows(reference, rows(1000, 2), []));
  monitor.push(codeRows(reference, rows(1000, 3, true), []));
  const alert = monitor.alerts[0];
  if (!alert) throw new Error('nothing was raised');
  // of the last 1,000 rows half hold the other level now
  const cost = costOf(alert, monitor, parsePrice('2 EUR'));
  expect(cost?.unit).toBe('EUR');
  expect(cost?.value).toBeGreaterThan(800);
  expect(cost?.value).toBeLessThan(1200);
  const fell = { ...alert, kind: 'performance' as const, figure: { name: 'accuracy', reference: 0.9, current: 0.8 } };
  expect(costOf({ ...fell, since: { row: 0 }, seen: { row: 99 } }, monitor, parsePrice('3'))).toMatchObject({ unit: '' });
  expect(costOf({ ...fell, since: { row: 0 }, seen: { row: 99 } }, monitor, parsePrice('3'))?.value).toBeCloseTo(30, 9);
  expect(costOf({ ...alert, kind: 'joint' }, monitor, parsePrice('3'))).toBeUndefined();
});

it('is refused when it is none', () => {
  for (const bad of ['', 'EUR', '0', '-3', '12 EUR each time that it happens to be', '5 5'])
    expect(() => parsePrice(bad), bad).toThrow('is no price');
});
