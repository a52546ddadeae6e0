import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MillwrightError } from '../../../core/errors.js';
import type { Bundle } from '../../../model/bundle.js';
import type * as R from '../../store/records.js';
import type { Store } from '../../store/store.js';
import { readBundle } from '../bundle-io.js';
import { decodeAnyBundle } from '../decode-any-bundle.js';
import { JOB_TAG } from '../retrain/job-input.js';
import { signatureBeside } from '../sign.js';
import { signedBy } from './gates.js';
import { allow } from './permissions.js';
import type { Policy } from './policy.js';

/** Files of a run that tell how its model was made. */
const HOW = ['run.json', 'plan.json', 'leaderboard.csv'] as const;

/** What is asked of a registration. */
export interface Registration {
  /** A bundle, the folder of a run, or the id of a run in the store. */
  from: string;
  name: string;
  description?: string;
  /** The text of a `.sig` file; what lies beside the bundle when absent. */
  signature?: string;
  /** What else is kept with the version. */
  tags?: ReadonlyMap<string, string>;
  files?: readonly R.NamedArtefact[];
}

/**
 * Registers a model as the next version of a name. The files are stored first, so that a version is there whole or not at all.
 * @throws MillwrightError `NOT_ALLOWED`, `GATE_REFUSED`, `NOT_FOUND`, `BUNDLE_…`
 */
export async function registerModel(store: Store, actor: R.Actor, asked: Registration, policy: Policy): Promise<R.VersionRecord> {
  const run = await store.runs.get(asked.from);
  const facts: R.VersionFacts & Pick<R.NewVersion, 'files'> = run
    ? await factsOfRun(store, run)
    : await factsOfFile(store, actor, asked.from);
  const signature = asked.signature ?? facts.signature;
  const { tags, files = facts.files } = asked;
  return registerFacts(store, actor, asked, { ...facts, tags, files, ...(signature !== undefined && { signature }) }, policy);
}

/**
 * Registers what is known already, for instance of a model that was trained elsewhere. What the same job registered already is left as it is.
 * @throws MillwrightError `NOT_ALLOWED`, `GATE_REFUSED` when the policy asks for a signature; both refusals are in the audit log
 */
export async function registerFacts(
  store: Store,
  actor: R.Actor,
  { name, description }: Pick<Registration, 'name' | 'description'>,
  facts: R.VersionFacts & Pick<R.NewVersion, 'tags' | 'files'>,
  policy: Policy,
): Promise<R.VersionRecord> {
  return store.act(actor, { action: 'version.register', subject: `model:${name}` }, async (governed) => {
    allow(actor, 'version.register');
    refuseUnsigned(facts, policy);
    const job = facts.tags?.get(JOB_TAG);
    const known = job === undefined ? undefined : (await governed.models.versions(name)).find((v) => v.tags.get(JOB_TAG) === job);
    if (known) {
      await governed.note({ action: 'version.register.again', subject: `model:${name}@${known.version}`, detail: { job: job ?? null } });
      return known;
    }
    await governed.models.ensure({ name, by: actor.user });
    const version = await governed.models.addVersion({ ...facts, model: name, registeredBy: actor.user, description });
    const subject = `model:${name}@${version.version}`;
    const detail = { bundle: facts.bundle.sha256, run: facts.run ?? null, trainedBy: facts.trainedBy, data: facts.dataHash ?? null };
    await governed.note({ action: 'version.register', subject, detail });
    await governed.events.emit({ type: 'version.registered', subject, data: { by: actor.user } });
    return version;
  });
}

function refuseUnsigned(facts: R.VersionFacts, { registration }: Policy): void {
  const [signed, why] = registration ? signedBy(facts, registration) : [true, ''];
  if (!signed)
    throw new MillwrightError('GATE_REFUSED', `It may not be registered. ${why}`, 'Sign it with `millwright sign`; see docs/registry.md.');
}

/** Writes a comment on `model:NAME`, `model:NAME@3`, `run:ID` or `request:ID`. @throws MillwrightError `NOT_ALLOWED`, `NOT_FOUND` */
export async function addComment(store: Store, actor: R.Actor, asked: { on: string; text: string }): Promise<R.CommentRecord> {
  const subject = await subjectOf(store, asked.on);
  if (asked.text.trim() === '' || asked.text.length > 10_000)
    throw new MillwrightError('OPTION_INVALID', 'A comment has 1 to 10,000 characters.', 'Write it after what it is about.');
  return store.act(actor, { action: 'comment', subject }, async (governed) => {
    allow(actor, 'comment');
    const comment = await governed.reviews.comment({ subject, by: actor.user, text: asked.text });
    await governed.note({ action: 'comment', subject, detail: { comment: comment.id } });
    return comment;
  });
}

