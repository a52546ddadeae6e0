import { access } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { findProject, makeProject, openStore } from '../store/open-store.js';
import type { Actor, UserRecord } from '../store/records.js';
import { ROLES } from '../store/records.js';
import { writeWhole } from './atomic-file.js';
import { parseInput } from './options.js';
import { userName } from './registry/identity.js';
import { DEFAULT_POLICY } from './registry/policy.js';

const input = z.object({ as: z.string().optional() });

/** What `init` made or found. */
export interface Initialised {
  folder: string;
  store: string;
  users: UserRecord[];
}

/**
 * Makes a project in the working folder: `.millwright` with store and policy. Whoever makes it may do everything but let their own
 * work through. What is there already stays.
 * @throws MillwrightError `OUTPUT_FAILED`, `STORE_…`
 */
export async function initCommand(options: unknown): Promise<Initialised> {
  const { as } = parseInput(input, options);
  const folder = await makeProject(process.cwd());
  const policy = join(folder, 'policy.yaml');
  const there = await access(policy).then(
    () => true,
    () => false,
  );
  if (!there) await writeWhole(policy, DEFAULT_POLICY);
  const store = await openStore(findProject());
  try {
    if ((await store.access.users()).length === 0) {
      const user = userName(as);
      const actor: Actor = { user, roles: ROLES, via: 'cli' };
      await store.act(actor, { action: 'store.init', subject: `store:${store.id}` }, async (governed) => {
        if ((await governed.access.users()).length > 0) return; // another process was first
        await governed.access.setUser({ name: user, roles: ROLES });
        await governed.note({ action: 'store.init', subject: `store:${store.id}`, detail: { admin: user } });
      });
    }
    return { folder, store: store.place, users: await store.access.users() };
  } finally {
    await store.close();
  }
}
