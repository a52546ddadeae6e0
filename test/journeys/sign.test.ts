import { generateKeyPairSync } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { encodeBundle } from '../../src/model/bundle-file.js';
import { exampleBundle } from '../example-bundle.js';
import { jsonLines, start, workFolder } from './cli.js';

// Who signed a bundle decides whether it is taken.

const folder = workFolder();
const path = (name: string) => join(folder, name);
const as = (user: string, ...args: string[]) => start(folder, args, { env: { MILLWRIGHT_USER: user, MILLWRIGHT_STORE: '' } }).ended;
const outcome = async (user: string, ...args: string[]) => {
  const { status, stderr } = await as(user, ...args);
  return [status, /\[(\w+)\]/.exec(stderr)?.[1]];
};

beforeAll(async () => {
  writeFileSync(path('left.mill'), await encodeBundle(exampleBundle()));
  for (const name of ['release', 'other']) {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    writeFileSync(path(`${name}.pem`), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(path(`${name}.pub.pem`), publicKey.export({ type: 'spki', format: 'pem' }));
  }
});

it('signs, verifies, and refuses a byte that was flipped', async () => {
  const verify = (bundle: string, key = 'release') => outcome('ann', 'verify', bundle, '--public-key', `${key}.pub.pem`);
  expect(await verify('left.mill')).toEqual([1, 'SIGNATURE_REFUSED']);
  expect(await outcome('ann', 'sign', 'left.mill', '--key', 'release.pub.pem')).toEqual([2, 'OPTION_INVALID']);
  const { stdout } = await as('ann', 'sign', 'left.mill', '--key', 'release.pem', '--json');
  expect(jsonLines(stdout)).toMatchObject([{ signature: 'left.mill.sig' }]);
  expect(await verify('left.mill')).toEqual([0, undefined]);
  expect(await verify('left.mill', 'other')).toEqual([1, 'SIGNATURE_REFUSED']);
  const bytes = readFileSync(path('left.mill'));
  bytes[100] = (bytes[100] as number) ^ 1;
  writeFileSync(path('flipped.mill'), bytes);
  copyFileSync(path('left.mill.sig'), path('flipped.mill.sig'));
  expect(await verify('flipped.mill')).toEqual([1, 'SIGNATURE_REFUSED']);
});

it('the service takes signed bundles alone when it is asked to', async () => {
  const refused = await outcome('ann', 'serve', 'left.mill', '--port', '0', '--require-signature', 'other.pub.pem');
  expect(refused).toEqual([1, 'SIGNATURE_REFUSED']);
  const running = start(folder, ['serve', 'left.mill', '--port', '0', '--json', '--require-signature', 'release.pub.pem']);
  await running.said(/"type":"ready"/);
  running.child.kill('SIGTERM');
  expect((await running.ended).status).toBe(0);
});

it('the policy keeps what is not signed out of the registry and of production', async () => {
  await as('ann', 'init');
  const line = readFileSync(path('release.pub.pem'), 'utf8').split('\n')[1];
  const policy = (signed: string) =>
    writeFileSync(path('.millwright/policy.yaml'), `version: 1\nsigners: [${line}]\nsigned: [${signed}]\n`);
  copyFileSync(path('left.mill'), path('bare.mill'));
  policy('registration, production');
  expect(await outcome('ann', 'register', 'bare.mill', '--name', 'shop')).toEqual([1, 'GATE_REFUSED']);
  await as('ann', 'sign', 'bare.mill', '--key', 'other.pem');
  expect(await outcome('ann', 'register', 'bare.mill', '--name', 'shop')).toEqual([1, 'GATE_REFUSED']);
  policy('production');
  expect(await outcome('ann', 'register', 'bare.mill', '--name', 'shop')).toEqual([0, undefined]);
  expect(await outcome('ann', 'promote', 'shop@1')).toEqual([1, 'GATE_REFUSED']);
  policy('registration, production');
  expect(await outcome('ann', 'register', 'bare.mill', '--name', 'shop', '--signature', 'left.mill.sig')).toEqual([0, undefined]);
  const asked = await as('ann', 'promote', 'shop@2', '--json');
  expect([asked.status, asked.stdout]).toEqual([0, expect.stringMatching(/"rule":"signed","passed":true/)]);
  await as('ann', 'user', 'set', 'bea', '--roles', 'approver');
  const { request } = jsonLines(asked.stdout).at(-1) as { request: { id: string } };
  expect(await outcome('bea', 'approve', request.id)).toEqual([0, undefined]);
  const actions = (await as('ann', 'audit', '--json', '--limit', '50')).stdout;
  expect(actions.match(/version\.register\.refused/g)).toHaveLength(2);
  expect(actions.match(/request\.open\.refused/g)).toHaveLength(1);
  // served from the project, by the signature that the registry keeps
  expect(await outcome('ann', 'serve', '--port', '0', '--require-signature', 'other.pub.pem')).toEqual([1, 'SIGNATURE_REFUSED']);
  writeFileSync(path('.millwright/policy.yaml'), 'version: 1\nsigned: [production]\n');
  expect(await outcome('ann', 'promote', 'shop@1')).toEqual([2, 'POLICY_INVALID']);
});
