// Kills workers on one store at random moments, then looks whether all that was acknowledged is there, once and whole.
//   node test/kills/store-kills.mjs [--kills 200] [--store postgres://…] [--seed 1]
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Rng } from '../../dist/core/rng.js';
import { openStore } from '../../dist/node/store/open-store.js';
import { auditEntries } from './audit-entries.mjs';

const { values } = parseArgs({ options: { kills: { type: 'string' }, store: { type: 'string' }, seed: { type: 'string' } } });
const kills = Number(values.kills ?? 200);
const folder = mkdtempSync(join(tmpdir(), 'millwright-kills-'));
const database = values.store ?? join(folder, 'store.db');
const artefacts = join(folder, 'artefacts');
const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));
const rng = new Rng(Number(values.seed ?? 1));
const acknowledged = [];
const failures = [];
let started = 0;

/** A worker from its birth to its death. */
function one(delay) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [WORKER, database, artefacts, `w${started++}`], { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    let complaint = '';
    let timer;
    child.stdout.on('data', (chunk) => {
      text += chunk;
      timer ??= setTimeout(() => child.kill('SIGKILL'), delay);
    });
    child.stderr.on('data', (chunk) => {
      complaint += chunk;
    });
    child.on('close', (_, signal) => {
      clearTimeout(timer);
      if (signal !== 'SIGKILL') failures.push(`a worker ended by itself: ${complaint.slice(0, 2000)}`);
      // the last line may be half
      for (const line of text.split('\n').slice(0, -1)) acknowledged.push(JSON.parse(line));
      resolve();
    });
  });
}

async function lane(count) {
  for (let i = 0; i < count && failures.length === 0; i++) await one(rng.below(700));
}

const { store, done } = await (async () => {
  const first = await openStore({ database, artefacts });
  await first.close();
  await Promise.all([lane(Math.ceil(kills / 2)), lane(Math.floor(kills / 2))]); // two at a time
  return { store: await openStore({ database, artefacts }), done: started };
})();

const fail = (what) => failures.push(what);
const of = (did) => acknowledged.filter((a) => a.did === did);

// feedback: each acknowledged one is there, and none twice
const kept = (await store.traffic.feedback({ model: 'm', limit: 1_000_000 })).map((f) => f.id);
const ids = new Set(kept);
if (ids.size !== kept.length) fail('feedback is there twice');
const lost = of('feedback')
  .flatMap((a) => a.ids)
  .filter((id) => !ids.has(id));
if (lost.length) fail(`feedback is lost: ${lost.slice(0, 5)}`);
// and batches are whole
const batches = new Map();
for (const id of kept) {
  const [worker, i] = id.split('-');
  const batch = `${worker}/${Math.floor(Number(i) / 5)}`;
  batches.set(batch, (batches.get(batch) ?? 0) + 1);
}
for (const [batch, size] of batches) if (size !== 5) fail(`batch ${batch} has ${size} of 5`);

const entries = await auditEntries(store);
const noted = (action, subject) => entries.filter((e) => e.action === action && e.subject === subject).length;
let versionsThere = 0;
for (const { name } of await store.models.list()) {
  const versions = await store.models.versions(name);
  versionsThere += versions.length;
  versions.toReversed().forEach((v, i) => {
    if (v.version !== i + 1) fail(`${name} has no version ${i + 1}`);
    if (noted('version.register', `model:${name}@${v.version}`) !== 1) fail(`${name}@${v.version} is not once in the log`);
  });
  for (const v of versions) await store.artefacts.get(v.bundle.sha256); // throws when it is not whole
  for (const a of of('register').filter((x) => x.model === name))
    if (versions.find((v) => v.version === a.version)?.bundle.sha256 !== a.bundle) fail(`${name}@${a.version} is lost`);
  const deployments = await store.models.deployments(name);
  const champion = (await store.models.get(name)).aliases.get('champion');
  if (deployments[0]?.version !== champion) fail(`${name}: champion ${champion}, last deployment ${deployments[0]?.version}`);
  const inProduction = versions.filter((v) => v.stage === 'production').map((v) => v.version);
  if (champion !== undefined && String(inProduction) !== String(champion))
    fail(`${name}: in production ${inProduction}, champion ${champion}`);
  for (const request of await store.reviews.list({ model: name, limit: 10_000 })) {
    const deployed = deployments.filter((d) => d.request === request.id).length;
    if (deployed !== (request.state === 'approved' ? 1 : 0)) fail(`${request.id} is ${request.state} with ${deployed} deployments`);
    if (request.state === 'open' && request.decisions.length > 0) fail(`${request.id} is open but decided`);
  }
}
const approved = new Set((await store.reviews.list({ state: 'approved', limit: 10_000 })).map((r) => r.id));
for (const a of of('approve')) if (!approved.has(a.request)) fail(`the approval of ${a.request} is lost`);
const verdict = await store.audit.verify(acknowledged.flatMap((a) => (a.anchor ? [a.anchor] : [])));
if (!verdict.ok) fail(`the chain is broken: ${JSON.stringify(verdict.fault)}`);
await store.close();
rmSync(folder, { recursive: true, force: true });

const summary = {
  kills: done,
  acknowledged: acknowledged.length - of('begin').length,
  feedback: kept.length,
  versions: versionsThere,
  approved: approved.size,
  audit: verdict.entries,
  failures,
};
console.log(JSON.stringify(summary));
process.exitCode = failures.length ? 1 : 0;
