import { basename, extname } from 'node:path';
import type DateHolidays from 'date-holidays';
import { MillwrightError } from '../../core/errors.js';
import { nearestName } from '../../core/nearest-name.js';
import { type Calendar, calendarOf } from '../../engine/prep/calendar.js';
import { inferSchema } from '../../engine/prep/infer-schema.js';
import { openSource } from '../data/open-source.js';

/** A name that is not bundled: the package is there only where somebody wants public holidays. */
const PACKAGE = 'date-holidays';
/** Years whose public holidays a plan holds. */
const YEARS = [1990, 2049] as const;
const DAY = 86_400_000;
/** Days that a list of one's own may name, and years that it may span. */
const MOST_DAYS = 20_000;
const MOST_YEARS = 400;

/**
 * The values of `--holidays`: countries, states and regions as `date-holidays` knows them (`DE`, `US-DC`, `DE-BY-A`), or files with a column of dates; several
 * divided by commas or repeated.
 * @throws MillwrightError `OPTION_INVALID`, `RUNTIME_MISSING` without the package, `DATA_…` for files
 */
export async function loadHolidays(values: readonly string[]): Promise<Calendar[]> {
  const names = [...new Set(values.flatMap((v) => v.split(',').map((part) => part.trim())).filter((part) => part !== ''))];
  if (names.length > 10) throw wrong(`names ${names.length} calendars.`, 'Ten at most.');
  const calendars: Calendar[] = [];
  for (const name of names) calendars.push(/[./\\]/.test(name) ? await ofFile(name) : await ofPlace(name));
  return calendars;
}

async function ofPlace(place: string): Promise<Calendar> {
  const Holidays = await library(place);
  const all = new Holidays();
  const [country, state, region, ...more] = place.toUpperCase().split('-');
  const countries = all.getCountries('en');
  if (more.length > 0 || country === undefined || !Object.hasOwn(countries, country))
    throw wrong(`knows no country "${place}".`, countryHint(place, countries));
  const path = [country];
  for (const [given, known, what] of [
    [state, all.getStates(country, 'en'), 'states'],
    [region, state === undefined ? {} : all.getRegions(country, state, 'en'), 'regions'],
  ] as const) {
    if (given === undefined) break;
    const found = Object.keys(known ?? {}).find((key) => key.toUpperCase() === given);
    const where = path.join('-');
    if (found === undefined)
      throw wrong(
        `knows no "${place}".`,
        known && Object.keys(known).length > 0
          ? `The ${what} of ${where}: ${Object.keys(known).slice(0, 80).join(', ')}.`
          : `${where} has no ${what}: --holidays ${where}.`,
      );
    path.push(found);
  }
  const [ofCountry, ofState, ofRegion] = path as [string, string?, string?];
  const rules = new Holidays({ country: ofCountry, state: ofState, region: ofRegion } as never, {
    types: ['public', 'bank'],
    languages: 'en',
  });
  const dates = new Set<string>();
  const banks = new Set<string>();
  for (let year = YEARS[0]; year <= YEARS[1]; year++)
    for (const { date, start, end, type } of rules.getHolidays(year)) {
      // half a day off is no holiday; a day is 23 hours long once a year
      const length = (end.getTime() - start.getTime()) / DAY;
      if (length < 0.75) continue;
      const first = Date.parse(date.slice(0, 10));
      for (let day = 0; day < Math.round(length); day++)
        (type === 'public' ? dates : banks).add(new Date(first + day * DAY).toISOString().slice(0, 10));
    }
  return calendarOf(path.join('-'), dates.size > 0 ? dates : banks, YEARS);
}

async function library(place: string): Promise<typeof DateHolidays> {
  try {
    return ((await import(PACKAGE)) as { default: typeof DateHolidays }).default;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new MillwrightError(
      'RUNTIME_MISSING',
      `--holidays ${place} needs the package ${PACKAGE}, which is not here.`,
      `Install it beside Millwright: npm install ${PACKAGE}. A list of your own needs nothing: --holidays closed.csv.`,
      { cause },
    );
  }
}

function countryHint(place: string, countries: Readonly<Record<string, string>>): string {
  const near = nearestName(place, Object.values(countries));
  const code = Object.keys(countries).find((key) => near !== undefined && countries[key] === near);
  return `${code ? `Did you mean ${code} (${near})? ` : ''}Write two letters of ISO 3166, perhaps with a state and region (DE, US-DC, DE-BY-A), or name a file of dates.`;
}

async function ofFile(path: string): Promise<Calendar> {
  const source = await openSource({ from: [path] });
  try {
    const { columns } = inferSchema(await source.samples());
    const column = columns.find((c) => c.type === 'datetime');
    if (!column) throw wrong(`${path} has no column of dates.`, 'Give a table with a column such as 2024-12-25.');
    const cells = (await source.read({ columns: [{ ...column, use: 'feature' }] })).column(column.name);
    const days = new Set<string>();
    let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const at of cells.kind === 'numeric' ? cells.values : []) {
      if (!(Math.abs(at) < 8.64e15)) continue;
      const day = new Date(at);
      days.add(day.toISOString().slice(0, 10));
      first = Math.min(first, day.getUTCFullYear());
      last = Math.max(last, day.getUTCFullYear());
    }
    if (days.size === 0) throw wrong(`${path} names no day.`, 'Give a table with a column such as 2024-12-25.');
    if (days.size > MOST_DAYS || !(first >= 0 && last <= 9999 && last - first < MOST_YEARS))
      throw wrong(`${path} names ${days.size} days from ${first} to ${last}.`, `${MOST_DAYS} days in ${MOST_YEARS} years at most.`);
    return calendarOf(basename(path, extname(path)).slice(0, 60) || 'own', days, [first, last]);
  } finally {
    await source.close();
  }
}

function wrong(what: string, hint: string): MillwrightError {
  return new MillwrightError('OPTION_INVALID', `--holidays ${what}`, hint);
}
