import { readFileSync } from 'node:fs';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { MillwrightError } from '../../core/errors.js';
import { ROLES, type Role } from '../store/records.js';
import type { Verifier } from './access.js';

/** Signatures that are taken: made by a private key, so that who verifies cannot sign. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];

/** How JSON web tokens are known. */
export interface JwtSettings {
  /** A file with the issuer's public keys (a JWKS). */
  readonly keys: string;
  readonly issuer: string;
  readonly audience: string;
  /** The claim that lists roles. */
  readonly rolesClaim: string;
}

/**
 * Knows the JSON web tokens of one issuer, for instance of an OpenID provider, by its public keys. Nothing is fetched.
 * @throws MillwrightError `OPTION_INVALID` when the keys cannot be read
 */
export function jwtVerifier({ keys, issuer, audience, rolesClaim }: JwtSettings): Verifier {
  let set: ReturnType<typeof createLocalJWKSet>;
  try {
    set = createLocalJWKSet(JSON.parse(readFileSync(keys, 'utf8')) as JSONWebKeySet);
  } catch (cause) {
    throw new MillwrightError(
      'OPTION_INVALID',
      `The keys in ${keys} cannot be read: ${(cause as Error).message}.`,
      'Give a JSON web key set.',
    );
  }
  return async (secret) => {
    if (secret.split('.').length !== 3) return undefined;
    try {
      const { payload } = await jwtVerify(secret, set, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: 5,
      });
      const claimed = payload[rolesClaim];
      const names = Array.isArray(claimed) ? claimed : typeof claimed === 'string' ? claimed.split(/[\s,]+/) : [];
      const roles = ROLES.filter((role: Role) => names.includes(role));
      return roles.length > 0 ? { user: payload.sub as string, roles } : undefined;
    } catch {
      return undefined; // whatever is wrong with it, it is no token
    }
  };
}
