import type { SpaceCard } from '../commands/tune-space.js';
import { plain } from './words.js';

/** The parameters of a learner as a table: what a search tries of each, the default, what it does. */
export function spaceText(card: SpaceCard): string {
  const rows = card.parameters.map((p) => [p.name, p.searched ?? '·', String(p.default) || '""', p.allowed]);
  const head = ['parameter', 'searched', 'default', 'may be'];
  const widths = head.map((title, c) => Math.max(title.length, ...rows.map((row) => (row[c] as string).length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, c) => cell.padEnd(widths[c] as number))
      .join('  ')
      .trimEnd();
  const lines = card.parameters.map(
    (p, i) => `${line(rows[i] as string[])}\n    ${plain(p.doc, 400)}${p.when ? ` Searched where ${p.when}.` : ''}\n`,
  );
  const searched = card.parameters.filter((p) => p.searched && !p.searched.includes(',')).slice(0, 2);
  const example = searched.map((p) => `${p.name}=${p.searched}`).join(',');
  return `\n${card.title} (${card.learner})\n\n${line(head)}\n${lines.join('')}\nmillwright tune <data> --target <col> --learner ${card.learner} --only --space "${example}"\n`;
}
