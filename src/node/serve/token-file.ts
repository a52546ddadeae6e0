import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import { ROLES } from '../store/records.js';
import type { Verifier } from './access.js';

const tokens = z.array(
  z.strictObject({
    user: z.string().min(1).max(100),
    /** SHA-256 of the secret, lower-case hexadecimal. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    roles: z.array(z.enum(ROLES as [string, ...string[]])).min(1),
    models: z.array(z.string()).optional(),
    expiresAt: z.iso.datetime().optional(),
  }),
);

/**
 * Tokens of a JSON file that holds hashes of the secrets, for servers without a project.
 * @throws MillwrightError `OPTION_INVALID`
 */
export function tokenFile(path: string, now: () => number): Verifier {
  let list: z.infer<typeof tokens>;
  try {
    list = tokens.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? `${cause.issues[0]?.path.join('.')}: ${cause.issues[0]?.message}` : (cause as Error).message;
    throw new MillwrightError(
      'OPTION_INVALID',
      `The tokens in ${path} cannot be read: ${why}.`,
      'docs/serving.md shows how the file looks.',
    );
  }
  const known = list.map((t) => ({
    ...t,
    hash: Buffer.from(t.sha256, 'hex'),
    until: t.expiresAt ? Date.parse(t.expiresAt) : Number.POSITIVE_INFINITY,
  }));
  return (secret) => {
    const hash = createHash('sha256').update(secret).digest();
    const found = known.find((t) => timingSafeEqual(t.hash, hash));
    if (!found || found.until <= now()) return undefined;
    return { user: found.user, roles: found.roles as (typeof ROLES)[number][], ...(found.models && { models: found.models }) };
  };
}
