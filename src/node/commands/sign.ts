import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import { writeWhole } from './atomic-file.js';
import { readBundleFile } from './bundle-io.js';
import { parseInput } from './options.js';
import { readSigners, type Signers, signBundle, verifySignature } from './signature.js';
import { spareInputs } from './spare-inputs.js';

const signInput = z.object({ bundle: z.string(), key: z.string().optional(), out: z.string().min(1).optional() });
const verifyInput = z.object({ bundle: z.string(), publicKey: z.string().optional(), signature: z.string().optional() });

/** What was signed. */
export interface SignSummary {
  signature: string;
  sha256: string;
}

/**
 * Writes the signature of a bundle beside it, as `model.mill.sig`. The passphrase of the key may stand in MILLWRIGHT_KEY_PASSPHRASE.
 * @throws MillwrightError `USAGE`, `OPTION_INVALID`, `BUNDLE_…`, `OUTPUT_FAILED`
 */
export async function signCommand(options: unknown): Promise<SignSummary> {
  const { bundle, key, out } = parseInput(signInput, options);
  if (key === undefined) throw new MillwrightError('USAGE', 'No key was named.', 'Name a private key with --key.');
  const path = await fileOf(bundle);
  // what cannot be read is not worth a signature
  const sha256 = sha256Of((await readBundleFile(path)).bytes);
  const text = signBundle(sha256, await keyText(key), process.env.MILLWRIGHT_KEY_PASSPHRASE);
  const signature = out ?? `${path}.sig`;
  await spareInputs(signature, [key], path);
  await writeWhole(signature, text);
  return { signature, sha256 };
}

/**
 * Checks a bundle and its signature.
 * @returns the bundle's SHA-256 and the fingerprint of the key that signed it
 * @throws MillwrightError `USAGE`, `SIGNATURE_REFUSED`, `BUNDLE_…`, `OPTION_INVALID`
 */
export async function verifyCommand(options: unknown): Promise<{ sha256: string; key: string }> {
  const { bundle, publicKey, signature } = parseInput(verifyInput, options);
  if (publicKey === undefined)
    throw new MillwrightError('USAGE', 'No public key was named.', 'Name a file of public keys with --public-key.');
  const path = await fileOf(bundle);
  const signers = await signersOf(publicKey);
  const sha256 = sha256Of(await readFile(path).catch(() => Buffer.alloc(0)));
  const text = signature === undefined ? await signatureBeside(path) : await signatureText(signature);
  // who wrote it comes first: then its content can be read
  const key = verifySignature(text, sha256, signers);
  await readBundleFile(path);
  return { sha256, key };
}

/** The signature that lies beside a bundle; `undefined` when there is none. */
export async function signatureBeside(path: string): Promise<string | undefined> {
  const beside = `${await fileOf(path)}.sig`;
  return existsSync(beside) ? keyText(beside) : undefined;
}

/** The text of a signature. @throws MillwrightError `OPTION_INVALID` */
export function signatureText(path: string): Promise<string> {
  return keyText(path);
}

/** The public keys of a file. @throws MillwrightError `OPTION_INVALID` */
export async function signersOf(path: string): Promise<Signers> {
  return readSigners(await keyText(path));
}

async function fileOf(bundle: string): Promise<string> {
  const there = await stat(bundle).catch(() => undefined);
  return there?.isDirectory() ? join(bundle, 'model.mill') : bundle;
}

async function keyText(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > 2 ** 20) throw new Error('it is too large');
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new MillwrightError('OPTION_INVALID', `${path} cannot be read: ${(cause as Error).message}.`, undefined, { cause });
  }
}

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
