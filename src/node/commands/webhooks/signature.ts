import { createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';

/** A secret as Standard Webhooks spells it: 32 random bytes. */
export const newSecret = (): string => PREFIX + randomBytes(32).toString('base64');

/**
 * The headers of a delivery (Standard Webhooks 1.0): id, seconds since 1970, and `v1,` with the HMAC-SHA256 of `id.seconds.body`.
 * @param secret as `newSecret` makes it
 * @param seconds since 1970
 * @example signed(secret, 'evt_1', 1700000000, '{}')['webhook-signature'] // 'v1,…'
 */
export function signed(secret: string, id: string, seconds: number, body: string): Record<string, string> {
  const key = Buffer.from(secret.replace(PREFIX, ''), 'base64');
  const mac = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${mac}` };
}
