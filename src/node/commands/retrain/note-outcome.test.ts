import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openStore } from '../../store/open-store.js';
import type { Actor, JobRecord } from '../../store/records.js';
import { noteOutcome } from './note-outcome.js';

it('says once what a retraining came to, whoever did it and however often', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millwright-outcome-'));
  const project = { folder, database: join(folder, 'store.db'), artefacts: join(folder, 'artefacts') };
  const stores = [await openStore(project), await openStore(project)];
  const actors: Actor[] = [
    { user: 'ann', roles: ['builder'], via: 'library' },
    { user: 'bot', roles: ['builder'], via: 'rest', token: 'ci' },
  ];
  const job = (id: string) => ({ id, input: { model: 'shop', reason: 'why not' } }) as unknown as JobRecord;
  const result = { outcome: 'too-few-labels', why: 'There are none.' } as const;
  try {
    for (let again = 0; again < 2; again++)
      await Promise.all(stores.map((store, i) => noteOutcome({ store, actor: actors[again ? 0 : i] as Actor }, job('first'), result)));
    await noteOutcome({ store: stores[1], actor: actors[1] } as never, job('second'), result);
    await noteOutcome({ store: stores[0], actor: actors[0] } as never, job('second'), result);
    expect(await stores[0]?.audit.entries({ action: 'retraining', subject: 'model:shop' })).toHaveLength(2);
  } finally {
    for (const store of stores) await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
