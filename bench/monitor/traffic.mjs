// Anomalies of requests: false alarms a month and planted ones found, on simulated traffic of several kinds; with a file of NAB's streams, how well oddness ranks their labels.
// node bench/monitor/traffic.mjs [--seeds N] [--days N] [--nab FILE.csv]
// NAB's file has the columns series, timestamp, value, is_anomaly (35 streams of realKnownCause, realAWSCloudwatch and artificial ones).
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { Rng } from '../../dist/core/rng.js';
import { Signal } from '../../dist/engine/monitor/traffic/signal.js';
import { TrafficCounts } from '../../dist/engine/monitor/traffic/traffic-counts.js';
import { TrafficMonitor } from '../../dist/engine/monitor/traffic/traffic-monitor.js';

const option = (name, fallback) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : fallback);
const SEEDS = Number(option('--seeds', '3'));
const DAYS = Number(option('--days', '35'));
const FROM_DAY = 16;
const MINUTE = 60_000;
const DAY = 1440;
const START = Date.UTC(2026, 0, 5); // a Monday

const normal = (rng) => Math.sqrt(-2 * Math.log(1 - rng.float())) * Math.cos(2 * Math.PI * rng.float());
function poisson(mean, rng) {
  if (mean > 40) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(rng)));
  const limit = Math.exp(-mean);
  let n = 0;
  for (let p = rng.float(); p > limit; p *= rng.float()) n++;
  return n;
}

/** Kinds of traffic: requests a minute at noon of a working day, what nights and weekends have of it, and how restless it is. */
const KINDS = {
  steady: { rate: 60, night: 0.8, weekend: 0.9, noise: 0.05 },
  daily: { rate: 80, night: 0.08, weekend: 0.4, noise: 0.1 },
  restless: { rate: 40, night: 0.3, weekend: 0.6, noise: 0.3 },
  office: { rate: 30, night: 0, weekend: 0, noise: 0.15 },
  few: { rate: 1, night: 0.2, weekend: 0.5, noise: 0.2 },
};
/** What is planted, how long it lasts in minutes, and how many of these may pass until it is told of. */
const PLANTED = {
  outage: { minutes: 60, rate: 0 },
  'half gone': { minutes: 240, rate: 0.4 },
  burst: { minutes: 60, rate: 4 },
  '5xx 10 %': { minutes: 90, failed: 0.1 },
  '4xx 25 %': { minutes: 90, refused: 0.25 },
  'latency × 2': { minutes: 90, slower: 2 },
  'slow tail': { minutes: 180, tail: 0.12 },
  answers: { minutes: 240, answers: 0.3 },
};
const KIND_OF = {
  outage: 'traffic',
  'half gone': 'traffic',
  burst: 'traffic',
  '5xx 10 %': 'errors',
  '4xx 25 %': 'errors',
  'latency × 2': 'latency',
  'slow tail': 'latency',
  answers: 'answers',
};

function shapeAt({ rate, night, weekend }, minute) {
  const hour = (minute % DAY) / 60;
  const day = Math.floor(minute / DAY) % 7;
  const wave = 0.5 - 0.5 * Math.cos((2 * Math.PI * (hour - 3)) / 24);
  const share = night === 0 ? (hour >= 8 && hour < 18 ? 1 : 0) : night + (1 - night) * wave ** 1.5;
  return rate * share * (day >= 5 ? weekend : 1);
}

