import type { WebhookAnswer } from '../commands/webhooks.js';
import { when } from './project-text.js';
import { tableText } from './table-text.js';
import { count, plain } from './words.js';

/** What `millwright webhooks` tells a person. */
export function webhooksText({ webhooks, made, secret, delivered, test }: WebhookAnswer): string {
  if (test) {
    const said = test.status === undefined ? plain(test.error ?? '', 300) : `HTTP ${test.status}`;
    return test.ok ? `The receiver took it (${said}).\n` : `The receiver did not take it: ${said}.\n`;
  }
  if (delivered) return `${count(delivered.delivered)} delivered, ${count(delivered.failed)} not; see \`millwright webhooks list\`.\n`;
  const told =
    secret === undefined
      ? ''
      : `${made}\n${secret}\nThe secret is told once: keep it now. It signs what is sent; see docs/webhooks.md.\n\n`;
  if (webhooks.length === 0) return `${told}No webhooks. Add one with \`millwright webhooks add https://…\`.\n`;
  const rows = webhooks.map((w) => [
    w.id,
    w.url,
    w.events.join(', '),
    w.active ? 'active' : 'paused',
    w.waiting,
    w.given,
    w.error,
    w.by,
    when(w.createdAt),
  ]);
  return told + tableText(['webhook', 'address', 'events', 'state', 'waiting', 'given up', 'last failure', 'by', 'since'], rows, 60);
}
