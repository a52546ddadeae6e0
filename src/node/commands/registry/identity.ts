import { userInfo } from 'node:os';
import type { Actor } from '../../store/records.js';
import type { Store } from '../../store/store.js';

/**
 * Who types: `--as`, else MILLWRIGHT_USER, else the user of the operating system. Whoever may write the project's folder may claim
 * any name here; docs/threat-model.md says what that means. Over HTTP a token says who it is.
 */
export function userName(said?: string, environment: Readonly<Record<string, string | undefined>> = process.env): string {
  if (said) return said;
  if (environment.MILLWRIGHT_USER) return environment.MILLWRIGHT_USER;
  try {
    return userInfo().username;
  } catch {
    return 'unknown'; // a user id without a name, as in some containers
  }
}

/** Them with the roles that the store knows. */
export async function commandLineActor(store: Store, said?: string): Promise<Actor> {
  const user = userName(said);
  const known = await store.access.user(user);
  return { user, roles: known?.active ? known.roles : [], via: 'cli' };
}
