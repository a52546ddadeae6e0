import type { MonitorSummary } from '../commands/monitor.js';
import { performanceText } from './performance-text.js';
import { tableText } from './table-text.js';
import { count, figure, plain } from './words.js';

const HEALTH = { healthy: 'healthy', notice: 'small changes', warning: 'changed', danger: 'changed much' } as const;
const MOST_ALERTS = 20;
const MOST_COLUMNS = 40;

const instant = (time: number | undefined): string => (time === undefined ? '' : ` (${new Date(time).toISOString().slice(0, 16)}Z)`);

/** What watching found: health, alerts with what to do, and a line for each column. */
export function monitorText(s: MonitorSummary): string {
  const against = s.reference.from === 'training' ? 'the training rows' : plain(s.reference.from);
  let text = `${HEALTH[s.health]}: ${count(s.rows)} rows in ${count(s.windows.length)} windows, beside ${against}\n`;
  for (const alert of s.alerts.slice(0, MOST_ALERTS)) {
    text += `\n${alert.severity}${alert.state === 'ended' ? ' (ended)' : ''}: ${plain(alert.what, 400)}\n`;
    text += `  since about row ${count(alert.since.row + 1)}${instant(alert.since.time)}, seen in ${alert.windows} windows\n`;
    text += `  likely: ${plain(alert.cause, 400)}\n  to do: ${plain(alert.action, 400)}\n`;
    if (alert.cost) text += `  at stake: ${figure(alert.cost.value)} ${plain(alert.cost.unit, 20)}\n`;
  }
  if (s.alerts.length > MOST_ALERTS) text += `\nand ${count(s.alerts.length - MOST_ALERTS)} more; --json lists all\n`;
  for (const unmet of s.unmet.slice(0, MOST_ALERTS)) text += `\nexpectation: ${plain(unmet.message, 300)}\n`;
  if (s.performance) text += performanceText(s.performance);
  if (s.domain)
    text += `\na model tells the first rows from the reference with an AUC of ${s.domain.auc.toFixed(3)} (0.5: not at all; p ${figure(s.domain.p)})\n`;
  const rows = [...s.columns.entries()];
  const inputs = s.columns.length - s.predictions;
  rows.sort(([i, a], [j, b]) => (i < inputs ? 0 : 1) - (j < inputs ? 0 : 1) || b.psi - a.psi || i - j);
  const percent = (v: number) => `${figure(100 * v)} %`;
  text += `\n${tableText(
    ['column', 'PSI', 'JS', 'KS', 'missing', 'was', 'beyond', 'mean', 'was'],
    rows
      .slice(0, MOST_COLUMNS)
      .map(([i, c]) => [
        i < inputs ? c.column : `→ ${c.column}`,
        c.psi.toFixed(3),
        c.jensenShannon.toFixed(3),
        c.kolmogorovSmirnov?.statistic.toFixed(3),
        i < inputs ? percent(c.missing.current) : undefined,
        i < inputs ? percent(c.missing.reference) : undefined,
        percent(c.outside.current),
        c.mean && figure(c.mean.current),
        c.mean && figure(c.mean.reference),
      ]),
  )}`;
  return rows.length > MOST_COLUMNS ? `${text}and ${count(rows.length - MOST_COLUMNS)} more columns; --json lists all\n` : text;
}
