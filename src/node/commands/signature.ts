import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';

/** Public keys whose signatures count, by their fingerprints. */
export type Signers = ReadonlyMap<string, KeyObject>;

/** What stands in a `.sig` file. */
const signatureFile = z.strictObject({
  format: z.literal('millwright-signature'),
  version: z.literal(1),
  algorithm: z.literal('ed25519'),
  /** Fingerprint of the signer's public key. */
  key: z.string().regex(/^[0-9a-f]{64}$/),
  /** SHA-256 of the bundle's file. */
  bundle: z.string().regex(/^[0-9a-f]{64}$/),
  signature: z.string().regex(/^[A-Za-z0-9+/]{86}==$/),
});
const LONGEST = 4096;

/** What is signed. The first words keep a signature from standing for something else that the same key signs. */
const statement = (sha256: string): Buffer => Buffer.from(`millwright bundle signature v1\nsha256:${sha256}\n`);

/**
 * Signs a bundle with Ed25519.
 * @param sha256 of the bundle's file, in hexadecimal
 * @param pem a private key (PKCS #8); @param passphrase of an encrypted one
 * @returns the text of a `.sig` file
 * @throws MillwrightError `OPTION_INVALID` when it is no such key
 */
export function signBundle(sha256: string, pem: string, passphrase?: string): string {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pem, format: 'pem', ...(passphrase !== undefined && { passphrase }) });
  } catch (cause) {
    throw wrongKey('The key cannot be read as a private key', cause);
  }
  if (key.asymmetricKeyType !== 'ed25519') throw wrongKey(`The key is of the kind ${key.asymmetricKeyType}, not ed25519`);
  const signature = sign(null, statement(sha256), key).toString('base64');
  const told = {
    format: 'millwright-signature',
    version: 1,
    algorithm: 'ed25519',
    key: fingerprint(createPublicKey(key)),
    bundle: sha256,
    signature,
  };
  return `${JSON.stringify(told)}\n`;
}

/**
 * Holds a signature against a bundle and the keys that count.
 * @param text of a `.sig` file; `undefined` when there is none
 * @param what it is called, for the message
 * @returns the fingerprint of the key
 * @throws MillwrightError `SIGNATURE_REFUSED`
 */
export function verifySignature(text: string | undefined, sha256: string, signers: Signers, what = 'The bundle'): string {
  if (text === undefined) throw refused(what, 'It is not signed');
  const found = parseSignature(text, what);
  if (found.bundle !== sha256) throw refused(what, 'Its signature is of another file, or it was changed since');
  const key = signers.get(found.key);
  if (!key) throw refused(what, `It is signed by a key that does not count here (${found.key.slice(0, 16)}…)`);
  const bytes = Buffer.from(found.signature, 'base64');
  // one spelling alone: the last character has bits to spare
  if (bytes.toString('base64') !== found.signature || !verify(null, statement(sha256), key, bytes))
    throw refused(what, 'Its signature does not fit it');
  return found.key;
}

function parseSignature(text: string, what: string): z.infer<typeof signatureFile> {
  try {
    if (text.length > LONGEST) throw new Error('too long');
    return signatureFile.parse(JSON.parse(text));
  } catch (cause) {
    throw refused(what, 'What stands beside it is no signature', cause);
  }
}

/**
 * Reads public keys: PEM, one after the other, or a line of base64 each (SPKI, as in PEM).
 * @throws MillwrightError `OPTION_INVALID` when there is none, or one is not Ed25519
 */
export function readSigners(text: string): Signers {
  const blocks =
    text.match(/-----BEGIN [A-Z ]+-----[\s\S]*?-----END [A-Z ]+-----/g) ??
    text.split('\n').filter((line) => /^[A-Za-z0-9+/=]{40,}$/.test(line.trim()));
  if (blocks.length === 0) throw wrongKey('There is no public key');
  return new Map(
    blocks.map((block): [string, KeyObject] => {
      // a private key would do as well, but does not belong where many can read it
      if (block.includes('PRIVATE')) throw wrongKey('This is a private key, and a public one is needed');
      const key = publicKey(block.trim());
      if (key.asymmetricKeyType !== 'ed25519') throw wrongKey(`The key is of the kind ${key.asymmetricKeyType}, not ed25519`);
      return [fingerprint(key), key];
    }),
  );
}

function publicKey(block: string): KeyObject {
  try {
    return block.startsWith('-----')
      ? createPublicKey(block)
      : createPublicKey({ key: Buffer.from(block, 'base64'), format: 'der', type: 'spki' });
  } catch (cause) {
    throw wrongKey('The key cannot be read as a public key', cause);
  }
}

/** SHA-256 of a public key in DER: as `openssl pkey -pubin -outform DER | sha256sum` says. */
function fingerprint(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

function refused(what: string, why: string, cause?: unknown): MillwrightError {
  return new MillwrightError(
    'SIGNATURE_REFUSED',
    `${what} is refused. ${why}.`,
    'Sign it with `millwright sign`, or take it from who signed it.',
    { cause },
  );
}

function wrongKey(what: string, cause?: unknown): MillwrightError {
  return new MillwrightError('OPTION_INVALID', `${what}.`, 'Make keys with openssl genpkey -algorithm ed25519; see docs/registry.md.', {
    cause,
  });
}
