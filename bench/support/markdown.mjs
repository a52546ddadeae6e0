/** A Markdown table; numbers with few digits, undefined as a dash. */
export function markdownTable(head, rows) {
  const line = (cells) => `| ${cells.map((c) => cell(c).replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

function cell(value) {
  if (value === undefined || value === null || (typeof value === 'number' && Number.isNaN(value))) return '–';
  return typeof value === 'number' ? figure(value) : String(value);
}

/** A number with about `digits` significant digits and no exponent. */
export function figure(value, digits = 4) {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(12, decimals));
}
