// node test/peers/serve-kills.mjs [kills]: a server of a project is killed (SIGKILL) at random moments while it answers and takes feedback. With
// MILLWRIGHT_STORE=postgres://… (an empty database) the store is there, else SQLite.
// At the end every answer and every feedback that was acknowledged is in the store, once, and the audit chain is whole.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProject, makeProject, openStore } from '../../dist/node/store/open-store.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const command = join(root, 'bin/millwright.js');
const kills = Number(process.argv[2] ?? 200);
const folder = mkdtempSync(join(tmpdir(), 'millwright-kills-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
await makeProject(folder);
const store = await openStore(findProject(folder));
const note = { action: 'test', subject: 'model:m' };
const bundle = await store.artefacts.put(readFileSync(join(root, 'test/golden/bundles/v1-trees-learned-binary.mill')));
await store.act({ user: 'test', roles: ['admin'], via: 'library' }, note, async (governed) => {
  await governed.models.ensure({ name: 'm', by: 'test' });
  const facts = { format: 'mill', bundle, metrics: new Map(), findings: [], trainedBy: 'test' };
  await governed.models.addVersion({ ...facts, model: 'm', registeredBy: 'test' });
  await governed.models.setAlias('m', 'champion', 1);
  await governed.note(note);
});

/** Starts a server and waits for its address. */
async function serve() {
  const child = spawn(process.execPath, [command, 'serve', '--port', '0', '--json'], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const address = await new Promise((resolve) => child.stdout.once('data', (chunk) => resolve(JSON.parse(chunk).address)));
  return { child, ended, address };
}

const answered = [];
const acknowledged = [];
for (let k = 0; k < kills; k++) {
  const { child, ended, address } = await serve();
  let alive = true;
  const post = async (path, body) => {
    const response = await fetch(`${address}/v1/models/m/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { ok: response.ok, json: await response.json() };
  };
  const caller = async (c) => {
    for (let i = 0; alive; i++) {
      try {
        const rows = Array.from({ length: 1 + ((i + c) % 3) }, (_, r) => ({ price: i + r / 10, city: `c${c}` }));
        const { json } = await post('predict', rows);
        answered.push({ id: json.id, rows });
        const { ok } = await post('feedback', { prediction: json.id, row: 0, actual: 'no' });
        if (ok) acknowledged.push(json.id);
      } catch {
        return; // killed in between: nothing was acknowledged
      }
    }
  };
  const callers = [0, 1, 2].map(caller);
  await new Promise((resolve) => setTimeout(resolve, 20 + ((k * 7919) % 400)));
  child.kill('SIGKILL');
  await ended;
  alive = false;
  await Promise.all(callers);
}
// the last one takes over what the others left
const { child, ended } = await serve();
await new Promise((resolve) => setTimeout(resolve, 1000));
child.kill('SIGTERM');
await ended;

let lost = 0;
for (const { id, rows } of answered)
  for (const [r, row] of rows.entries()) {
    const found = await store.traffic.prediction(`${id}/${r}`);
    if (JSON.stringify(found?.row) !== JSON.stringify(row)) lost++;
  }
const feedback = new Set((await store.traffic.feedback({ model: 'm', limit: 1_000_000 })).map((f) => f.id));
const lostFeedback = acknowledged.filter((id) => !feedback.has(`${id}/0`)).length;
const audit = await store.audit.verify();
await store.close();
console.log(
  `${kills} kills: ${answered.length} answers, ${lost} rows lost; ${acknowledged.length} acknowledged feedbacks, ${lostFeedback} lost; audit ${audit.ok ? 'whole' : 'BROKEN'}`,
);
process.exitCode = lost === 0 && lostFeedback === 0 && audit.ok && answered.length > kills ? 0 : 1;
