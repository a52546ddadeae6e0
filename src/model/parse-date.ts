const MONTHS = ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december'];

type Field =
  | 'year'
  | 'shortYear'
  | 'month'
  | 'monthName'
  | 'day'
  | 'hour'
  | 'minute'
  | 'second'
  | 'fraction'
  | 'half'
  | 'zone'
  | 'weekday'
  | 'quarter';

/** Longest first: `MMMM` must be seen before `MM`. */
const TOKENS: readonly (readonly [string, Field, string])[] = [
  ['yyyy', 'year', '(\\d{4})'],
  ['yy', 'shortYear', '(\\d{2})'],
  ['MMMM', 'monthName', '([a-z]+)'],
  ['MMM', 'monthName', '([a-z]{3})\\.?'],
  ['MM', 'month', '(\\d{2})'],
  ['M', 'month', '(\\d{1,2})'],
  ['dd', 'day', '(\\d{2})'],
  ['d', 'day', '(\\d{1,2})'],
  ['HH', 'hour', '(\\d{2})'],
  ['H', 'hour', '(\\d{1,2})'],
  ['hh', 'hour', '(\\d{2})'],
  ['h', 'hour', '(\\d{1,2})'],
  ['mm', 'minute', '(\\d{2})'],
  ['ss', 'second', '(\\d{2})'],
  ['SSS', 'fraction', '(\\d{1,9})'],
  ['a', 'half', '([ap]\\.?m\\.?)'],
  ['ZZ', 'zone', '(z|utc|gmt|[-+]\\d{2}:?\\d{2})'],
  ['EEE', 'weekday', '([a-z]+)'],
  ['Qq', 'quarter', 'Q([1-4])'],
];

const ISO =
  /^(\d{4})-(\d{1,2})(?:-(\d{1,2})(?:[t ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?(?: ?(z|utc|gmt|[-+]\d{2}(?::?\d{2})?))?)?$/i;

/**
 * UTC milliseconds of a moment, or `undefined` when there is no such day or time. `zone` in minutes east of UTC.
 * Years 1 to 9999.
 */
export function utcMilliseconds(
  year: number,
  month: number,
  day: number,
  hour = 0,
  minute = 0,
  second = 0,
  milli = 0,
  zone = 0,
): number | undefined {
  if (year < 1 || month < 1 || month > 12 || day < 1 || hour > 24 || minute > 59 || second > 60) return undefined;
  if (hour === 24 && (minute > 0 || second > 0)) return undefined;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 ? (leap ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  if (day > days) return undefined;
  // Date.UTC reads the years 0–99 as 1900–1999, and 400 years are 146,097 days
  const shift = year < 400 ? 400 : 0;
  const at = Date.UTC(year + shift, month - 1, day, hour, minute, second, milli) - shift * 31_556_952_000;
  return at - zone * 60_000;
}

function zoneMinutes(text: string | undefined): number {
  if (text === undefined || /^[a-z]/i.test(text)) return 0;
  const digits = text.slice(1).replace(':', '').padEnd(4, '0');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2, 4));
  return text.startsWith('-') ? -minutes : minutes;
}

const milliseconds = (fraction: string | undefined): number => (fraction ? Number(fraction.slice(0, 3).padEnd(3, '0')) : 0);

function readIso(text: string): number | undefined {
  const m = ISO.exec(text);
  if (!m) return undefined;
  const n = (i: number, otherwise: number): number => (m[i] === undefined ? otherwise : Number(m[i]));
  return utcMilliseconds(n(1, 0), n(2, 1), n(3, 1), n(4, 0), n(5, 0), n(6, 0), milliseconds(m[7]), zoneMinutes(m[8]));
}

function readCompact(text: string): number | undefined {
  return /^\d{8}(\.0)?$/.test(text)
    ? utcMilliseconds(Number(text.slice(0, 4)), Number(text.slice(4, 6)), Number(text.slice(6, 8)))
    : undefined;
}

function readEpoch(scale: number): (text: string) => number | undefined {
  // beyond ±8.64e15 ms there is no date
  return (text) => {
    if (!/^-?\d+(\.\d*)?$/.test(text)) return undefined;
    const at = Number(text) * scale;
    return Math.abs(at) <= 8.64e15 ? at : undefined;
  };
}

/**
 * A reader of text dates for one pattern of `ColumnFormat`; the answer is in UTC milliseconds, `undefined` when the text does not fit or
 * names no real day. Two-digit years 00–68 are 2000–2068, 69–99 are 1969–1999 (as POSIX).
 * @example dateParser('d/M/yyyy')('31/12/1999') // 946598400000
 */
export function dateParser(pattern: string): (text: string) => number | undefined {
  if (pattern === 'iso') return readIso;
  if (pattern === 'yyyymmdd') return readCompact;
  if (pattern === 'epoch-s') return readEpoch(1000);
  if (pattern === 'epoch-ms') return readEpoch(1);
  const fields: Field[] = [];
  let source = '';
  for (let at = 0; at < pattern.length; ) {
    const token = TOKENS.find(([spelled]) => pattern.startsWith(spelled, at));
    if (token) {
      fields.push(token[1]);
      source += token[2];
      at += token[0].length;
    } else {
      const letter = pattern.charAt(at++);
      source += letter === ' ' ? ' +' : letter.replace(/[.*+?^${}()|[\]\\/-]/, '\\$&');
    }
  }
  const shape = new RegExp(`^${source}$`, 'i');
  return (text) => {
    const m = shape.exec(text);
    if (!m) return undefined;
    let [year, month, day, hour, minute, second, fraction, zone] = [1970, 1, 1, 0, 0, 0, 0, 0];
    let half = '';
    for (let i = 0; i < fields.length; i++) {
      const part = m[i + 1] as string;
      switch (fields[i]) {
        case 'year':
          year = Number(part);
          break;
        case 'shortYear':
          year = Number(part) + (Number(part) < 69 ? 2000 : 1900);
          break;
        case 'month':
          month = Number(part);
          break;
        case 'monthName':
          month = monthNumber(part);
          break;
        case 'quarter':
          month = Number(part) * 3 - 2;
          break;
        case 'day':
          day = Number(part);
          break;
        case 'hour':
          hour = Number(part);
          break;
        case 'minute':
          minute = Number(part);
          break;
        case 'second':
          second = Number(part);
          break;
        case 'fraction':
          fraction = milliseconds(part);
          break;
        case 'half':
          half = part.charAt(0).toLowerCase();
          break;
        case 'zone':
          zone = zoneMinutes(part);
          break;
        default:
      }
    }
    if (half !== '') {
      if (hour < 1 || hour > 12) return undefined;
      hour = (hour % 12) + (half === 'p' ? 12 : 0);
    }
    return utcMilliseconds(year, month, day, hour, minute, second, fraction, zone);
  };
}

/** 1–12 for an English month, whole or cut to three letters (or "sept"); 0 when there is none. */
function monthNumber(name: string): number {
  const lower = name.toLowerCase();
  return lower.length < 3 ? 0 : MONTHS.findIndex((month) => month.startsWith(lower)) + 1;
}
