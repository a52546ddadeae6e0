/** Begins a formula in a spreadsheet, or hides one behind white space. */
const FORMULA = /^[\s]*[=+\-@\t\r]/;
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const QUOTE = /[",\r\n;\t]|^\s|\s$/;

/**
 * A text cell as CSV (RFC 4180). A cell that a spreadsheet would run as a formula gets an apostrophe in front, as OWASP advises;
 * plain numbers such as `-1.5` stay as they are.
 * @example csvText('=1+1') // "'=1+1"
 */
export function csvText(value: string): string {
  const safe = FORMULA.test(value) && !NUMBER.test(value) ? `'${value}` : value;
  return QUOTE.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A number as CSV: shortest text that reads back as the same number; missing and infinite ones are empty. */
export function csvNumber(value: number): string {
  return Number.isFinite(value) ? String(value) : '';
}
