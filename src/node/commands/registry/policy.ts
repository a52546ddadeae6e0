import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { MillwrightError } from '../../../core/errors.js';
import type { Target } from '../../store/records.js';
import { readSigners, type Signers } from '../signature.js';

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

const canary = z.strictObject({
  /** Share of the requests that the new version answers at first. */
  weight: z.number().gt(0).lt(1).default(0.1),
  /** Worse than the former version by more than this share of its loss: rolled back. */
  margin: z.number().min(0).max(10).default(0.05),
  /** Labelled rows after which it is decided at the latest. */
  labels: z.number().int().min(50).max(100_000).default(500),
});

const retrain = z.strictObject({
  /** Labelled rows that the champion has not learned from, fewer of which nothing can be compared on. */
  minimumLabels: z.number().int().min(40).max(1_000_000).default(200),
  /** Between two retrainings that nobody asked for. */
  coolDownHours: z.number().min(0).max(8760).default(24),
  /** Retrain when so many labelled rows are new. */
  newLabels: z.number().int().min(1).optional(),
  /** Retrain when the metric on labelled traffic is worse than on rows never seen in training by more than this. */
  performance: z.number().min(0).optional(),
  /** Retrain when an alert of this severity, or a graver one, is open. */
  drift: z.enum(['notice', 'warning', 'danger']).optional(),
  /** What the challenger must gain in the metric to be asked for, or to be promoted by itself. */
  minimumGain: z.number().min(0).default(0),
  /** How sure `auto` must be of the gain: 0.95 takes the low end of the 90 % interval; with a canary behind, less may do. */
  sure: z.number().min(0.5).lt(1).default(0.95),
  /** `auto`: promoted without a person when it surely gains `minimumGain`. */
  promote: z.enum(['request', 'auto']).default('request'),
  /** Absent: a promoted version answers all requests at once. */
  canary: canary.optional(),
});

const policy = z.strictObject({
  version: z.literal(1),
  retrain: retrain.prefault({}),
  production: gate.prefault({}),
  challenger: gate.prefault({}),
  /** Absent: no approval is needed. */
  staging: gate.optional(),
  /** Public keys (Ed25519): PEM, or the base64 of it in one line. */
  signers: z.array(z.string().max(10_000)).max(1000).default([]),
  /** Where a bundle must be signed by one of them. */
  signed: z.array(z.enum(['registration', 'staging', 'challenger', 'production'])).default([]),
});

export type Gate = z.infer<typeof gate> & {
  /** One of these must have signed the bundle; absent: no matter. */
  signers?: Signers;
};

export type RetrainRules = z.infer<typeof retrain>;
export type CanaryRules = z.infer<typeof canary>;

/** The rules of a project, and the SHA-256 of the text they came from. */
export interface Policy {
  gates: Partial<Record<Target, Gate>>;
  /** One of these must have signed a bundle before it is registered; absent: no matter. */
  registration?: Signers;
  retrain: RetrainRules;
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

# retrain:                   # when a model is trained anew, and what becomes of it; docs/retraining.md
#   newLabels: 1000          # trigger: so many labelled rows that the champion has not learned from
#   performance: 0.05        # trigger: the metric on labelled traffic is worse by this than when it was trained
#   drift: warning           # trigger: an alert of monitoring, this grave or more
#   coolDownHours: 24        # between two retrainings that nobody asked for
#   promote: request         # auto: without a person, when it surely gains minimumGain
#   minimumGain: 0
#   sure: 0.95               # how sure auto must be of the gain
#   canary: { weight: 0.1, margin: 0.05, labels: 500 }   # a share of the requests first; rolled back when worse by the margin

# signers:                   # public keys, whose bundles count as signed: PEM, or its base64 in one line
#   - MCowBQYDK2VwAyEA…
# signed: [registration, production]   # where a bundle must be signed: also staging, challenger
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
  const { version: _, signers, signed, retrain, ...gates } = parsed.data;
  const hash = createHash('sha256').update(text).digest('hex');
  if (signed.length === 0) return { gates, retrain, hash };
  const keys = signersOf(signers, path);
  const at = (place: Target): Partial<Record<Target, Gate>> => {
    const found = gates[place];
    return found ? { [place]: signed.includes(place) ? { ...found, signers: keys } : found } : {};
  };
  if (signed.includes('staging') && !gates.staging) throw invalid(path, 'signed: staging needs a section staging');
  return {
    gates: { ...at('production'), ...at('challenger'), ...at('staging') },
    retrain,
    hash,
    ...(signed.includes('registration') && { registration: keys }),
  };
}

function signersOf(keys: readonly string[], path: string): Signers {
  try {
    return readSigners(keys.join('\n'));
  } catch (cause) {
    throw invalid(path, `signers: ${(cause as Error).message.replace(/\.$/, '')}`, cause);
  }
}

function invalid(path: string, what: string, cause?: unknown): MillwrightError {
  return new MillwrightError('POLICY_INVALID', `${path} cannot be used: ${what}.`, 'docs/registry.md says what may stand in it.', {
    cause,
  });
}
