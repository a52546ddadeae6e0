import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import type { ArtefactRef } from '../store/records.js';
import { parseDuration } from './duration.js';
import { parseInput } from './options.js';
import { withProject } from './project.js';
import { allow } from './registry/permissions.js';

const input = z.object({ olderThan: z.string().default('1h'), as: z.string().optional() });

/** What `gc` took away. */
export interface Collected {
  files: number;
  bytes: number;
}

/**
 * Takes away files that no run and no version names. Young ones stay: somebody may be about to name them.
 * @throws MillwrightError `NOT_ALLOWED`, `OPTION_INVALID`
 */
export function gcCommand(options: unknown): Promise<Collected> {
  const { olderThan, as } = parseInput(input, options);
  const age = parseDuration(olderThan, '--older-than');
  if (age === null) throw new MillwrightError('OPTION_INVALID', '--older-than none would take away nothing.', 'Write for example 1h.');
  return withProject(as, async ({ store, actor }) =>
    store.act(actor, { action: 'gc', subject: `store:${store.id}` }, async (governed) => {
      allow(actor, 'gc');
      const named = await governed.named();
      // nothing governed is written meanwhile, so what is not named now is not being named
      const gone: ArtefactRef[] = await store.artefacts.sweep((sha256) => named.has(sha256), age);
      const collected = { files: gone.length, bytes: gone.reduce((sum, { bytes }) => sum + bytes, 0) };
      await governed.note({
        action: 'gc',
        subject: `store:${store.id}`,
        detail: { ...collected, sha256: gone.map((g) => g.sha256).slice(0, 1000) },
      });
      return collected;
    }),
  );
}
