// A worker without end, until it is killed, and a person who approves whatever waits. Says when it is ready.
import { writeSync } from 'node:fs';
import { readPolicy } from '../../dist/node/commands/registry/policy.js';
import { approve } from '../../dist/node/commands/registry/promotions.js';
import { workOf } from '../../dist/node/commands/worker.js';
import { findProject, openStore } from '../../dist/node/store/open-store.js';

const project = findProject();
const store = await openStore(project);
const robot = { user: 'robot', roles: ['builder'], via: 'library' };
const bea = { user: 'bea', roles: ['approver'], via: 'library' };
const policy = () => readPolicy(project.folder);
const context = { startedAt: 0, onNote: (note) => process.stderr.write(`${note}\n`) };
const work = workOf({ project, store, actor: robot, policy }, context, 1);
writeSync(1, 'ready\n');
for (;;) {
  await work.look();
  for (const request of await store.reviews.list({ state: 'open' }))
    await approve(store, bea, await policy(), { request: request.id, reason: 'kills' }).catch((error) => {
      // another worker's person was quicker, or the champion is another by now
      if (!['STORE_CONFLICT', 'GATE_REFUSED'].includes(error.code)) throw error;
    });
  await new Promise((resolve) => setTimeout(resolve, 100));
}
