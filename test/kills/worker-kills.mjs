// Kills workers in the midst of retraining and promotion, then looks whether every job ended, and had its effect once.
//   node test/kills/worker-kills.mjs [--kills 30] [--store postgres://…] [--seed 1]
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Rng } from '../../dist/core/rng.js';
import { nodeClock } from '../../dist/node/commands/node-clock.js';
import { readPolicy } from '../../dist/node/commands/registry/policy.js';
import { approve, requestPromotion } from '../../dist/node/commands/registry/promotions.js';
import { registerModel } from '../../dist/node/commands/registry/versions.js';
import { runCommand } from '../../dist/node/commands/run.js';
import { findProject, openStore } from '../../dist/node/store/open-store.js';
import { ROLES } from '../../dist/node/store/records.js';
import { auditEntries } from './audit-entries.mjs';

const { values } = parseArgs({ options: { kills: { type: 'string' }, store: { type: 'string' }, seed: { type: 'string' } } });
const wanted = Number(values.kills ?? 30);
const rng = new Rng(Number(values.seed ?? 1));
const folder = join(mkdtempSync(join(tmpdir(), 'millwright-worker-kills-')), '.millwright');
mkdirSync(folder);
process.chdir(join(folder, '..'));
if (values.store) process.env.MILLWRIGHT_STORE = values.store;
process.env.MILLWRIGHT_USER = 'ann';
const WORKER = fileURLToPath(new URL('retrain-worker.mjs', import.meta.url));
const MODELS = wanted < 10 ? ['alpha', 'beta'] : ['alpha', 'beta', 'gamma'];
const ann = { user: 'ann', roles: ROLES, via: 'library' };
const bea = { user: 'bea', roles: ['approver'], via: 'library' };
const failures = [];
const fail = (what) => failures.push(what);
// what surely gains 0.02 the policy promotes, what may gain as much waits for the person of `retrain-worker.mjs`
writeFileSync(
  join(folder, 'policy.yaml'),
  'version: 1\nretrain: { minimumLabels: 100, promote: auto, minimumGain: 0.02, canary: { weight: 0.5, labels: 60 } }\n',
);
const store = await openStore(findProject());
for (const [user, roles] of [
  ['ann', ROLES],
  ['robot', ['builder']],
  ['bea', ['approver']],
])
  await store.act(ann, { action: 'user.set', subject: `user:${user}` }, (g) => g.access.setUser({ name: user, roles }));

/** Rows of a world in which a high x means yes, or the contrary. */
const made = (count, sign) =>
  Array.from({ length: count }, () => {
    const x = rng.float() - 0.5;
    return { row: { x, z: rng.float() }, actual: rng.float() < 0.5 + 0.9 * sign * x ? 'yes' : 'no' };
  });
writeFileSync(
  'train.csv',
  `x,z,y\n${made(400, 1)
    .map(({ row, actual }) => `${row.x},${row.z},${actual}`)
    .join('\n')}\n`,
);
await runCommand({ data: ['train.csv'], target: 'y', budget: '3s', threads: 1, out: 'first' }, { startedAt: nodeClock.now() });
const policy = await readPolicy(folder);
for (const model of MODELS) {
  await registerModel(store, ann, { from: 'first', name: model }, policy);
  const { request } = await requestPromotion(store, ann, policy, { reference: `${model}@1`, to: 'production' });
  await approve(store, bea, policy, { request: request.id, reason: 'first' });
}

let kills = 0;
let row = 0;
/** A worker from its birth to its death; without a delay it lives until `over`. */
function one(delay, over) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [WORKER], { stdio: ['ignore', 'pipe', 'pipe'] });
    let complaint = '';
    const kill = () => child.kill('SIGKILL');
    child.stdout.once('data', () => (delay === undefined ? over.then(kill) : setTimeout(kill, delay)));
    child.stderr.on('data', (chunk) => {
      complaint += chunk;
    });
    child.on('close', (_, signal) => {
      if (signal !== 'SIGKILL') fail(`a worker ended by itself: ${complaint.slice(-2000)}`);
      else if (delay !== undefined) kills++;
      resolve();
    });
  });
}

