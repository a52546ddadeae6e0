import type * as R from '../../store/records.js';
import type { Governed } from '../../store/store.js';
import { JOB_TAG } from '../retrain/job-input.js';
import type { CanaryRules } from './policy.js';

/** Alias of the version that was in production before, while its successor is a canary; set by promotions alone. */
export const FORMER = 'former';
/** Tag of a model that keeps how its requests are divided, as JSON. */
export const TRAFFIC_TAG = 'millwright.traffic';
/** Tag of a model whose champion is a canary: what it is judged by, as JSON. */
export const CANARY_TAG = 'millwright.canary';

/** A new version in production that must prove itself on a share of the requests. */
export interface CanaryState extends CanaryRules {
  version: number;
  former: number;
  since: R.Moment;
}

/** The canary of a model; nothing for a tag that cannot be read. */
export function canaryOf(tags: ReadonlyMap<string, string>): CanaryState | undefined {
  try {
    const state = JSON.parse(tags.get(CANARY_TAG) ?? 'null') as CanaryState | null;
    return state !== null && Number.isInteger(state.version) && Number.isInteger(state.former) ? state : undefined;
  } catch {
    return undefined;
  }
}

/** A retrained version that came to production answers a share of the requests first, the former one the rest. */
export async function beginCanary(governed: Governed, rules: CanaryRules | undefined, model: string, version: number): Promise<void> {
  const [deployment] = await governed.models.deployments(model);
  const former = deployment?.previous;
  const { tags } = (await governed.models.version(model, version)) as R.VersionRecord;
  if (!rules || former === undefined || !tags.has(JOB_TAG)) return;
  const state: CanaryState = { ...rules, version, former, since: new Date().toISOString() };
  const traffic = { canary: { version: String(former), weight: 1 - rules.weight }, shadow: [] };
  await governed.models.setAlias(model, FORMER, former);
  await governed.models.describe(model, {
    tags: new Map([
      [TRAFFIC_TAG, JSON.stringify(traffic)],
      [CANARY_TAG, JSON.stringify(state)],
    ]),
  });
  await governed.note({ action: 'canary.begin', subject: `model:${model}@${version}`, detail: { ...state } });
}

/** Whatever comes to production ends a canary. */
export async function endCanary(governed: Governed, model: string): Promise<void> {
  const found = await governed.models.get(model);
  if (!found?.tags.has(CANARY_TAG)) return;
  if (found.aliases.has(FORMER)) await governed.models.setAlias(model, FORMER, undefined);
  await governed.models.describe(model, {
    tags: new Map([
      [TRAFFIC_TAG, undefined],
      [CANARY_TAG, undefined],
    ]),
  });
}