function simulate(kind, seed, planted) {
  const rng = new Rng(seed);
  const monitor = new TrafficMonitor(MINUTE);
  const told = [];
  let restless = 0;
  let speed = 0;
  monitor.tick(START);
  for (let minute = 0; minute < DAYS * DAY; minute++) {
    restless = 0.97 * restless + Math.sqrt(1 - 0.97 ** 2) * normal(rng);
    speed = 0.99 * speed + Math.sqrt(1 - 0.99 ** 2) * normal(rng);
    const now = planted.find((p) => minute >= p.from && minute < p.from + PLANTED[p.what].minutes);
    const odd = now ? PLANTED[now.what] : {};
    const expected = shapeAt(kind, minute) * Math.exp(kind.noise * restless - kind.noise ** 2 / 2) * (odd.rate ?? 1);
    const counts = new TrafficCounts();
    const requests = poisson(expected, rng);
    const median = 0.004 * Math.exp(0.1 * speed) * (odd.slower ?? 1);
    for (let i = 0; i < requests; i++) {
      const u = rng.float();
      const status = u < (odd.failed ?? 0.001) ? 500 : u > 1 - (odd.refused ?? 0.02) ? 422 : 200;
      counts.request(status, median * Math.exp(0.5 * normal(rng)) * (odd.tail && rng.float() < odd.tail ? 6 : 1));
      if (status === 200) counts.answers[Math.floor(8 * rng.float() ** (odd.answers ? 1.6 : 1))]++;
    }
    monitor.add(counts);
    for (const alert of monitor.tick(START + (minute + 1) * MINUTE)) told.push({ minute, alert });
  }
  return told;
}

const totals = new Map(Object.keys(PLANTED).map((what) => [what, { planted: 0, found: 0, delay: [] }]));
const began = performance.now();
for (const [name, kind] of Object.entries(KINDS)) {
  let early = 0;
  let late = 0;
  const falseOnes = [];
  for (let seed = 0; seed < SEEDS; seed++) {
    for (const { minute, alert } of simulate(kind, 100 + seed, [])) {
      if (minute < FROM_DAY * DAY) early++;
      else late++;
      falseOnes.push(`day ${(minute / DAY).toFixed(1)}: ${alert.what}`);
    }
    const rng = new Rng(7 + seed);
    // at most one thing a day, at an hour with traffic
    const planted = Object.keys(PLANTED).map((what, i) => ({
      what,
      from: (FROM_DAY + 1 + 2 * i) * DAY + Math.floor((9 + 5 * rng.float()) * 60),
    }));
    for (const p of planted) while (shapeAt(kind, p.from) < 0.3 * kind.rate) p.from += DAY;
    const told = simulate(kind, 500 + seed, planted);
    for (const { what, from } of planted) {
      const total = totals.get(what);
      total.planted++;
      const hit = told.find((t) => t.minute >= from && t.minute <= from + PLANTED[what].minutes + 10 && t.alert.kind === KIND_OF[what]);
      if (hit) {
        total.found++;
        total.delay.push(hit.minute - from + 1);
      } else console.log(`  ${name}: ${what} not found`);
    }
  }
  const months = (DAYS - FROM_DAY) / 30;
  console.log(
    `${name}: ${early} false alarms in the first ${FROM_DAY} days, then ${late} in ${(SEEDS * months).toFixed(1)} months (${(late / SEEDS / months).toFixed(2)} a month)`,
  );
  for (const text of falseOnes.slice(0, 12)) console.log(`    ${text}`);
}
const seconds = (performance.now() - began) / 1000;
console.log('\nplanted       there  found  minutes until told (median, most)');
for (const [what, { planted, found, delay }] of totals) {
  delay.sort((a, b) => a - b);
  console.log(
    `${what.padEnd(13)} ${String(planted).padStart(5)} ${String(found).padStart(6)}  ${delay[delay.length >> 1] ?? '–'}, ${delay.at(-1) ?? '–'}`,
  );
}
console.log(`${seconds.toFixed(1)} s for ${Object.keys(KINDS).length * SEEDS * 2} models of ${DAYS} days`);

const nab = option('--nab');
if (nab) await streams(nab);

