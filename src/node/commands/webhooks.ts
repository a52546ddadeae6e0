import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import type { WebhookRecord } from '../store/records.js';
import type { Store } from '../store/store.js';
import type { CommandContext } from './context.js';
import { parseInput } from './options.js';
import { type OpenProject, withProject } from './project.js';
import { allow } from './registry/permissions.js';
import { type Delivered, Deliverer, taken } from './webhooks/deliverer.js';
import { parseEvents, TEST_EVENT } from './webhooks/event-types.js';
import { checkMail } from './webhooks/mail.js';
import { checkUrl } from './webhooks/public-address.js';
import { newSecret } from './webhooks/signature.js';

const input = z.object({
  action: z.string().default('list'),
  target: z.string().optional(),
  events: z.string().default('*'),
  allowPrivate: z.boolean().default(false),
  format: z.enum(['cloudevents', 'chat'], '--format is cloudevents or chat').default('cloudevents'),
  watch: z.boolean().default(false),
  as: z.string().optional(),
});

type Asked = z.infer<typeof input>;

/** A webhook for people: never its secret, nor what its address holds beyond the path. */
export interface WebhookView {
  id: string;
  url: string;
  events: readonly string[];
  active: boolean;
  allowPrivate: boolean;
  format: WebhookRecord['format'];
  by: string;
  createdAt: string;
  waiting: number;
  /** Given up. */
  given: number;
  error?: string;
}

/** What a call of `millwright webhooks` came to. */
export interface WebhookAnswer {
  webhooks: WebhookView[];
  /** Of a new webhook, this once. */
  made?: string;
  secret?: string;
  delivered?: Delivered;
  /** What the receiver of a test said. */
  test?: { ok: boolean; status?: number; error?: string };
}

const ACTIONS = ['list', 'add', 'pause', 'resume', 'remove', 'test', 'deliver'] as const;

/**
 * Webhooks of the project: `list`, `add URL`, `pause | resume | remove | test ID`, `deliver`.
 * @throws MillwrightError `NOT_ALLOWED`, `NOT_FOUND`, `OPTION_INVALID`, `USAGE`
 */
export function webhooksCommand(options: unknown, context: CommandContext): Promise<WebhookAnswer> {
  const asked = parseInput(input, options);
  if (!ACTIONS.some((known) => known === asked.action))
    throw new MillwrightError('USAGE', `\`millwright webhooks\` does not know "${asked.action}".`, `It knows ${ACTIONS.join(', ')}.`);
  return withProject(asked.as, async (open) => {
    const done = await act(asked, open, context);
    return { ...done, webhooks: await viewsOf(open.store) };
  });
}

async function act(asked: Asked, { store, actor }: OpenProject, context: CommandContext): Promise<Omit<WebhookAnswer, 'webhooks'>> {
  const { action } = asked;
  if (action === 'list') return {};
  if (action === 'deliver') {
    const deliverer = new Deliverer(store);
    if (!asked.watch) return { delivered: await deliverer.drain(context.signal) };
    await deliverer.run(context.signal ?? new AbortController().signal, (failure) => context.onNote?.(failure));
    return {};
  }
  const target = asked.target;
  if (target === undefined)
    throw new MillwrightError(
      'USAGE',
      `No ${action === 'add' ? 'address' : 'webhook'} was named.`,
      `Write \`millwright webhooks ${action} ${action === 'add' ? 'https://…' : 'ID'}\`.`,
    );
  const governed = <T>(subject: string, detail: Record<string, string | boolean>, work: Parameters<typeof store.act<T>>[2]): Promise<T> =>
    store.act(actor, { action: `webhook.${action}`, subject, detail }, async (inside) => {
      allow(actor, 'webhook.set');
      return work(inside);
    });
  if (action === 'add') {
    const events = parseEvents(asked.events);
    const { href, origin } = target.startsWith('mailto:') ? checkMail(target) : await checkUrl(target, asked.allowPrivate);
    const secret = newSecret();
    // the path may be as good as a password
    const made = await governed(
      'webhook',
      { to: origin, events: events.join(','), allowPrivate: asked.allowPrivate, format: asked.format },
      (inside) =>
        inside.events.addWebhook({ url: href, events, secret, by: actor.user, allowPrivate: asked.allowPrivate, format: asked.format }),
    );
    return { made: made.id, secret };
  }
  const subject = `webhook:${target}`;
  if (action === 'remove') await governed(subject, {}, (inside) => inside.events.removeWebhook(target));
  else if (action !== 'test') await governed(subject, {}, (inside) => inside.events.setWebhook(target, action === 'resume'));
  else {
    const hook = await governed(subject, {}, async (inside) => (await inside.events.webhooks()).find((h) => h.id === target));
    if (!hook) throw new MillwrightError('NOT_FOUND', `There is no webhook ${target}.`, 'See `millwright webhooks list`.');
    return { test: await test(store, hook) };
  }
  return {};
}

async function test(store: Store, { id, url, secret, allowPrivate, format }: WebhookRecord): Promise<NonNullable<WebhookAnswer['test']>> {
  const at = new Date().toISOString();
  const event = `evt_test_${Date.parse(at).toString(16)}`;
  const sent = { url, secret, allowPrivate, format, event, type: TEST_EVENT, subject: `webhook:${id}`, data: {}, at, attempts: 1 };
  const { status, error } = await new Deliverer(store).send(sent);
  return { ok: taken({ status }), ...(status !== undefined && { status }), ...(error !== undefined && { error }) };
}

async function viewsOf(store: Store): Promise<WebhookView[]> {
  const views: WebhookView[] = [];
  for (const { id, url, events, active, allowPrivate, format, by, createdAt } of await store.events.webhooks()) {
    const { origin, pathname, search, protocol } = new URL(url);
    const shown = protocol === 'mailto:' ? url : `${origin}${pathname}${search ? '?…' : ''}`;
    views.push({ id, url: shown, events, active, allowPrivate, format, by, createdAt, ...(await store.events.pending(id)) });
  }
  return views;
}
