import { expect, test } from 'vitest';
import { Rng } from '../../../core/rng.js';
import { latencyQuantile } from './latency-places.js';
import { Tail } from './tail.js';
import { TrafficCounts } from './traffic-counts.js';
import { TrafficMonitor } from './traffic-monitor.js';

const MINUTE = 60_000;
const MONDAY = Date.UTC(2026, 0, 5);
const DAY = 1440;

interface Odd {
  rate?: number;
  failed?: number;
  refused?: number;
  slower?: number;
  answers?: boolean;
}

/** Requests by the minute: more at noon than at night, fewer at weekends. */
class Traffic {
  readonly monitor: TrafficMonitor;
  minute = 0;
  readonly #rng = new Rng(4);

  constructor(monitor = new TrafficMonitor(MINUTE)) {
    this.monitor = monitor;
    monitor.tick(MONDAY);
  }

  run(minutes: number, odd: Odd = {}): void {
    const rng = this.#rng;
    for (const end = this.minute + minutes; this.minute < end; this.minute++) {
      const wave = 0.5 - 0.5 * Math.cos((2 * Math.PI * (this.minute - 180)) / DAY);
      const mean = 20 * (0.2 + 0.8 * wave) * (Math.floor(this.minute / DAY) % 7 >= 5 ? 0.5 : 1) * (odd.rate ?? 1);
      const counts = new TrafficCounts();
      for (let p = rng.float(), limit = Math.exp(-mean); p > limit; p *= rng.float()) {
        const u = rng.float();
        const status = u < (odd.failed ?? 0.002) ? 500 : u > 1 - (odd.refused ?? 0.02) ? 422 : 200;
        counts.request(status, 0.003 * (odd.slower ?? 1) * Math.exp(rng.float() + rng.float() - 1));
        const place = Math.floor(8 * (odd.answers ? rng.float() * rng.float() : rng.float()));
        counts.answers[place] = (counts.answers[place] as number) + 1;
      }
      this.monitor.add(counts);
      this.monitor.tick(MONDAY + (this.minute + 1) * MINUTE);
    }
  }
}

const opened = ({ monitor }: Traffic) => monitor.alerts.filter((a) => a.state === 'open').map((a) => a.kind);

test('usual traffic raises nothing; each anomaly is one alert that ends', () => {
  const traffic = new Traffic();
  traffic.run(15 * DAY + 10 * 60);
  expect(traffic.monitor.alerts.map((a) => a.what)).toEqual([]);

  traffic.run(20, { rate: 0 });
  expect(opened(traffic)).toEqual(['traffic']);
  const [silent] = traffic.monitor.alerts;
  expect(silent?.what).toMatch(/^(No request has come for|0 requests came in)/);
  expect(silent?.since.time).toBeGreaterThanOrEqual(MONDAY + (15 * DAY + 10 * 60 - 2) * MINUTE);
  expect(silent?.confidence).toBeGreaterThan(0.999);
  traffic.run(60);
  expect(opened(traffic)).toEqual([]);

  const kinds: [Odd, string, RegExp][] = [
    [{ failed: 0.3 }, 'errors', /failed \(5xx\)/],
    [{ refused: 0.5 }, 'errors', /refused \(4xx\)/],
    [{ slower: 3 }, 'latency', /took more than/],
    [{ answers: true }, 'answers', /lie elsewhere than before/],
    [{ rate: 5 }, 'traffic', /requests came in the last/],
  ];
  for (const [odd, kind, what] of kinds) {
    const before = traffic.monitor.alerts.length;
    traffic.run(70, odd);
    const raised = traffic.monitor.alerts.filter((a) => a.state === 'open');
    expect(raised.map((a) => a.kind)).toEqual([kind]);
    expect(raised[0]?.what).toMatch(what);
    expect(traffic.monitor.alerts.length).toBe(before + 1);
    traffic.run(180);
    expect(opened(traffic)).toEqual([]);
  }
});

test('a state that was kept goes on alike, and what nobody saw is no silence', () => {
  const one = new Traffic();
  one.run(2 * DAY);
  const text = JSON.stringify(one.monitor);
  expect(text.length).toBeLessThan(100_000);
  const restored = TrafficMonitor.fromJSON(JSON.parse(text));
  expect(JSON.stringify(restored)).toBe(text);
  // nobody counted for six hours, and then all is as before
  const [first, second] = [one.monitor, restored].map((monitor) => {
    const traffic = new Traffic(monitor);
    traffic.minute = 2 * DAY + 360;
    traffic.run(300);
    return monitor.alerts;
  });
  expect(first).toEqual([]);
  expect(second).toEqual([]);
  expect(() => TrafficMonitor.fromJSON({ ...(JSON.parse(text) as object), silence: {} })).toThrow(/pauses/);
});

test('traffic whose days are not known yet raises nothing by the level of requests alone', () => {
  const traffic = new Traffic();
  traffic.run(20 * 60, { rate: 1 });
  traffic.run(60, { rate: 0 });
  traffic.run(4 * 60);
  expect(traffic.monitor.alerts).toEqual([]);
});

test('quantiles of latencies are true to 9 %; a tail that was seen is not unlikely', () => {
  const counts = new TrafficCounts();
  for (let i = 1; i <= 1000; i++) counts.request(200, i / 1000);
  expect(latencyQuantile(counts.latency, 0.5)).toBeGreaterThan(0.46);
  expect(latencyQuantile(counts.latency, 0.5)).toBeLessThan(0.55);
  expect(latencyQuantile(counts.latency, 0.95)).toBeGreaterThan(0.87);
  expect(latencyQuantile(counts.latency, 0.95)).toBeLessThan(1.04);
  expect(latencyQuantile(new TrafficCounts().latency, 0.5)).toBeNaN();
  const [light, heavy] = [new Tail(), new Tail()];
  const rng = new Rng(1);
  for (let i = 0; i < 5000; i++) {
    const e = -Math.log(1 - rng.float());
    light.add(0.4 * e);
    heavy.add(3 * e);
  }
  expect(light.beyond(8)).toBeLessThan(1e-6);
  // exp(−14 ÷ 3) = 0.0094
  expect(heavy.beyond(14)).toBeGreaterThan(0.004);
  expect(heavy.beyond(14)).toBeLessThan(0.02);
});

test('what came before a gap is let go', () => {
  const monitor = new TrafficMonitor(MINUTE);
  const asked = (requests: number) => {
    const counts = new TrafficCounts();
    for (let i = 0; i < requests; i++) counts.request(200, 0.003);
    return counts;
  };
  monitor.tick(MONDAY);
  monitor.add(asked(1000));
  // nobody was here for an hour
  for (let minute = 60; minute <= 80; minute++) {
    monitor.tick(MONDAY + minute * MINUTE);
    monitor.add(asked(1));
  }
  expect(monitor.history.map((point) => point.requests)).toEqual([10, 10]);
  expect(monitor.requests).toBe(1021);
});
