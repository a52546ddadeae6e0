import { expect, test } from 'vitest';
import { isStreamAddress, parseStreamAddress } from './stream-address.js';

test('addresses are taken apart', () => {
  const { options, ...kafka } = parseStreamAddress('kafka://me:p%40ss:word@a,b:9093/my%20orders?group=g&tls=true');
  expect(kafka).toEqual({
    kind: 'kafka',
    servers: ['a:9092', 'b:9093'],
    user: 'me',
    password: 'p@ss:word',
    name: 'my orders',
    shown: 'kafka://a,b:9093/my orders',
  });
  expect([...options]).toEqual([
    ['group', 'g'],
    ['tls', 'true'],
  ]);
  expect(parseStreamAddress('nats://host/orders.*.new')).toMatchObject({
    kind: 'nats',
    servers: ['host:4222'],
    name: 'orders.*.new',
    user: undefined,
  });
  expect([isStreamAddress('NATS://x'), isStreamAddress('natsfile.csv')]).toEqual([true, false]);
});

test.each([
  'nats://host',
  'nats:///x',
  'kafka://host/a/b',
  'kafka://host/t?grupo=x',
  'nats://host/s?deliver=some',
  'nats://h/s?tls=yes',
  'nats://h/%zz',
])('%s is refused', (text) => {
  expect(() => parseStreamAddress(text)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
});

test('a password is not repeated', () => {
  expect(() => parseStreamAddress('nats://me:secret@host')).toThrow(/me:\*\*\*@host/);
  expect(() => parseStreamAddress(`nats://me:${'s'.repeat(400)}@host`)).toThrow(/me:\*\*\*@host/);
});
