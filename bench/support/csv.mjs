import { readFileSync } from 'node:fs';

/** Reads a CSV file as RFC 4180 has it: rows of text, the first one the header. Written apart from the product's own reader on purpose. */
export function readCsv(path) {
  return parseCsv(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
}

export function parseCsv(text) {
  const rows = [];
  let row = [];
  let at = 0;
  while (at < text.length) {
    let cell;
    if (text[at] === '"') {
      let end = at + 1;
      for (;;) {
        end = text.indexOf('"', end);
        if (end < 0) throw new Error('a quoted cell does not end');
        if (text[end + 1] !== '"') break;
        end += 2;
      }
      cell = text.slice(at + 1, end).replaceAll('""', '"');
      at = end + 1;
    } else {
      let end = at;
      while (end < text.length && text[end] !== ',' && text[end] !== '\n' && text[end] !== '\r') end++;
      cell = text.slice(at, end);
      at = end;
    }
    row.push(cell);
    if (text[at] === ',') {
      at++;
      if (at === text.length) row.push('');
      continue;
    }
    if (text[at] === '\r') at++;
    at++;
    rows.push(row);
    row = [];
  }
  if (row.length > 0) rows.push(row);
  return rows;
}

export function formatCsv(rows) {
  const quote = (cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return `${rows.map((row) => row.map(quote).join(',')).join('\n')}\n`;
}

/** The cells of a column by its header. */
export function columnOf(rows, name) {
  const at = rows[0].indexOf(name);
  if (at < 0) throw new Error(`there is no column "${name}"`);
  return rows.slice(1).map((row) => row[at]);
}