const jobs = [];
const ended = async (ids) => {
  const found = await Promise.all(ids.map((id) => store.jobs.get(id)));
  return found.every((job) => job.state !== 'queued' && job.state !== 'running');
};
for (let round = 0; kills < wanted && failures.length === 0; round++) {
  const ids = [];
  for (const model of MODELS) {
    const rows = made(220, round % 2 === 0 ? -1 : 1).map((r) => ({ ...r, id: `p${row++}` }));
    const at = new Date().toISOString();
    await store.traffic.addPredictions(rows.map((r) => ({ id: r.id, at, model, version: 1, route: 'champion', row: r.row, answer: {} })));
    await store.traffic.addFeedback(rows.map((r) => ({ id: `f${r.id}`, at, model, prediction: r.id, actual: r.actual })));
    const input = { model, reason: `round ${round}`, trigger: 'hand', budget: 3000 };
    ids.push((await store.jobs.add({ kind: 'retrain', input, by: 'ann' })).id);
  }
  jobs.push(...ids);
  const lane = async () => {
    // at times a worker is let live longer, so that rounds come to an end
    for (let i = 0; kills < wanted && failures.length === 0 && !(await ended(ids)); i++)
      await one(i % 4 === 3 ? 12_000 : 300 + rng.below(4500));
  };
  await Promise.all([lane(), lane()]);
}
// whatever is left is done by one that nobody kills
let over;
const last = one(undefined, new Promise((resolve) => (over = resolve)));
for (let i = 0; i < 1200 && failures.length === 0 && !(await ended(jobs)); i++) await new Promise((r) => setTimeout(r, 250));
await new Promise((r) => setTimeout(r, 1500));
over();
await last;

const entries = await auditEntries(store);
const outcomes = {};
const times = (list, value) => list.filter((v) => v === value).length;
const byJob = [];
for (const model of MODELS) {
  const versions = await store.models.versions(model);
  for (const v of versions) {
    const job = v.tags.get('millwright.job');
    if (job !== undefined) byJob.push(job);
    const noted = entries.filter((e) => e.action === 'version.register' && e.subject === `model:${model}@${v.version}`).length;
    if (noted !== 1) fail(`${model}@${v.version} was registered ${noted} times`);
    await store.artefacts.get(v.bundle.sha256); // throws when it is not whole
  }
  const deployments = await store.models.deployments(model);
  const aliases = (await store.models.get(model)).aliases;
  if (deployments[0]?.version !== aliases.get('champion')) fail(`${model}: the champion is not what was deployed last`);
  const inProduction = versions.filter((v) => v.stage === 'production').map((v) => v.version);
  if (String(inProduction) !== String(aliases.get('champion'))) fail(`${model}: in production ${inProduction}`);
  const requests = await store.reviews.list({ model, limit: 10_000 });
  for (const request of requests) {
    const deployed = deployments.filter((d) => d.request === request.id).length;
    if (deployed !== (request.state === 'approved' ? 1 : 0)) fail(`${request.id} is ${request.state} with ${deployed} deployments`);
    if (
      times(
        requests.map((r) => r.version),
        request.version,
      ) !== 1
    )
      fail(`${model}@${request.version} was asked for twice`);
  }
  // a canary begins once for each promotion of a retrained version, and ends once at most
  for (const v of versions) {
    const subject = `model:${model}@${v.version}`;
    const begun = entries.filter((e) => e.action === 'canary.begin' && e.subject === subject).length;
    const judged = entries.filter((e) => (e.action === 'canary.pass' || e.action === 'canary.rollback') && e.subject === subject).length;
    if (begun > 1 || judged > begun) fail(`${subject}: ${begun} canaries, ${judged} judged`);
  }
}
for (const id of jobs) {
  const job = await store.jobs.get(id);
  const outcome = job.state === 'done' ? job.result.outcome : job.state;
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  if (job.state !== 'done') fail(`${id} is ${job.state}: ${job.error}`);
  if (times(byJob, id) > 1) fail(`${id} made ${times(byJob, id)} versions`);
  if (job.result?.version !== undefined && times(byJob, id) !== 1) fail(`the version of ${id} is lost`);
  const said = entries.filter((e) => e.action === 'retraining' && JSON.parse(e.detail).job === id).length;
  if (said !== 1) fail(`${id} was told ${said} times`);
}
const verdict = await store.audit.verify();
if (!verdict.ok) fail(`the chain is broken: ${JSON.stringify(verdict.fault)}`);
const tries = (await Promise.all(jobs.map((id) => store.jobs.get(id)))).reduce((sum, job) => sum + job.attempts, 0);
await store.close();
process.chdir(tmpdir());
rmSync(join(folder, '..'), { recursive: true, force: true });
console.log(
  JSON.stringify({ kills, jobs: jobs.length, attempts: tries, versions: byJob.length, outcomes, audit: verdict.entries, failures }),
);
process.exitCode = failures.length ? 1 : 0;
