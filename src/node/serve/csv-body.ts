import { Refusal } from './refusal.js';

/**
 * The cells of a CSV body (RFC 4180, comma, header first), as text. An empty line at the end is none.
 * @throws Refusal `REQUEST_INVALID` for a quote that never closes
 */
export function csvCells(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  const end = (): void => {
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  };
  while (at < text.length) {
    let cell = '';
    if (text[at] === '"') {
      for (at++; ; ) {
        const close = text.indexOf('"', at);
        if (close < 0) throw new Refusal('REQUEST_INVALID', `A quote in line ${rows.length + 1} of the CSV body never closes.`);
        cell += text.slice(at, close);
        at = close + 1;
        if (text[at] !== '"') break;
        cell += '"';
        at++;
      }
    }
    let stop = at;
    while (stop < text.length && text[stop] !== ',' && text[stop] !== '\n' && text[stop] !== '\r') stop++;
    row.push(cell + text.slice(at, stop));
    at = stop;
    if (text[at] === ',') {
      at++;
      if (at === text.length) row.push('');
      continue;
    }
    if (text[at] === '\r') at++;
    if (text[at] === '\n') at++;
    end();
  }
  if (row.length > 0) end();
  return rows;
}
