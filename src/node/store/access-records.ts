import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { MillwrightError } from '../../core/errors.js';
import { moment, newId } from './ids.js';
import type * as R from './records.js';
import { type Db, one } from './sql/db.js';
import type { AccessReads, AccessWrites } from './store.js';

interface UserRow {
  name: string;
  roles: string;
  created_at: string;
  active: number;
}

interface TokenRow {
  id: string;
  user_name: string;
  secret_hash: string;
  roles: string;
  models: string | null;
  note: string;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  last_used_at: string | null;
}

/** How long the moment of last use may lag behind, in milliseconds: writing it at each request would cost more than the request. */
const USE_LAG = 60_000;

/** Users and tokens in either database. */
export class AccessRecords implements AccessReads, AccessWrites {
  constructor(private readonly db: Db) {}

  async user(name: string): Promise<R.UserRecord | undefined> {
    const row = await one<UserRow>(this.db, 'SELECT * FROM users WHERE name = ?', [name]);
    return row && userOf(row);
  }

  async users(): Promise<R.UserRecord[]> {
    return (await this.db.all<UserRow>('SELECT * FROM users ORDER BY name')).map(userOf);
  }

  async tokens(): Promise<R.TokenRecord[]> {
    return (await this.db.all<TokenRow>('SELECT * FROM tokens ORDER BY created_at, id')).map(tokenOf);
  }

  async verify(secret: string): Promise<R.TokenRecord | undefined> {
    const id = /^mw_(tok_[0-9a-f]{28})_[\w-]{43}$/.exec(secret)?.[1];
    if (id === undefined) return undefined;
    const row = await one<TokenRow>(this.db, 'SELECT * FROM tokens WHERE id = ?', [id]);
    if (!row || !timingSafeEqual(Buffer.from(row.secret_hash, 'hex'), digest(secret))) return undefined;
    const now = new Date().toISOString();
    if (row.revoked_at !== null || (row.expires_at !== null && row.expires_at <= now)) return undefined;
    const user = await this.user(row.user_name);
    if (!user?.active) return undefined;
    if (row.last_used_at === null || Date.parse(now) - Date.parse(row.last_used_at) > USE_LAG)
      await this.db.run('UPDATE tokens SET last_used_at = ? WHERE id = ?', [now, id]);
    const token = tokenOf(row);
    return { ...token, roles: token.roles.filter((role) => user.roles.includes(role)) };
  }

  async setUser({ name, roles, active = true }: Parameters<AccessWrites['setUser']>[0]): Promise<R.UserRecord> {
    if (!/^[^\s\p{C}][^\p{C}]{0,99}$/u.test(name))
      throw new MillwrightError(
        'OPTION_INVALID',
        `"${name.slice(0, 100)}" cannot be the name of a user.`,
        'Use up to 100 visible characters.',
      );
    await this.db.run(
      'INSERT INTO users (name, roles, created_at, active) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET roles = excluded.roles, active = excluded.active',
      [name, JSON.stringify([...new Set(roles)]), moment(), Number(active)],
    );
    return (await this.user(name)) as R.UserRecord;
  }

  async addToken(asked: Parameters<AccessWrites['addToken']>[0]): Promise<{ token: R.TokenRecord; secret: string }> {
    const user = await this.user(asked.user);
    if (!user?.active) throw new MillwrightError('NOT_FOUND', `There is no user ${asked.user}.`, 'Add one with `millwright user add`.');
    const beyond = asked.roles.filter((role) => !user.roles.includes(role));
    if (beyond.length)
      throw new MillwrightError(
        'OPTION_INVALID',
        `${asked.user} is no ${beyond.join(', ')}, so no token of theirs can be.`,
        'Give fewer roles.',
      );
    const id = newId('tok');
    const secret = `mw_${id}_${randomBytes(32).toString('base64url')}`;
    const models = asked.models === undefined ? undefined : JSON.stringify(asked.models);
    await this.db.run(
      'INSERT INTO tokens (id, user_name, secret_hash, roles, models, note, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      [id, asked.user, digest(secret).toString('hex'), JSON.stringify(asked.roles), models, asked.note, moment(), asked.expiresAt],
    );
    const row = await one<TokenRow>(this.db, 'SELECT * FROM tokens WHERE id = ?', [id]);
    return { token: tokenOf(row as TokenRow), secret };
  }

  async revokeToken(id: string): Promise<void> {
    const changed = await this.db.run('UPDATE tokens SET revoked_at = COALESCE(revoked_at, ?) WHERE id = ?', [moment(), id]);
    if (changed === 0) throw new MillwrightError('NOT_FOUND', `There is no token ${id}.`, 'See `millwright token list`.');
  }
}

/** A token is 256 bits of chance, so a plain hash is enough: there is nothing to guess. */
const digest = (secret: string): Buffer => createHash('sha256').update(secret).digest();

function userOf(row: UserRow): R.UserRecord {
  return { name: row.name, roles: JSON.parse(row.roles) as R.Role[], createdAt: row.created_at, active: row.active === 1 };
}

function tokenOf(row: TokenRow): R.TokenRecord {
  return {
    id: row.id,
    user: row.user_name,
    roles: JSON.parse(row.roles) as R.Role[],
    models: row.models === null ? undefined : (JSON.parse(row.models) as string[]),
    note: row.note,
    createdAt: row.created_at,
    expiresAt: row.expires_at ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
    lastUsedAt: row.last_used_at ?? undefined,
  };
}
