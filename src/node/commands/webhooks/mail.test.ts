import { type AddressInfo, createServer } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { chatMessage, eventText } from './event-text.js';
import { checkMail, sendMail } from './mail.js';

const HOSTILE = 'a\r\nBcc: eve@example.org\r\n\r\n<!channel> @here <b>';
const alert = {
  ...{ url: 'mailto:ops@example.org', event: 'evt_1', type: 'alert.raised', subject: 'model:churn@3', at: '2026-11-23T07:01:02.000Z' },
  data: { alert: 'alert_1', severity: 'warning', what: `${HOSTILE} runs higher.`, cause: 'Other rows.', action: 'Look at it.' },
};
const received: { to: string[]; text: string; user: string }[] = [];
let port = 0;
const server = new SMTPServer({
  disabledCommands: ['STARTTLS'],
  authOptional: false,
  allowInsecureAuth: true,
  onAuth: ({ username = '', password }, _session, done) =>
    password === 'p@ss' ? done(null, { user: username }) : done(new Error('wrong password')),
  onData(stream, { envelope, user }, done) {
    let text = '';
    stream.on('data', (chunk: Buffer) => {
      text += chunk;
    });
    stream.on('end', () => {
      received.push({ to: envelope.rcptTo.map((r) => r.address), text, user: String(user) });
      done();
    });
  },
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.server.address() as AddressInfo).port;
});
afterAll(() => new Promise<void>((resolve) => server.close(resolve)));

it('mails an alert; nothing of its words becomes a header or another receiver', async () => {
  const environment = { MILLWRIGHT_SMTP: `smtp://ann:p%40ss@127.0.0.1:${port}`, MILLWRIGHT_MAIL_FROM: 'millwright@example.org' };
  expect(await sendMail(alert, 5000, undefined, environment)).toEqual({ status: 250 });
  expect(received).toHaveLength(1);
  expect(received[0]).toMatchObject({ to: ['ops@example.org'], user: 'ann' });
  const [head = '', body = ''] = (received[0]?.text ?? '').split(/\r\n\r\n(.*)/s);
  expect(head).toMatch(/^Subject: \[warning\] churn@3: a Bcc: eve@example\.org/m);
  expect(head).not.toMatch(/^Bcc:/m);
  expect(head).toContain('evt_1@millwright');
  expect(body).toContain('Look at it.');
  expect(await sendMail(alert, 5000, undefined, { ...environment, MILLWRIGHT_SMTP: `smtp://ann:no@127.0.0.1:${port}` })).toHaveProperty(
    'error',
  );
  expect(await sendMail(alert, 5000, undefined, {})).toMatchObject({ error: expect.stringContaining('MILLWRIGHT_SMTP') });
});

it('waits for no server longer than it was told to, nor when the service ends', async () => {
  // it greets, and says nothing that matters from then on
  const mute = createServer((socket) => {
    const more = setInterval(() => socket.write('220-patience\r\n'), 20);
    socket.on('error', () => undefined).on('close', () => clearInterval(more));
  });
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  const environment = {
    MILLWRIGHT_SMTP: `smtp://127.0.0.1:${(mute.address() as AddressInfo).port}`,
    MILLWRIGHT_MAIL_FROM: 'millwright@example.org',
  };
  try {
    expect(await sendMail(alert, 300, undefined, environment)).toEqual({ error: 'no answer in 0.3 s' });
    const stop = new AbortController();
    const sent = sendMail(alert, 600_000, stop.signal, environment);
    mute.once('connection', () => stop.abort());
    expect(await sent).toEqual({ error: 'the server is ending' });
  } finally {
    mute.close();
  }
});

it('takes one plain address', () => {
  expect(checkMail('mailto:ops@example.org').href).toBe('mailto:ops@example.org');
  for (const bad of ['mailto:', 'mailto:a', 'mailto:a@b,c@d', 'mailto:a@b?bcc=c@d', 'mailto:a@b\r\nX: y', 'mailto:"a b"@c'])
    expect(() => checkMail(bad), bad).toThrow('no mail address');
});

it('is a text that calls nobody in chats', () => {
  const { text } = JSON.parse(chatMessage(alert)) as { text: string };
  expect(text).toContain('[warning] churn@\u200b3: a Bcc');
  expect(text).toContain('&lt;!channel&gt; @\u200bhere &lt;b&gt;');
  expect(text.split('\n')).toHaveLength(4);
  const promoted = { type: 'model.promoted', subject: 'model:churn@3', at: alert.at, data: { by: 'bea', to: 'production' } };
  expect(eventText(promoted)).toEqual({ heading: 'churn@3: model.promoted by bea', lines: [] });
});
