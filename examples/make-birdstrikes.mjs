// Makes examples/birdstrikes.csv from the npm package vega-datasets 3.2.1:
//   npm pack vega-datasets@3.2.1 && tar xzf vega-datasets-3.2.1.tgz && node examples/make-birdstrikes.mjs package/data/birdstrikes.csv
// The question is "did the strike damage the aircraft?", so the column of damage grades becomes Yes or No, and the three cost
// columns, which are known only after the damage, are left out. Nothing else is touched.
import { readFileSync, writeFileSync } from 'node:fs';

const [source] = process.argv.slice(2);
if (!source) throw new Error('usage: node examples/make-birdstrikes.mjs <birdstrikes.csv of vega-datasets>');

/** Cells of one CSV line; the source quotes some, and has no line breaks within cells. */
function cells(line) {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map((m) => (m[1] === undefined ? m[2] : m[1].replaceAll('""', '"')));
}

const quote = (cell) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
const lines = readFileSync(source, 'utf8').trim().split(/\r?\n/).map(cells);
const [header, ...rows] = lines;
const grade = header.indexOf('Effect Amount of damage');
const keep = header.map((name, i) => ({ name, i })).filter(({ name, i }) => i !== grade && !name.startsWith('Cost '));
const out = [[...keep.map((k) => k.name), 'Damage'], ...rows.map((row) => [...keep.map((k) => row[k.i]), row[grade] === 'None' ? 'No' : 'Yes'])];
if (out.some((row) => row.length !== out[0].length)) throw new Error('a row has another number of cells than the header');
writeFileSync(new URL('birdstrikes.csv', import.meta.url), `${out.map((row) => row.map(quote).join(',')).join('\n')}\n`);
console.log(`examples/birdstrikes.csv: ${rows.length} rows, ${out[0].length} columns`);
