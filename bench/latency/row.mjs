// row.mjs BUNDLE TABLE: time of `predict(row)` from plain objects of text; prints one line of JSON, microseconds.
import { readFileSync } from 'node:fs';
import { readCsv } from '../support/csv.mjs';
import { built } from '../support/places.mjs';
import { quantile } from '../support/statistics.mjs';

const ROWS = 300;
const TURNS = 15;

const [bundle, file] = process.argv.slice(2);
const { loadBundle } = await import(built('predict.js'));
const [head, ...cells] = readCsv(file);
const rows = cells.slice(0, ROWS).map((row) => Object.fromEntries(head.map((name, i) => [name, row[i]])));
const scorer = await loadBundle(new Uint8Array(readFileSync(bundle)));
const timed = (row) => {
  const start = process.hrtime.bigint();
  scorer.predict(row);
  return Number(process.hrtime.bigint() - start) / 1000;
};
const first = timed(rows[0]);
for (let i = 0; i < 2000; i++) timed(rows[i % rows.length]);
const calls = [];
const byRow = rows.map(() => []);
for (let turn = 0; turn < TURNS; turn++)
  rows.forEach((row, i) => {
    const t = timed(row);
    calls.push(t);
    byRow[i].push(t);
  });
// what other programs do to single calls is gone from a row's middle time
const middles = byRow.map((times) => quantile(times, 0.5));
console.log(
  JSON.stringify({
    first,
    p50: quantile(calls, 0.5),
    p99: quantile(calls, 0.99),
    row50: quantile(middles, 0.5),
    row99: quantile(middles, 0.99),
  }),
);
