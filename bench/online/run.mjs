// Online learners beside river's on the same rows in the same order. Usage: DATA=folder RIVER_PYTHON=python node bench/online/run.mjs [set[:learner]...]
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const SETS = [
  { name: 'electricity_elec2', target: 'class', predicts: 'classes', drop: [] },
  {
    name: 'airlines_2k_per_year',
    target: 'IsArrDelayed',
    rows: 15_000,
    predicts: 'classes',
    drop: [
      'ArrDelay',
      'ArrTime',
      'ActualElapsedTime',
      'AirTime',
      'TaxiIn',
      'TailNum',
      'FlightNum',
      'CancellationCode',
      'Cancelled',
      'Diverted',
      'CarrierDelay',
      'WeatherDelay',
      'NASDelay',
      'SecurityDelay',
      'LateAircraftDelay',
      'IsDepDelayed',
      'DepDelay',
      'TaxiOut',
      'DepTime',
    ],
  },
  { name: 'bank_marketing', target: 'deposit', predicts: 'classes', drop: ['duration'], rows: 15_000 },
  { name: 'bike_sharing_hour', target: 'cnt', predicts: 'number', drop: ['instant', 'dteday', 'casual', 'registered'] },
];
const LEARNERS = ['ftrl', 'hoeffding', 'arf'];
const data = process.env.DATA ?? '.';
const python = process.env.RIVER_PYTHON ?? 'python3';
const cli = fileURLToPath(new URL('../../bin/millwright.js', import.meta.url));
const river = fileURLToPath(new URL('river_stream.py', import.meta.url));
const wanted = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'millwright-online-'));
const figures = (scores) =>
  Object.entries(scores)
    .map(([name, value]) => `${name} ${value.toFixed(4)}`)
    .join('  ');

try {
  for (const set of SETS) {
    const learners = LEARNERS.filter((l) => wanted.length === 0 || wanted.includes(set.name) || wanted.includes(`${set.name}:${l}`));
    if (learners.length === 0) continue;
    const plain = join(data, `${set.name}.csv`);
    const bytes = existsSync(plain) ? readFileSync(plain) : gunzipSync(readFileSync(`${plain}.gz`));
    const lines = bytes.toString('utf8').split('\n');
    const file = join(folder, `${set.name}.csv`);
    writeFileSync(file, lines.slice(0, (set.rows ?? lines.length) + 1).join('\n'));
    for (const learner of learners) {
      const task = set.predicts === 'classes' ? 'multiclass' : 'regression';
      const args = [cli, 'stream', file, '--target', set.target, '--task', task, '--learner', learner, '--quiet', '--json'];
      const ours = JSON.parse(
        execFileSync(process.execPath, [...args, ...(set.drop.length > 0 ? ['--drop', set.drop.join(',')] : [])], { encoding: 'utf8' }),
      );
      const theirs = JSON.parse(
        execFileSync(python, [river, file, set.target, set.predicts, learner, '--drop', set.drop.join(',')], { encoding: 'utf8' }),
      );
      // ours counts from the start of the process and with reading the file; river's loop alone is timed
      console.log(`${set.name} ${learner} (${ours.taken} rows)`);
      console.log(`  millwright  ${figures(ours.scores)}  ${Math.round(ours.taken / ours.seconds)} rows/s`);
      console.log(`  river       ${figures(theirs.scores)}  ${Math.round(theirs.rows / theirs.seconds)} rows/s`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
