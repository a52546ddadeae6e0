import { MillwrightError } from '../../../core/errors.js';
import type { Actor, Role } from '../../store/records.js';

/** Everything that takes a role, and the roles that may; reading takes `viewer` or any other. */
export const PERMISSIONS = {
  read: ['viewer', 'builder', 'approver', 'admin'],
  predict: ['predictor', 'builder', 'admin'],
  feedback: ['predictor', 'builder', 'admin'],
  'run.log': ['builder', 'admin'],
  'version.register': ['builder', 'admin'],
  'version.describe': ['builder', 'admin'],
  'alias.set': ['builder', 'admin'],
  'check.add': ['builder', 'approver', 'admin'],
  comment: ['viewer', 'builder', 'approver', 'admin'],
  'request.open': ['builder', 'admin'],
  'request.withdraw': ['builder', 'admin'],
  'request.approve': ['approver'],
  'request.reject': ['approver'],
  'finding.resolve': ['approver'],
  'alert.handle': ['builder', 'approver', 'admin'],
  'alert.raise': ['builder', 'admin'],
  rollback: ['approver'],
  retrain: ['builder', 'admin'],
  'job.cancel': ['builder', 'admin'],
  'schedule.set': ['builder', 'admin'],
  gc: ['admin'],
  export: ['admin'],
  'user.set': ['admin'],
  'token.create': ['admin'],
  'token.revoke': ['admin'],
  'webhook.set': ['admin'],
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof PERMISSIONS;

/** Whether somebody with these roles may. */
export function may(roles: readonly Role[], permission: Permission): boolean {
  return (PERMISSIONS[permission] as readonly Role[]).some((role) => roles.includes(role));
}

/** @throws MillwrightError `NOT_ALLOWED` naming the roles that may; inside `Store.act` that is noted in the audit log */
export function allow(actor: Actor, permission: Permission): void {
  if (may(actor.roles, permission)) return;
  const has = actor.roles.length ? `has the role ${actor.roles.join(', ')}` : 'has no role in this project';
  throw new MillwrightError(
    'NOT_ALLOWED',
    `${actor.user} may not do this (${permission}): it takes the role ${PERMISSIONS[permission].join(' or ')}, and ${actor.user} ${has}.`,
    'Ask somebody who has it, or an admin: `millwright user set NAME --roles …`.',
  );
}