/** NAB's streams as values a signal judges: how well its oddness ranks what is labelled (ROC AUC after the first 15 %), beside a moving median and MAD. */
async function streams(file) {
  const input = file.endsWith('.gz') ? createReadStream(file).pipe(createGunzip()) : createReadStream(file);
  const series = new Map();
  let head;
  for await (const line of createInterface({ input })) {
    const cells = line.split(',');
    if (!head) {
      head = cells;
      continue;
    }
    const row = Object.fromEntries(head.map((h, i) => [h, cells[i]]));
    if (!series.has(row.series)) series.set(row.series, []);
    series
      .get(row.series)
      .push({ time: Date.parse(`${row.timestamp.replace(' ', 'T')}Z`), value: Number(row.value), odd: row.is_anomaly === '1' });
  }
  const ours = [];
  const theirs = [];
  let [windows, hit, alarms, days] = [0, 0, 0, 0];
  for (const [name, rows] of series) {
    const from = Math.floor(0.15 * rows.length);
    const early = rows.slice(0, from).map((r) => r.value);
    const mean = early.reduce((a, b) => a + b, 0) / from;
    const sd = Math.sqrt(early.reduce((a, v) => a + (v - mean) ** 2, 0) / from) || 1;
    const signal = new Signal(0.01 * sd);
    const scores = rows.map(({ time, value }) => -Math.log(Math.max(1e-300, signal.take({ time, value, chance: () => 0 }, false)?.p ?? 1)));
    const others = movingMad(rows.map((r) => r.value));
    const labelled = rows.map((r) => r.odd);
    if (labelled.slice(from).some(Boolean)) {
      ours.push(auc(scores.slice(from), labelled.slice(from)));
      theirs.push(auc(others.slice(from), labelled.slice(from)));
    }
    // alarms: p below one in a month of such values
    const step = (rows.at(-1).time - rows[0].time) / (rows.length - 1);
    const limit = -Math.log(step / (30 * 86_400_000));
    let quiet = 0;
    let inside = false;
    let found = false;
    for (let i = from; i < rows.length; i++) {
      if (labelled[i] && !inside) windows++;
      if (!labelled[i]) found = false;
      inside = labelled[i];
      if (scores[i] < limit) {
        quiet++;
        continue;
      }
      if (inside && !found) {
        hit++;
        found = true;
      } else if (!inside && quiet > 12) alarms++;
      quiet = 0;
    }
    days += (rows.at(-1).time - rows[from].time) / 86_400_000;
    if (process.argv.includes('--each') && ours.length) console.log(`  ${name}: ${ours.at(-1).toFixed(3)} ${theirs.at(-1).toFixed(3)}`);
  }
  const mean = (x) => (x.reduce((a, b) => a + b, 0) / x.length).toFixed(4);
  console.log(
    `\nNAB, ${series.size} streams: mean AUC ${mean(ours)} (moving median and MAD ${mean(theirs)}); ${hit} of ${windows} labelled windows found, ${alarms} alarms beside them in ${days.toFixed(0)} days`,
  );
}

function movingMad(values) {
  const out = [];
  const window = 288;
  for (let i = 0; i < values.length; i++) {
    const past = values.slice(Math.max(0, i - window), i).sort((a, b) => a - b);
    if (past.length < 20) {
      out.push(0);
      continue;
    }
    const median = past[past.length >> 1];
    const spread = past.map((v) => Math.abs(v - median)).sort((a, b) => a - b)[past.length >> 1];
    out.push(Math.abs(values[i] - median) / (1.4826 * spread + 1e-9 + 1e-3 * Math.abs(median)));
  }
  return out;
}

function auc(scores, labels) {
  const order = [...scores.keys()].sort((a, b) => scores[a] - scores[b]);
  let [ranks, hits] = [0, 0];
  for (let i = 0; i < order.length; ) {
    let j = i + 1;
    while (j < order.length && scores[order[j]] === scores[order[i]]) j++;
    for (let k = i; k < j; k++)
      if (labels[order[k]]) {
        ranks += (i + j + 1) / 2;
        hits++;
      }
    i = j;
  }
  return (ranks - (hits * (hits + 1)) / 2) / (hits * (scores.length - hits));
}
