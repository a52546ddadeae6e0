import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import type * as R from '../store/records.js';
import type { Store } from '../store/store.js';
import { parsePrice, VALUE_TAG } from './alert-cost.js';
import { parseInput } from './options.js';
import { withProject } from './project.js';
import { openLeaks, resolutionOf } from './registry/gates.js';
import { allow } from './registry/permissions.js';
import { plainObject } from './runs.js';

const modelInput = z.object({ name: z.string().optional(), value: z.string().optional(), as: z.string().optional() });
const requestInput = z.object({ id: z.string().optional(), model: z.string().optional(), all: z.boolean().default(false) });

/** A version for JSON and tables. */
export type VersionView = Omit<R.VersionRecord, 'metrics' | 'tags' | 'schema'> & {
  metrics: Record<string, R.Scored>;
  tags: Record<string, string>;
  aliases: string[];
};

export interface ModelView {
  name: string;
  description: string;
  createdAt: string;
  by: string;
  aliases: Record<string, number>;
  tags: Record<string, string>;
  latest: number;
}

/** Everything about one model. */
export interface ModelDetail extends ModelView {
  versions: VersionView[];
  deployments: R.Deployment[];
  requests: R.RequestRecord[];
  comments: R.CommentRecord[];
  /** `NAME@3` → leaks that nobody has resolved, as `millwright resolve` takes them. */
  open: Record<string, string[]>;
}

/**
 * The models of the project, or one with its versions and history. With `value`, what a wrong prediction of it costs is kept first (`none` forgets it).
 * @throws MillwrightError `NOT_FOUND`, `NOT_ALLOWED`, `OPTION_INVALID`, `STORE_…`
 */
export function modelsCommand(options: unknown): Promise<{ models: ModelView[] } | { model: ModelDetail }> {
  const { name, value, as } = parseInput(modelInput, options);
  if (value !== undefined && name === undefined)
    throw new MillwrightError('USAGE', '--value is of a model, and none was named.', 'Write `millwright models NAME --value "12 EUR"`.');
  if (value !== undefined && value !== 'none') parsePrice(value);
  return withProject(as, async ({ store, actor }) => {
    if (name === undefined) return { models: (await store.models.list()).map(modelView) };
    if (value !== undefined) await keepValue(store, actor, name, value);
    return { model: await modelDetail(store, name) };
  });
}

async function keepValue(store: Store, actor: R.Actor, name: string, value: string): Promise<void> {
  const kept = value === 'none' ? undefined : value;
  const note = { action: 'value.set', subject: `model:${name}`, detail: { value: kept ?? null } };
  await store.act(actor, note, async (governed) => {
    allow(actor, 'version.describe');
    if (!(await governed.models.get(name)))
      throw new MillwrightError('NOT_FOUND', `There is no model "${name}".`, 'See `millwright models`.');
    await governed.models.describe(name, { tags: new Map([[VALUE_TAG, kept]]) });
    await governed.note(note);
  });
}

/** All that there is to know of a model. @throws MillwrightError `NOT_FOUND` */
export async function modelDetail(store: Store, name: string): Promise<ModelDetail> {
  const model = await store.models.get(name);
  if (!model) throw await store.models.resolve(name).catch((error: Error) => error);
  const versions = await store.models.versions(name);
  const open: [string, string[]][] = [];
  for (const version of versions) {
    const leaks = openLeaks({ version, checks: await store.models.checks(name, version.version) });
    if (leaks.length) open.push([`${name}@${version.version}`, leaks.map((leak) => resolutionOf(leak).slice('finding:'.length))]);
  }
  const subjects = [`model:${name}`, ...versions.map((v) => `model:${name}@${v.version}`)];
  const comments = (await Promise.all(subjects.map((subject) => store.reviews.comments(subject)))).flat();
  return {
    ...modelView(model),
    versions: versions.map((version) => versionView(version, model)),
    deployments: await store.models.deployments(name),
    requests: await store.reviews.list({ model: name }),
    comments,
    open: Object.fromEntries(open),
  };
}

/** Requests that are open, all of them, or one with its evidence. @throws MillwrightError `NOT_FOUND`, `STORE_…` */
export function requestsCommand(
  options: unknown,
): Promise<{ requests: R.RequestRecord[] } | { request: R.RequestRecord; comments: R.CommentRecord[]; case?: string }> {
  const { id, model, all } = parseInput(requestInput, options);
  return withProject(undefined, async ({ store }) => {
    if (id === undefined) return { requests: await store.reviews.list({ model, ...(all ? {} : { state: 'open' }) }) };
    const request = await store.reviews.get(id);
    if (!request) throw new MillwrightError('NOT_FOUND', `There is no request ${id}.`, 'See `millwright requests`.');
    const told = request.evidence.case;
    const text = told && Buffer.from(await store.artefacts.get(told.markdown.sha256)).toString('utf8');
    return { request, comments: await store.reviews.comments(`request:${id}`), ...(text !== undefined && { case: text }) };
  });
}

const modelView = (model: R.ModelRecord): ModelView => ({ ...model, aliases: plainObject(model.aliases), tags: plainObject(model.tags) });

export function versionView({ schema: _, ...version }: R.VersionRecord, model: R.ModelRecord | undefined): VersionView {
  const aliases = [...(model?.aliases ?? [])].filter(([, n]) => n === version.version).map(([alias]) => alias);
  return { ...version, metrics: plainObject(version.metrics), tags: plainObject(version.tags), aliases };
}
