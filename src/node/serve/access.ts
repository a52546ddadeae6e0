import { createHash } from 'node:crypto';
import type { Actor, Role } from '../store/records.js';

/** Who asks. */
export interface Caller {
  readonly user: string;
  readonly roles: readonly Role[];
  /** Id of the token that spoke. */
  readonly token?: string;
  /** Models that it may touch; absent: all. */
  readonly models?: readonly string[];
}

/** Whoever has a token speaks for themselves; the rules of the registry decide what that is worth. */
export function actorOf({ user, roles, token }: Caller): Actor {
  return { user, roles, via: 'rest', ...(token && { token }) };
}

/** Tells whose a secret is; `undefined` when it is unknown, expired or revoked. */
export type Verifier = (secret: string) => Promise<Caller | undefined> | Caller | undefined;

/** Milliseconds until a token is looked at again: so long may a revoked one still be taken. */
const REMEMBERED = 5000;
const MOST_REMEMBERED = 1000;

/** Callers by their secrets, asked of several verifiers and remembered for a moment under a hash. */
export class Access {
  readonly #known = new Map<string, { caller: Caller; until: number }>();

  constructor(
    private readonly verifiers: readonly Verifier[],
    private readonly now: () => number,
  ) {}

  /** Whether there is anybody that could be known. */
  get any(): boolean {
    return this.verifiers.length > 0;
  }

  /** The caller when it is remembered. */
  remembered(secret: string): Caller | undefined {
    const found = this.#known.get(hashOf(secret));
    return found && found.until > this.now() ? found.caller : undefined;
  }

  /** The caller that a secret belongs to. */
  async verify(secret: string): Promise<Caller | undefined> {
    for (const verifier of this.verifiers) {
      const caller = await verifier(secret);
      if (!caller) continue;
      if (this.#known.size >= MOST_REMEMBERED) this.#known.clear();
      this.#known.set(hashOf(secret), { caller, until: this.now() + REMEMBERED });
      return caller;
    }
    this.#known.delete(hashOf(secret));
    return undefined;
  }
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64');
}
