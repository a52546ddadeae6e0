import type { AlertsAnswer } from '../commands/alerts.js';
import type { AlertRecord } from '../store/records.js';
import { when } from './project-text.js';
import { tableText } from './table-text.js';
import { count, plain } from './words.js';

/** A text of what an alert tells, if it is one. */
export function toldOf({ detail }: AlertRecord, name: string): string {
  const value = typeof detail === 'object' && detail !== null && Object.hasOwn(detail, name) ? Reflect.get(detail, name) : undefined;
  return typeof value === 'string' ? value : '';
}

/** What `millwright alerts` tells a person. */
export function alertsText(answer: AlertsAnswer): string {
  if ('alert' in answer) return alertText(answer.alert);
  const { alerts } = answer;
  if (alerts.length === 0) return 'No alerts wait for anybody. `millwright alerts --all` lists those that are over, too.\n';
  const rows = alerts.map((a) => [a.id, `${a.model}@${a.version}`, a.severity, a.state, plain(toldOf(a, 'what'), 300), when(a.raisedAt)]);
  return tableText(['alert', 'model', 'severity', 'state', 'what', 'raised'], rows, 90);
}

/** What is at stake, where a price is known. */
function costLine({ detail }: AlertRecord): string[] {
  const { cost } = (detail ?? {}) as { cost?: { value?: unknown; unit?: unknown } };
  if (typeof cost?.value !== 'number') return [];
  return [
    `  at stake: ${count(Math.round(cost.value))}${typeof cost.unit === 'string' && cost.unit !== '' ? ` ${plain(cost.unit, 20)}` : ''}`,
  ];
}

function alertText(a: AlertRecord): string {
  const lines = [
    `${a.id}: ${a.severity}, ${a.state}`,
    `  of ${plain(`${a.model}@${a.version}`, 200)}, raised ${when(a.raisedAt)}, last seen ${when(a.seenAt)}${a.endedAt ? `, ended ${when(a.endedAt)}` : ''}`,
    `  ${plain(toldOf(a, 'what'), 500)}`,
    `  likely: ${plain(toldOf(a, 'cause'), 500)}`,
    `  to do: ${plain(toldOf(a, 'action'), 500)}`,
    ...costLine(a),
    ...a.handled.map((step) => {
      const until = step.until ? ` until ${when(step.until)}` : '';
      return `  ${when(step.at)} ${plain(step.by, 100)}: ${step.action}${until}${step.note ? ` — ${plain(step.note, 500)}` : ''}`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}
