import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { MillwrightError } from '../../../core/errors.js';
import type { Target } from '../../store/records.js';

const gate = z.strictObject({
  /** Persons who must approve, none of whom trained, registered or asked. */
  approvals: z.number().int().min(1).max(10).default(1),
  /** Metric → the worst score that is allowed, in the metric's own sign. */
  minimum: z.record(z.string(), z.number()).default({}),
  /** true: not worse at all; a number: by that much at most; false: no matter. */
  noWorseThanChampion: z.union([z.boolean(), z.number().min(0)]).default(true),
  checksPass: z.boolean().default(true),
  noOpenLeaks: z.boolean().default(true),
  /** Check → its largest value. A check that was not made does not count as kept. */
  fairness: z.record(z.string(), z.number()).default({}),
  /** A report must be there to be read. */
  report: z.boolean().default(false),
});

const policy = z.strictObject({
  version: z.literal(1),
  production: gate.prefault({}),
  challenger: gate.prefault({}),
  /** Absent: no approval is needed. */
  staging: gate.optional(),
});

export type Gate = z.infer<typeof gate>;

/** The rules of a project, and the SHA-256 of the text they came from. */
export interface Policy {
  gates: Partial<Record<Target, Gate>>;
  hash: string;
}

/** What `init` writes, and what holds where there is no file. */
export const DEFAULT_POLICY = `# Who and what decides whether a version may answer people. Read when a promotion is asked for and again when it is approved.
version: 1

production:
  approvals: 1               # persons; none of them trained it, registered it or asked for it
  minimum: {}                # e.g. { roc_auc: 0.8 }; for errors such as rmse it is the largest that is allowed
  noWorseThanChampion: true  # or by how much it may be worse, e.g. 0.005
  checksPass: true           # no check of the version may have failed
  noOpenLeaks: true          # no finding of a leak that nobody has resolved
  fairness: {}               # check → its largest value, e.g. { demographic_parity_gap: 0.1 }
  report: false              # true: a report must be there to be read

challenger:                  # answers a share of the requests, so people see it too
  approvals: 1
  noWorseThanChampion: false

# staging:                   # no approval is needed unless this stands here
#   approvals: 1
`;

/**
 * Reads the policy of a project folder. It is read as plain data: YAML without tags, unknown keys refused.
 * @throws MillwrightError `POLICY_INVALID` naming the key
 */
export async function readPolicy(folder: string | undefined): Promise<Policy> {
  const path = folder === undefined ? undefined : join(folder, 'policy.yaml');
  let text = DEFAULT_POLICY;
  if (path !== undefined) {
    try {
      text = await readFile(path, 'utf8');
    } catch (cause) {
      // a file that is there but cannot be read is no reason to fall back to milder rules
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw invalid(path, (cause as Error).message, cause);
    }
  }
  return parsePolicy(text, path ?? 'the default policy');
}

/** @throws MillwrightError `POLICY_INVALID` */
export function parsePolicy(text: string, path: string): Policy {
  let value: unknown;
  try {
    value = parse(text, { schema: 'core', maxAliasCount: 0 });
  } catch (cause) {
    throw invalid(path, (cause as Error).message.split('\n')[0] ?? '', cause);
  }
  const parsed = policy.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalid(path, `${issue?.path.join('.') || 'the whole'}: ${issue?.message}`);
  }
  const { version: _, ...gates } = parsed.data;
  return { gates, hash: createHash('sha256').update(text).digest('hex') };
}

function invalid(path: string, what: string, cause?: unknown): MillwrightError {
  return new MillwrightError('POLICY_INVALID', `${path} cannot be used: ${what}.`, 'docs/registry.md says what may stand in it.', {
    cause,
  });
}
