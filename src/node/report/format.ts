const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const significant = [1, 2, 3, 4, 5].map((n) => new Intl.NumberFormat('en', { maximumSignificantDigits: n }));
const fixed = [0, 1, 2, 3, 4, 5, 6].map((n) => new Intl.NumberFormat('en', { minimumFractionDigits: n, maximumFractionDigits: n }));
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/** 7043 → "7,043". */
export function count(n: number): string {
  return grouped.format(n);
}

/** "1 row", "7,043 rows". */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** A number for reading: `digits` significant digits, never fewer than its integer part has below 10^7. */
export function number(x: number, digits = 3): string {
  if (!Number.isFinite(x)) return '–';
  const size = Math.abs(x);
  if (size !== 0 && (size >= 1e9 || size < 1e-4))
    return x
      .toExponential(Math.max(0, digits - 1))
      .replace('e+', 'e')
      .replace('-', '−')
      .replace('e-', 'e−');
  const text = size >= 10 ** digits ? grouped.format(x) : (significant[digits - 1] as Intl.NumberFormat).format(x);
  return minus(text);
}

/** For axes: 12,500 → "12.5K". */
export function short(x: number): string {
  if (!Number.isFinite(x)) return '–';
  const size = Math.abs(x);
  if (size !== 0 && (size >= 1e15 || size < 1e-3)) return minus(x.toExponential(1).replace('e+', 'e').replace('.0e', 'e'));
  return minus(size >= 10_000 ? compact.format(x) : (significant[3] as Intl.NumberFormat).format(x));
}

/** Labels for an axis between two values: as `short`, but years are not grouped (1950, not 1,950). */
export function axisFormat(from: number, to: number): (x: number) => string {
  const years = Number.isInteger(from) && Number.isInteger(to) && from >= 1500 && to <= 2200 && to - from <= 500;
  return years ? (x) => (Number.isInteger(x) ? String(x) : short(x)) : short;
}

/** 0.2658 → "27 %"; small shares keep a digit, and a share that is not quite 0 or 1 never reads so. */
export function percent(share: number, digits?: number): string {
  if (!Number.isFinite(share)) return '–';
  const p = share * 100;
  if (digits !== undefined) return `${decimals(p, digits)} %`;
  if (p > 0 && p < 0.1) return '< 0.1 %';
  if (p < 100 && p > 99.9) return '> 99.9 %';
  return `${minus((fixed[(p > 0 && p < 9.95) || (p > 99 && p < 100) ? 1 : 0] as Intl.NumberFormat).format(p))} %`;
}

/** Fixed number of decimals, 0–6. */
export function decimals(x: number, n: number): string {
  return Number.isFinite(x) ? minus((fixed[n] as Intl.NumberFormat).format(x).replace(/^-(?=[0.]*$)/, '')) : '–';
}

/** "0.4 s", "38 s", "2 min 5 s", "1 h 20 min". */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '–';
  if (seconds < 10) return `${decimals(seconds, 1)} s`;
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min${s % 60 ? ` ${s % 60} s` : ''}`;
  const m = Math.round(s / 60);
  return `${Math.floor(m / 60)} h${m % 60 ? ` ${m % 60} min` : ''}`;
}

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];

/** UTC milliseconds → "3 March 2024"; with `time` also "14:05 UTC". */
export function day(ms: number, time = false): string {
  const d = new Date(ms);
  if (Number.isNaN(d.getTime())) return '–';
  const text = `${d.getUTCDate()} ${MONTHS[d.getUTCMonth()]} ${d.getUTCFullYear()}`;
  return time ? `${text}, ${pad(d.getUTCHours())}:${pad(d.getUTCMinutes())} UTC` : text;
}

/** A date for an axis that spans `span` milliseconds. */
export function dayShort(ms: number, span: number): string {
  const d = new Date(ms);
  if (Number.isNaN(d.getTime())) return '–';
  const month = (MONTHS[d.getUTCMonth()] as string).slice(0, 3);
  if (span > 3 * 365 * 864e5) return String(d.getUTCFullYear());
  if (span > 60 * 864e5) return `${month} ${d.getUTCFullYear()}`;
  if (span > 2 * 864e5) return `${d.getUTCDate()} ${month}`;
  return `${d.getUTCDate()} ${month} ${pad(d.getUTCHours())}:${pad(d.getUTCMinutes())}`;
}

function pad(n: number): string {
  return String(n).padStart(2, '0');
}

function minus(text: string): string {
  return text.replace('-', '−');
}
