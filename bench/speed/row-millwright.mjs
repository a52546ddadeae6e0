// row-millwright.mjs BUNDLE TABLE CALLS: latency of `predict(row)` from plain objects; prints one line of JSON, microseconds.
import { readFileSync } from 'node:fs';
import { readCsv } from '../support/csv.mjs';
import { built } from '../support/places.mjs';
import { quantile } from '../support/statistics.mjs';

const [bundle, file, calls] = process.argv.slice(2);
const { loadBundle } = await import(built('predict.js'));
const [head, ...cells] = readCsv(file);
// as a service gets them: numbers as numbers, the rest as text, missing as null
const rows = cells
  .slice(0, 4000)
  .map((row) => Object.fromEntries(head.map((name, i) => [name, cellValue(name, row[i])]).filter(([name]) => name !== 'y')));
function cellValue(name, cell) {
  if (cell === '') return null;
  return name.startsWith('number') ? Number(cell) : cell;
}

const loading = performance.now();
// copied, since reading a file into a Buffer is not the point here
const scorer = await loadBundle(new Uint8Array(readFileSync(bundle)));
const load = (performance.now() - loading) * 1000;
const timed = (row) => {
  const start = process.hrtime.bigint();
  const scored = scorer.predict(row);
  const nanoseconds = Number(process.hrtime.bigint() - start);
  if (typeof scored.prediction !== 'string') throw new Error('no class was called');
  return nanoseconds / 1000;
};
const cold = timed(rows[0]);
for (let i = 0; i < 2000; i++) timed(rows[i % rows.length]);
const times = Array.from({ length: Number(calls) }, (_, i) => timed(rows[i % rows.length]));
console.log(JSON.stringify({ load, cold, p50: quantile(times, 0.5), p99: quantile(times, 0.99), most: Math.max(...times) }));
