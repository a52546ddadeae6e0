import { MillwrightError } from '../../../core/errors.js';
import { type Plan, parsePlan } from '../../../engine/automl/plan.js';
import type { Bundle } from '../../../model/bundle.js';
import type { VersionRecord } from '../../store/records.js';
import type { Store } from '../../store/store.js';
import { decodeAnyBundle } from '../decode-any-bundle.js';
import type { Gathered, RetrainInput } from './job-input.js';

/** Tag of a version that was retrained: what its successor must know, as JSON. */
export const SOURCE_TAG = 'millwright.source';
const MOST_EARLIER = 3;
const DEFAULT_BUDGET = 60;
/** A budget grows tenfold at most, however much the rows do. */
const MOST_GROWTH = 10;

/** Where rows come from. */
export interface RowSource {
  from: string[];
  sql?: string;
  /** Where relative paths begin. */
  folder?: string;
}

/** The version in production, with what its retraining needs. */
export interface Champion {
  version: VersionRecord;
  bundle: Bundle;
  plan: Plan;
  source: RowSource;
  /** Rows of the source that it was trained on; absent when unknown. */
  rows?: number;
  /** Feedback that was told before this, it may have learned from. */
  until: string;
  /** Its best candidates, the best first. */
  earlier: Plan['candidates'];
  budget: KnownBudget;
}

/** Seconds of a full search, and the rows that somebody thought them right for: those of the first champion, whatever windows its successors were trained on. */
export interface KnownBudget {
  seconds: number;
  rows: number;
}

/** @throws MillwrightError `NOT_FOUND` without a champion, `PLAN_INVALID` when nobody knows how it was made */
export async function championOf(store: Store, model: string): Promise<Champion> {
  const version = await store.models.resolve(`${model}@champion`);
  const bundle = await loadBundle(store, version);
  const run = version.run === undefined ? undefined : await store.runs.get(version.run);
  const files = run === undefined ? await store.models.files(model, version.version) : await store.runs.artefacts(run.id);
  const text = async (name: string): Promise<string | undefined> => {
    const found = files.find((f) => f.name === name);
    return found && Buffer.from(await store.artefacts.get(found.sha256)).toString('utf8');
  };
  const planText = await text('plan.json');
  const recorded = planText === undefined ? withoutPlaces(bundle, version) : parsePlan(JSON.parse(planText));
  const kept = keptSource(version.tags.get(SOURCE_TAG));
  const folder = workingFolder(await text('run.json'));
  const source = kept?.source ?? { from: recorded.data.from, ...(recorded.data.sql !== undefined && { sql: recorded.data.sql }), folder };
  const { work: _, ...plan } = recorded;
  return {
    version,
    bundle,
    plan,
    source,
    rows: kept ? kept.rows : bundle.lineage.rows,
    until: await learnedUntil(store, version),
    earlier: earlierOf(plan, await text('leaderboard.csv')),
    budget:
      typeof kept?.budget?.seconds === 'number' ? kept.budget : { seconds: recorded.budget ?? DEFAULT_BUDGET, rows: bundle.lineage.rows },
  };
}

/** Feedback that was told before this, a version may have learned from. */
export async function learnedUntil(store: Store, { run, registeredAt, tags }: VersionRecord): Promise<string> {
  return keptSource(tags.get(SOURCE_TAG))?.until ?? (run === undefined ? undefined : await store.runs.get(run))?.startedAt ?? registeredAt;
}

/** @throws MillwrightError `OPTION_INVALID` for a model that is none of ours, `BUNDLE_…` */
export async function loadBundle(store: Store, { model, version, format, bundle }: VersionRecord): Promise<Bundle> {
  if (format !== 'mill') throw new MillwrightError('OPTION_INVALID', `${model}@${version} is no bundle, so it cannot be scored here.`);
  return decodeAnyBundle(await store.artefacts.get(bundle.sha256));
}

/** What the next retraining must know of this one. */
export interface KeptSource {
  source: RowSource;
  rows?: number;
  until: string;
  budget: KnownBudget;
}

/** Seconds of a full search on so many rows: those of the first champion, grown as its rows have. */
export function fullBudget({ budget }: Pick<Champion, 'budget'>, asked: Pick<RetrainInput, 'budget'>, rows: number): number {
  if (asked.budget !== undefined) return asked.budget / 1000;
  const growth = budget.rows > 0 ? rows / budget.rows : 1;
  return budget.seconds * Math.min(MOST_GROWTH, Math.max(1, growth));
}

/** What is kept with a champion's successor. */
export function sourceOfSuccessor(champion: Champion, asked: RetrainInput, { until, source }: Gathered): KeptSource {
  const { budget } = champion;
  if (asked.data.length > 0)
    return { source: { from: asked.data, folder: asked.folder, ...(asked.sql !== undefined && { sql: asked.sql }) }, until, budget };
  const rows = source ?? champion.rows;
  return { source: champion.source, ...(rows !== undefined && { rows }), until, budget };
}

function keptSource(text: string | undefined): KeptSource | undefined {
  try {
    const kept = JSON.parse(text ?? 'null') as KeptSource | null;
    return kept !== null && Array.isArray(kept.source?.from) && typeof kept.until === 'string' ? kept : undefined;
  } catch {
    return undefined;
  }
}

function withoutPlaces({ lineage }: Bundle, { model, version }: VersionRecord): Plan {
  try {
    const recorded = lineage.plan as Partial<Plan> | undefined;
    return parsePlan({ ...recorded, data: { ...recorded?.data, from: [] } });
  } catch (cause) {
    const what = `Nobody knows how ${model}@${version} was made: its run is not in the store, and its bundle holds no plan.`;
    throw new MillwrightError('PLAN_INVALID', what, 'Train a model with `millwright run`, and register that.', { cause });
  }
}

function workingFolder(text: string | undefined): string | undefined {
  try {
    const { workingFolder: folder } = JSON.parse(text ?? '{}') as { workingFolder?: unknown };
    return typeof folder === 'string' ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** The candidates that stood highest, by the ids of the leaderboard: a learner, and from its second candidate on `#` and which. */
function earlierOf({ candidates }: Pick<Plan, 'candidates'>, leaderboard: string | undefined): Plan['candidates'] {
  const byId = new Map<string, Plan['candidates'][number]>();
  const counts = new Map<string, number>();
  for (const candidate of candidates) {
    const count = (counts.get(candidate.learner) ?? 0) + 1;
    counts.set(candidate.learner, count);
    byId.set(count === 1 ? candidate.learner : `${candidate.learner}#${count}`, candidate);
  }
  byId.delete('baseline');
  const ids = leaderboard === undefined ? [...byId.keys()] : leaderboard.split('\n').flatMap((line) => wholeTrial(line) ?? []);
  return ids.flatMap((id) => byId.get(id) ?? []).slice(0, MOST_EARLIER);
}

function wholeTrial(line: string): string | undefined {
  const cells = line.split(',');
  return cells.at(-1) === 'false' ? cells[1] : undefined;
}