/** What a person means: a request, a run, a version or a model. @throws MillwrightError `NOT_FOUND` */
export async function subjectOf(store: Store, on: string): Promise<string> {
  if (await store.reviews.get(on)) return `request:${on}`;
  if (await store.runs.get(on)) return `run:${on}`;
  if (!on.includes('@') && (await store.models.get(on))) return `model:${on}`;
  const { model, version } = await store.models.resolve(on);
  return `model:${model}@${version}`;
}

async function factsOfRun(store: Store, run: R.RunRecord): Promise<R.VersionFacts> {
  const files = await store.runs.artefacts(run.id);
  const file = (name: string): R.ArtefactRef | undefined => {
    const found = files.find((f) => f.name === name);
    return found && { sha256: found.sha256, bytes: found.bytes };
  };
  const bundle = file('model.mill');
  if (!bundle) throw new MillwrightError('NOT_FOUND', `The run ${run.id} has no model.mill.`, 'Register the bundle by its path.');
  const facts = factsOfBundle(await decodeAnyBundle(await store.artefacts.get(bundle.sha256)));
  return { ...facts, bundle, report: file('report.html'), run: run.id, trainedBy: run.by };
}

async function factsOfFile(store: Store, actor: R.Actor, path: string): Promise<R.VersionFacts & Pick<R.NewVersion, 'files'>> {
  const facts = factsOfBundle(await readBundle(path));
  const folder = (await stat(path)).isDirectory();
  const bundle = await store.artefacts.put(await readFile(folder ? join(path, 'model.mill') : path));
  const run = await store.runs.withFile(bundle.sha256);
  const reportPath = join(folder ? path : dirname(path), 'report.html');
  const report = await readFile(reportPath).catch(() => undefined);
  const signature = await signatureBeside(path);
  return {
    ...facts,
    bundle,
    report: report && (await store.artefacts.put(report)),
    run: run?.id,
    trainedBy: run?.by ?? actor.user,
    ...(signature !== undefined && { signature }),
    // what a retraining asks of a run that is not in the store
    ...(run === undefined && { files: await filesBeside(store, folder ? path : dirname(path), bundle.sha256) }),
  };
}

/** How the bundle of a run's folder was made, if that is what its run.json speaks of. */
async function filesBeside(store: Store, folder: string, bundle: string): Promise<R.NamedArtefact[]> {
  const texts = await Promise.all(HOW.map((name) => readFile(join(folder, name)).catch(() => undefined)));
  try {
    const [told] = texts;
    if (!told || (JSON.parse(told.toString('utf8')) as { model?: unknown }).model !== bundle) return [];
  } catch {
    return [];
  }
  const files = HOW.map(async (name, i) => (texts[i] ? [{ name, ...(await store.artefacts.put(texts[i])) }] : []));
  return (await Promise.all(files)).flat();
}

/** What a bundle says of itself. Its numbers come from a file, so each is looked at. */
export function factsOfBundle({ task, schema, metrics, lineage }: Bundle): Omit<R.VersionFacts, 'bundle' | 'trainedBy'> {
  const told = metrics as { metric?: unknown; holdout?: unknown; warnings?: unknown };
  const scores = Object.entries((told.holdout ?? {}) as Record<string, Partial<R.Scored> | undefined>).flatMap(([name, score]) =>
    typeof score?.value === 'number' ? [[name, { value: score.value, low: score.low, high: score.high }] as [string, R.Scored]] : [],
  );
  const findings = (Array.isArray(told.warnings) ? (told.warnings as Partial<R.VersionFinding>[]) : []).map((f) => ({
    level: 'warning',
    code: String(f.code),
    ...(f.column === undefined ? {} : { column: String(f.column) }),
    message: String(f.message),
  }));
  return {
    format: 'mill',
    target: task.target,
    task: task.kind,
    metric: typeof told.metric === 'string' ? told.metric : undefined,
    metrics: new Map(scores),
    // a model trained elsewhere may come without data
    dataHash: lineage.dataHash || undefined,
    findings,
    schema: schema.columns.map(({ name, type, use }) => ({ name, type, use })),
  };
}
