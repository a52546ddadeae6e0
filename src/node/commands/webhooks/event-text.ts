import type { DeliveryRecord } from '../../store/records.js';

type Event = Pick<DeliveryRecord, 'type' | 'subject' | 'data' | 'at'>;

const MOST = 2000;
/** Told of an alert, each in a line of its own. */
const ALERT_LINES: readonly (readonly [string, string])[] = [
  ['what', ''],
  ['cause', 'Likely: '],
  ['action', 'To do: '],
  ['alert', 'millwright alerts show '],
];

/** A text of an event's data, on one line; empty when it is none. */
function textIn({ data }: Event, name: string): string {
  const value: unknown = typeof data === 'object' && data !== null && Object.hasOwn(data, name) ? Reflect.get(data, name) : undefined;
  return typeof value === 'string' || typeof value === 'number' ? oneLine(String(value)) : '';
}

/** What an alert costs; empty when nobody said what a wrong prediction does. */
function costIn({ data }: Event): string {
  const { cost } = (data ?? {}) as { cost?: { value?: unknown; unit?: unknown } };
  if (typeof cost?.value !== 'number') return '';
  return oneLine(`${Math.round(cost.value)} ${typeof cost.unit === 'string' ? cost.unit : ''}`);
}

const oneLine = (text: string): string =>
  text
    .slice(0, MOST)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();

/** An event in words: a heading, and lines that say more. */
export function eventText(event: Event): { heading: string; lines: string[] } {
  const about = oneLine(event.subject.replace(/^model:/, ''));
  if (event.type.startsWith('alert.')) {
    const over = event.type === 'alert.ended' ? 'over: ' : '';
    const lines = ALERT_LINES.flatMap(([name, before]) => (textIn(event, name) === '' ? [] : [before + textIn(event, name)]));
    const cost = costIn(event);
    if (cost !== '') lines.splice(-1, 0, `At stake: ${cost}`);
    return { heading: `[${textIn(event, 'severity') || 'alert'}] ${about}: ${over}${textIn(event, 'what')}`.slice(0, 200), lines };
  }
  const by = textIn(event, 'by');
  const reason = textIn(event, 'reason');
  return { heading: `${about}: ${event.type}${by ? ` by ${by}` : ''}`.slice(0, 200), lines: reason ? [reason] : [] };
}

/** An event as chats take it: `{"text": …}`. What stands in data calls nobody and is no markup. */
export function chatMessage(event: Event): string {
  const { heading, lines } = eventText(event);
  const inert = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/@/g, '@\u200b');
  return JSON.stringify({ text: inert([heading, ...lines.slice(event.type.startsWith('alert.') ? 1 : 0)].join('\n')) });
}
