import type { SendMailOptions, SentMessageInfo, Transporter } from 'nodemailer';
import { MillwrightError } from '../../../core/errors.js';
import type { DeliveryRecord } from '../../store/records.js';
import { untilStopped } from '../until-stopped.js';
import type { Answer } from './deliverer.js';
import { eventText } from './event-text.js';

/** A name that is not bundled: the package is there only where somebody wants mail. */
const PACKAGE = 'nodemailer';

/**
 * An address that events are mailed to: `mailto:` and one address, nothing else.
 * @throws MillwrightError `OPTION_INVALID`
 */
export function checkMail(text: string): { href: string; origin: string } {
  if (!/^mailto:[\w.!#$%&'*+/=^{|}~-]{1,64}@[a-z\d](?:[a-z\d.-]{0,250}[a-z\d])?$/i.test(text))
    throw new MillwrightError('OPTION_INVALID', 'That is no mail address.', 'Write for example mailto:ops@example.org.');
  return { href: text, origin: text };
}

/**
 * Mails an event through the server that MILLWRIGHT_SMTP names (`smtps://user:password@host`), from MILLWRIGHT_MAIL_FROM.
 * @param patience milliseconds for all of it
 * @param stop ends it at once
 * @returns 250 when the server took it
 */
export async function sendMail(
  event: Pick<DeliveryRecord, 'url' | 'event' | 'type' | 'subject' | 'data' | 'at'>,
  patience: number,
  stop?: AbortSignal,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Answer> {
  const { MILLWRIGHT_SMTP: server, MILLWRIGHT_MAIL_FROM: from } = environment;
  if (server === undefined || from === undefined) return { error: 'MILLWRIGHT_SMTP and MILLWRIGHT_MAIL_FROM do not say how to send mail' };
  let transport: Transporter<SentMessageInfo> | undefined;
  const over = new AbortController();
  const end = (): void => over.abort();
  // a server that says a little now and then would never be silent for so long
  const timer = setTimeout(end, patience);
  stop?.addEventListener('abort', end, { once: true });
  if (stop?.aborted) end();
  const ended = (): Answer => ({ error: stop?.aborted ? 'the server is ending' : `no answer in ${patience / 1000} s` });
  try {
    const url = new URL(server);
    const { createTransport } = ((await import(PACKAGE)) as { default: typeof import('nodemailer') }).default;
    transport = createTransport({
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? (url.protocol === 'smtps:' ? 465 : 587) : Number(url.port),
      secure: url.protocol === 'smtps:',
      ...(url.username !== '' && { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }),
      connectionTimeout: patience,
      greetingTimeout: patience,
      socketTimeout: patience,
      // nothing of an event names a file or an address to be fetched
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    const { heading, lines } = eventText(event);
    const sent = transport.sendMail({
      from,
      to: event.url.slice('mailto:'.length),
      subject: heading,
      text: `${lines.join('\n\n')}\n\n${event.type}, ${event.at}\n`,
      messageId: `<${event.event}@millwright>`,
      headers: { 'Auto-Submitted': 'auto-generated' },
      // versions that know of it cut the connection
      signal: over.signal,
    } as SendMailOptions);
    return (await untilStopped(sent, over.signal)) === undefined ? ended() : { status: 250 };
  } catch (error) {
    if (over.signal.aborted) return ended();
    const { code, message } = error as NodeJS.ErrnoException;
    return { error: code === 'ERR_MODULE_NOT_FOUND' ? 'the package nodemailer is not installed' : message.slice(0, 300) };
  } finally {
    clearTimeout(timer);
    stop?.removeEventListener('abort', end);
    transport?.close();
  }
}
