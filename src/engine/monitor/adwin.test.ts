import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Fields } from '../../model/fields.js';
import { Adwin } from './adwin.js';

interface Case {
  options: { delta: number; clock: number; max_buckets: number; min_window_length: number; grace_period: number };
  changes: number[];
  windows: [number, number, number][];
  detections: number;
}

const golden = JSON.parse(readFileSync(new URL('../../../test/golden/adwin.json', import.meta.url), 'utf8')) as Case[];

/** The stream of adwin.py. */
function* stream(): Generator<number> {
  let s = 12345n;
  for (let i = 0; i < 6000; i++) {
    s = (s * 1103515245n + 12345n) % 2147483648n;
    const u = Number(s) / 2147483648;
    if (i < 1500) yield Number(u < 0.2);
    else if (i < 3000) yield Number(u < 0.4);
    else if (i < 4500) yield u;
    else yield 0.3 + u * 0.5 + (i - 4500) / 3000;
  }
}

const make = ({ options: o }: Case): Adwin =>
  new Adwin({ delta: o.delta, clock: o.clock, maxBuckets: o.max_buckets, minWindow: o.min_window_length, grace: o.grace_period });

test.each(golden)('finds the changes that river finds, and keeps its window: $options', (one) => {
  const adwin = make(one);
  const changes: number[] = [];
  let i = 0;
  for (const value of stream()) {
    if (adwin.update(value)) changes.push(i);
    if (i % 250 === 249) {
      const [width, total, variance] = one.windows[(i - 249) / 250] as [number, number, number];
      expect(adwin.width).toBe(width);
      expect(adwin.mean * width).toBeCloseTo(total, 6);
      expect(adwin.variance * width).toBeCloseTo(variance, 6);
    }
    i++;
  }
  expect(changes).toEqual(one.changes);
  expect(adwin.detections).toBe(one.detections);
});

test('goes on from a saved state as if it had never stopped', () => {
  const [one] = golden as [Case];
  const whole = make(one);
  let parts = make(one);
  let i = 0;
  for (const value of stream()) {
    if (i++ % 700 === 0) parts = make(one).restore(new Fields(JSON.parse(JSON.stringify(parts.save())), 'adwin'));
    expect(parts.update(value)).toBe(whole.update(value));
  }
  expect(parts.save()).toEqual(whole.save());
});

test('a state that no Adwin wrote is refused', () => {
  const good = new Adwin().save();
  const load = (change: object) => new Adwin().restore(new Fields({ ...good, ...change }, 'adwin'));
  for (const bad of [{ lengths: [7], totals: [1, 1, 1, 1, 1, 1, 1] }, { lengths: [1] }, { lengths: [0, 0] }, { tick: -1 }, { total: null }])
    expect(() => load(bad)).toThrow(expect.objectContaining({ code: 'BUNDLE_UNREADABLE' }));
});
