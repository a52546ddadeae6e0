// Works on a store without end until it is killed: registers, promotes, sends feedback. Each line on standard output is something that was acknowledged.
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { parsePolicy } from '../../dist/node/commands/registry/policy.js';
import { approve, requestPromotion, rollback } from '../../dist/node/commands/registry/promotions.js';
import { registerFacts } from '../../dist/node/commands/registry/versions.js';
import { openStore } from '../../dist/node/store/open-store.js';
import { ROLES } from '../../dist/node/store/records.js';

const [database, artefacts, name] = process.argv.slice(2);
const store = await openStore({ database, artefacts });
const ann = { user: 'ann', roles: ROLES, via: 'library' };
const bea = { user: 'bea', roles: ['approver'], via: 'library' };
const policy = parsePolicy('version: 1', 'kills');
// written at once: what stands in the pipe outlives the process
const told = (what) => writeSync(1, `${JSON.stringify(what)}\n`);
const anchored = async (what) => told({ ...what, anchor: await store.audit.head() });

let n = 0;
const feedback = async () => {
  const rows = Array.from({ length: 5 }, () => ({ id: `${name}-${n++}`, at: new Date().toISOString(), model: 'm', actual: 'yes' }));
  await store.traffic.addFeedback(rows);
  told({ did: 'feedback', ids: rows.map((row) => row.id) });
  await store.traffic.addFeedback(rows); // as a client does that did not hear the answer
};
const register = async (model) => {
  const bundle = await store.artefacts.put(randomBytes(20_000));
  const facts = {
    format: 'mill',
    bundle,
    metrics: new Map(),
    findings: [],
    trainedBy: 'ann',
    task: 'binary',
    target: 'y',
    metric: 'roc_auc',
  };
  const score = { value: 0.8 };
  const { version } = await registerFacts(store, ann, { name: model }, { ...facts, metrics: new Map([['roc_auc', score]]) }, policy);
  await anchored({ did: 'register', model, version, bundle: bundle.sha256 });
  return version;
};
const promote = async (model) => {
  const version = await register(model);
  const { request } = await requestPromotion(store, ann, policy, { reference: `${model}@${version}`, to: 'production' });
  told({ did: 'ask', request: request.id });
  await approve(store, bea, policy, { request: request.id, reason: 'kills' });
  await anchored({ did: 'approve', request: request.id, model, version });
};

const models = ['alpha', 'beta'];
told({ did: 'begin' });
for (;;) {
  const model = models[n % 2];
  await feedback();
  await promote(model);
  if (n % 4 === 0)
    await rollback(store, bea, { model, reason: 'kills' }).then(
      () => told({ did: 'rollback', model }),
      (error) => {
        if (error.code !== 'NOT_FOUND') throw error;
      },
    );
}
