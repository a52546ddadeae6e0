import { plain } from './words.js';

/** Rows in columns under a head; numbers stand right. */
export function tableText(head: readonly string[], rows: readonly (readonly (string | number | undefined)[])[], widest = 48): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => plain(String(cell ?? ''), widest)));
  const widths = head.map((_, i) => Math.max(...cells.map((row) => [...(row[i] ?? '')].length)));
  const right = head.map((_, i) => rows.length > 0 && rows.every((row) => row[i] === undefined || typeof row[i] === 'number'));
  const lines = cells.map((row) =>
    row
      .map((cell, i) => {
        const gap = ' '.repeat((widths[i] ?? 0) - [...cell].length);
        return right[i] ? gap + cell : cell + gap;
      })
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}
