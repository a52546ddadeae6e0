import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseCsv } from '../support/csv.mjs';

const MONTHS = 'january february march april may june july august september october november december'.split(' ');
const two = (n) => String(n).padStart(2, '0');

/**
 * Tables whose rows happened in an order. `when` makes a column of dates of others (which it replaces where `instead` names them); `time` names the column that says
 * when a row happened, where there is one; `from` and `to` are the days of the first and last row.
 */
export const SETS = [
  { name: 'electricity_elec2', from: '1996-05-07', to: '1998-12-05' },
  {
    name: 'hotel_bookings',
    from: '2015-07-01',
    to: '2017-08-31',
    time: 'arrival',
    when: [
      'arrival',
      (row) =>
        `${row.arrival_date_year}-${two(MONTHS.indexOf(row.arrival_date_month.toLowerCase()) + 1)}-${two(row.arrival_date_day_of_month)}`,
    ],
    instead: ['arrival_date_year', 'arrival_date_day_of_month'],
  },
  {
    name: 'bike_sharing_hour',
    from: '2011-01-01',
    to: '2012-12-31',
    time: 'when',
    when: ['when', (row) => row.dteday.replace(/^(\d+)\/(\d+)\/(\d+)$/, (_, m, d, y) => `20${y}-${two(m)}-${two(d)}`)],
    instead: ['dteday'],
  },
  {
    name: 'airlines_2k_per_year',
    from: '1987-10-01',
    to: '2008-01-03',
    time: 'flown',
    when: ['flown', (row) => `${row.Year}-${two(row.Month)}-${two(row.DayofMonth)}`],
    instead: ['Year', 'DayofMonth'],
  },
  { name: 'bank_marketing', from: '2008-05-05', to: '2010-11-17' },
  { name: 'flights_1m', from: '2001-01-01', to: '2001-07-01', time: 'date' },
];

/**
 * A set ready to be replayed: its rows in the order of time, every k-th where there are more than `most`.
 * @returns header and rows as text, the target's place, the task
 */
export function readSet(set, folder, most) {
  const listed = JSON.parse(readFileSync(join(folder, 'data.json'), 'utf8')).find(({ name }) => name === set.name);
  if (!listed) throw new Error(`data.json does not know "${set.name}"`);
  const path = join(folder, listed.file);
  if (!existsSync(path)) throw new Error(`there is no ${listed.file}`);
  const bytes = readFileSync(path);
  const all = parseCsv((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').replace(/^\uFEFF/, ''));
  let [header] = all;
  let rows = all.slice(1).filter((row) => row[header.indexOf(listed.target)] !== '');
  if (set.when) {
    const [name, make] = set.when;
    const dated = rows.map((row) => [make(Object.fromEntries(header.map((h, i) => [h, row[i]]))), ...row]);
    header = [name, ...header];
    // stable, so that the order of the file holds within a day
    rows = dated.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  }
  const total = rows.length;
  if (rows.length > most) rows = Array.from({ length: most }, (_, i) => rows[Math.floor((i * total) / most)]);
  const gone = new Set([...(listed.drop ?? []).map((d) => d.column), ...(set.instead ?? [])]);
  const kept = header.flatMap((h, i) => (gone.has(h) ? [] : [i]));
  const { target } = listed;
  const columns = kept.map((i) => header[i]);
  const classes = listed.task === 'regression' ? undefined : [...new Set(rows.map((row) => row[header.indexOf(target)]))];
  return {
    ...set,
    total,
    header: columns,
    rows: rows.map((row) => kept.map((i) => row[i])),
    target,
    at: columns.indexOf(target),
    positive: classes && listed.positive_class,
    metric: classes ? 'roc_auc' : 'rmse',
  };
}
