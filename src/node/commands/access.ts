import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import { nearestName } from '../../core/nearest-name.js';
import { ROLES, type Role, type TokenRecord, type UserRecord } from '../store/records.js';
import { parseDuration } from './duration.js';
import { parseInput } from './options.js';
import { withProject } from './project.js';
import { allow } from './registry/permissions.js';

const userInput = z.object({
  action: z.string().default('list'),
  name: z.string().optional(),
  roles: z.string().optional(),
  as: z.string().optional(),
});
const tokenInput = z.object({
  action: z.string().default('list'),
  id: z.string().optional(),
  user: z.string().optional(),
  roles: z.string().optional(),
  models: z.string().optional(),
  expires: z.string().default('90d'),
  note: z.string().max(1000).default(''),
  as: z.string().optional(),
});

/** Lists users, sets one (`set NAME --roles a,b`), or takes away all that one may (`remove NAME`). @throws MillwrightError `NOT_ALLOWED` */
export function userCommand(options: unknown): Promise<{ users: UserRecord[] }> {
  const { action, name, roles, as } = parseInput(userInput, options);
  return withProject(as, async ({ store, actor }) => {
    if (action !== 'list') {
      if (action !== 'set' && action !== 'add' && action !== 'remove') throw unknownAction('user', action, ['list', 'set', 'remove']);
      if (name === undefined) throw new MillwrightError('USAGE', 'No user was named.', `Write \`millwright user ${action} NAME\`.`);
      const given = action === 'remove' ? [] : parseRoles(roles);
      await store.act(actor, { action: 'user.set', subject: `user:${name}` }, async (governed) => {
        allow(actor, 'user.set');
        const others = (await governed.access.users()).filter((u) => u.name !== name && u.active && u.roles.includes('admin'));
        if (!given.includes('admin') && others.length === 0)
          throw new MillwrightError(
            'OPTION_INVALID',
            `${name} is the only admin: nobody could give roles any more.`,
            'Make somebody else admin first.',
          );
        await governed.access.setUser({ name, roles: given, active: action !== 'remove' });
        await governed.note({ action: 'user.set', subject: `user:${name}`, detail: { roles: given, active: action !== 'remove' } });
      });
    }
    return { users: await store.access.users() };
  });
}

/**
 * Lists tokens, makes one (`create --user NAME --roles a,b --expires 30d`), or makes one void (`revoke ID`).
 * @returns the secret of a new token, this once
 * @throws MillwrightError `NOT_ALLOWED`, `NOT_FOUND`
 */
export function tokenCommand(options: unknown): Promise<{ tokens: TokenRecord[]; made?: TokenRecord; secret?: string }> {
  const asked = parseInput(tokenInput, options);
  return withProject(asked.as, async ({ store, actor }) => {
    const list = async () => ({ tokens: await store.access.tokens() });
    if (asked.action === 'list') return list();
    if (asked.action === 'revoke') {
      const { id } = asked;
      if (id === undefined)
        throw new MillwrightError('USAGE', 'No token was named.', 'Write `millwright token revoke ID`; see `millwright token list`.');
      await store.act(actor, { action: 'token.revoke', subject: `token:${id}` }, async (governed) => {
        allow(actor, 'token.revoke');
        await governed.access.revokeToken(id);
        await governed.note({ action: 'token.revoke', subject: `token:${id}` });
      });
      return list();
    }
    if (asked.action !== 'create') throw unknownAction('token', asked.action, ['list', 'create', 'revoke']);
    const user = asked.user ?? actor.user;
    const given = {
      user,
      roles: parseRoles(asked.roles),
      models: namesIn(asked.models),
      note: asked.note,
      expiresAt: expiry(asked.expires),
    };
    const made = await store.act(actor, { action: 'token.create', subject: `user:${user}` }, async (governed) => {
      allow(actor, 'token.create');
      const { token, secret } = await governed.access.addToken(given);
      const detail = { token: token.id, roles: [...token.roles], models: token.models ?? null, expires: token.expiresAt ?? null };
      await governed.note({ action: 'token.create', subject: `user:${user}`, detail });
      return { made: token, secret };
    });
    return { ...(await list()), ...made };
  });
}

/** @throws MillwrightError `OPTION_INVALID` */
function parseRoles(text: string | undefined): Role[] {
  const named = namesIn(text) ?? [];
  if (named.length === 0)
    throw new MillwrightError('USAGE', 'No roles were given.', `Give some of ${ROLES.join(', ')} with --roles, divided by commas.`);
  return named.map((name) => {
    const role = ROLES.find((r) => r === name);
    if (role) return role;
    const near = nearestName(name, ROLES);
    throw new MillwrightError(
      'OPTION_INVALID',
      `"${name}" is no role.`,
      near ? `Did you mean ${near}?` : `The roles are ${ROLES.join(', ')}.`,
    );
  });
}

const namesIn = (text: string | undefined): string[] | undefined =>
  text
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

/** `30d`, `12h`, `never`. */
function expiry(text: string): string | undefined {
  if (text === 'never') return undefined;
  const days = /^(\d{1,4})\s*d(ays?)?$/i.exec(text.trim());
  const milliseconds = days ? Number(days[1]) * 86_400_000 : parseDuration(text, '--expires');
  if (milliseconds === null) return undefined;
  return new Date(Date.now() + milliseconds).toISOString();
}

function unknownAction(command: string, action: string, known: readonly string[]): MillwrightError {
  return new MillwrightError('USAGE', `\`millwright ${command}\` does not know "${action}".`, `It knows ${known.join(', ')}.`);
}
