import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { readSigners, signBundle, verifySignature } from './signature.js';

const pair = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    private: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    public: publicKey.export({ type: 'spki', format: 'pem' }) as string,
    line: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  };
};
const [ann, bea] = [pair(), pair()];
const sha = 'ab'.repeat(32);
const refused = expect.objectContaining({ code: 'SIGNATURE_REFUSED' });

it('a signature fits its bundle and its key, and nothing else', () => {
  const signature = signBundle(sha, ann.private);
  const key = verifySignature(signature, sha, readSigners(`${bea.public}\n${ann.public}`));
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(verifySignature(signature, sha, readSigners(`${ann.line}\n${bea.line}\n`))).toBe(key);
  expect(() => verifySignature(signature, sha, readSigners(bea.public))).toThrow(refused);
  expect(() => verifySignature(signature, 'ac'.repeat(32), readSigners(ann.public))).toThrow(refused);
  expect(() => verifySignature(undefined, sha, readSigners(ann.public))).toThrow(refused);
});

it('no change of it counts', () => {
  const signature = signBundle(sha, ann.private);
  const signers = readSigners(ann.public + bea.public);
  const told = JSON.parse(signature) as Record<string, string>;
  // who claims another key, another file, or more than there is
  const [other] = readSigners(bea.public).keys();
  const changed = [
    { ...told, key: other },
    { ...told, bundle: 'cd'.repeat(32) },
    { ...told, extra: 1 },
    { ...told, algorithm: 'none' },
    [],
    null,
  ];
  for (const value of changed) expect(() => verifySignature(JSON.stringify(value), sha, signers), JSON.stringify(value)).toThrow(refused);
  expect(() => verifySignature(JSON.stringify({ ...told, bundle: 'cd'.repeat(32) }), 'cd'.repeat(32), signers)).toThrow(refused);
  for (let at = 0; at < signature.length - 1; at++) {
    const one = `${signature.slice(0, at)}${signature[at] === 'A' ? 'B' : 'A'}${signature.slice(at + 1)}`;
    expect(() => verifySignature(one, sha, signers), String(at)).toThrow(refused);
  }
  expect(() => verifySignature(' '.repeat(5000) + signature, sha, signers)).toThrow(refused);
});

it('takes Ed25519 alone, and public keys where they are public', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const wrong = expect.objectContaining({ code: 'OPTION_INVALID' });
  expect(() => signBundle(sha, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string)).toThrow(wrong);
  expect(() => signBundle(sha, ann.public)).toThrow(wrong);
  expect(() => signBundle(sha, '')).toThrow(wrong);
  const keys = [publicKey.export({ type: 'spki', format: 'pem' }) as string, ann.private, '', 'no key', ann.line.replace('MCow', 'AAAA')];
  for (const text of keys) expect(() => readSigners(text), text.slice(0, 30)).toThrow(wrong);
});

it('reads an encrypted key with its passphrase', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open' }) as string;
  const signers = readSigners(publicKey.export({ type: 'spki', format: 'pem' }) as string);
  expect(verifySignature(signBundle(sha, pem, 'open'), sha, signers)).toBe([...signers.keys()][0]);
  expect(() => signBundle(sha, pem, 'shut')).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
});
