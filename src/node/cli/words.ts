import { figure as short } from '../../core/figure.js';

/** Pieces of text that several summaries share. */

/** Four significant digits, without a tail of zeros. */
export function figure(value: number): string {
  return Number.isFinite(value) ? short(value) : '–';
}

export function count(n: number): string {
  return n.toLocaleString('en-US');
}

/** Control characters of names and cells must not reach the terminal. */
export function plain(text: string, most = 60): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  const safe = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '�');
  const letters = [...safe];
  return letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : safe;
}

/** Lines with a label in a column of its own. */
export function labelled(rows: readonly (readonly [string, string])[], indent = ''): string {
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, text]) => `${indent}${label.padEnd(width)}  ${text}\n`).join('');
}
