import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import type { CommentRecord, Deployment } from '../store/records.js';
import { type VersionView, versionView } from './models.js';
import { parseInput, wholeNumber } from './options.js';
import { withProject } from './project.js';
import { approve, type Outcome, reject, requestPromotion, resolveFinding, rollback, withdraw } from './registry/promotions.js';
import { addComment, registerModel } from './registry/versions.js';
import { signatureText } from './sign.js';

const as = z.string().optional();
const reason = z.string().max(10_000).default('');

const registerInput = z.object({
  from: z.string(),
  name: z.string().optional(),
  description: z.string().optional(),
  signature: z.string().optional(),
  as,
});

/** Registers a bundle, the folder of a run or a run of the store. @throws MillwrightError as `registerModel` */
export function registerCommand(options: unknown): Promise<VersionView> {
  const asked = parseInput(registerInput, options);
  const { name } = asked;
  if (name === undefined) throw new MillwrightError('USAGE', 'No name was given.', 'Say what the model is called with --name.');
  return withProject(asked.as, async ({ store, actor, policy }) => {
    const signature = asked.signature === undefined ? undefined : await signatureText(asked.signature);
    const version = await registerModel(store, actor, { ...asked, name, signature }, await policy());
    return versionView(version, await store.models.get(name));
  });
}

/** Asks for a promotion. @throws MillwrightError as `requestPromotion` */
export function promoteCommand(options: unknown): Promise<Outcome> {
  const asked = parseInput(z.object({ reference: z.string(), to: z.string().default('production'), reason, as }), options);
  return withProject(asked.as, async ({ store, actor, policy }) => requestPromotion(store, actor, await policy(), asked));
}

const decision = z.object({ request: z.string(), reason, as });

/** @throws MillwrightError as `approve` */
export function approveCommand(options: unknown): Promise<Outcome> {
  const asked = parseInput(decision, options);
  return withProject(asked.as, async ({ store, actor, policy }) => approve(store, actor, await policy(), asked));
}

/** @throws MillwrightError as `reject` */
export function rejectCommand(options: unknown): Promise<Outcome> {
  const asked = parseInput(decision, options);
  return withProject(asked.as, ({ store, actor }) => reject(store, actor, asked));
}

/** @throws MillwrightError as `withdraw` */
export function withdrawCommand(options: unknown): Promise<Outcome> {
  const asked = parseInput(decision, options);
  return withProject(asked.as, ({ store, actor }) => withdraw(store, actor, asked));
}

/** @throws MillwrightError as `rollback` */
export function rollbackCommand(options: unknown): Promise<Deployment> {
  const asked = parseInput(z.object({ model: z.string(), to: wholeNumber('--to', 1, 1e9).optional(), reason, as }), options);
  return withProject(asked.as, ({ store, actor }) => rollback(store, actor, asked));
}

/** @throws MillwrightError as `resolveFinding` */
export function resolveCommand(options: unknown): Promise<{ reference: string; finding: string }> {
  const asked = parseInput(z.object({ reference: z.string(), finding: z.string(), reason, as }), options);
  return withProject(asked.as, async ({ store, actor }) => {
    await resolveFinding(store, actor, asked);
    return { reference: asked.reference, finding: asked.finding };
  });
}

/** @throws MillwrightError as `addComment` */
export function commentCommand(options: unknown): Promise<CommentRecord> {
  const asked = parseInput(z.object({ on: z.string(), text: z.string(), as }), options);
  return withProject(asked.as, ({ store, actor }) => addComment(store, actor, asked));
}
