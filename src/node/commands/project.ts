import { findProject, openStore, type Project } from '../store/open-store.js';
import type { Actor } from '../store/records.js';
import type { Store } from '../store/store.js';
import { commandLineActor } from './registry/identity.js';
import { type Policy, readPolicy } from './registry/policy.js';

/** A project that is open, and who is using it. */
export interface OpenProject {
  project: Project;
  store: Store;
  actor: Actor;
  /** The policy as it stands now. */
  policy(): Promise<Policy>;
}

/**
 * Opens the project here, does something with it, and closes it.
 * @param as who does it; see `userName`
 * @throws MillwrightError `STORE_…`
 */
export async function withProject<T>(as: string | undefined, work: (open: OpenProject) => Promise<T>): Promise<T> {
  const project = findProject();
  const store = await openStore(project);
  try {
    const found = project as Project;
    return await work({ project: found, store, actor: await commandLineActor(store, as), policy: () => readPolicy(found.folder) });
  } finally {
    await store.close();
  }
}
