import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MillwrightError } from '../../../core/errors.js';
import type { ChosenWindow } from '../../../engine/automl/choose-window.js';
import type { Bundle } from '../../../model/bundle.js';
import type { JobRecord, Json, NamedArtefact, Paired, VersionRecord } from '../../store/records.js';
import { decodeAnyBundle } from '../decode-any-bundle.js';
import { againstCheck } from '../registry/gates.js';
import { allow } from '../registry/permissions.js';
import type { Policy } from '../registry/policy.js';
import { promoteByPolicy, requestPromotion, withdraw } from '../registry/promotions.js';
import { registerModel } from '../registry/versions.js';
import type { Doer, JobTools } from '../work/job-worker.js';
import { caseHtml, caseMarkdown, figure, verdictOf } from './case-text.js';
import { type Champion, championOf, SOURCE_TAG, sourceOfSuccessor } from './champion.js';
import { compareOn } from './compare.js';
import { gather } from './gather.js';
import {
  type Difference,
  type Gathered,
  JOB_TAG,
  parseRetrain,
  type RetrainInput,
  type RetrainProgress,
  type RetrainResult,
} from './job-input.js';
import { noteOutcome } from './note-outcome.js';
import { backtest, fileOf, trainChallenger, windowRows, workFolder } from './train-challenger.js';

/** What a worker brings along. */
export interface RetrainPlace {
  /** Where folders of work are made: the project's, or that of its files. */
  base: string;
  policy(): Promise<Policy>;
  threads?: number;
}

/**
 * Trains a model anew and asks for its promotion: gathers rows, chooses a window of the past, trains, compares with the champion on the same rows, registers,
 * files the request with the case for it. Each step is kept before the next begins, and may be done twice with the effect of once.
 */
export function retrainDoer(place: RetrainPlace): Doer {
  return async (job, tools) => {
    const result = await retrain(job, tools, place);
    await noteOutcome(tools, job, result);
    return result as unknown as Json;
  };
}

async function retrain(job: JobRecord, tools: JobTools, place: RetrainPlace): Promise<RetrainResult> {
  const asked = parseRetrain(job.input);
  allow(tools.actor, 'retrain');
  let done = (job.progress ?? {}) as RetrainProgress;
  const keep = async (more: RetrainProgress): Promise<RetrainProgress> => {
    done = { ...done, ...more };
    await tools.keep(done as unknown as Json);
    return done;
  };
  const folder = await workFolder(place.base, job.id);
  const champion = await championOf(tools.store, asked.model);
  const rules = (await place.policy()).retrain;
  // the worker may have died between the registration and its mark
  const made = (await tools.store.models.versions(asked.model)).find((v) => v.tags.get(JOB_TAG) === job.id)?.version;
  if (made !== undefined && done.difference) return decide(tools, asked, place, { ...done, version: made, difference: done.difference });
  // another version came to production meanwhile, or the rows were cleaned away: what was settled no longer holds
  if (done.gathered && !(await stillHolds(tools, champion, done.gathered))) {
    done = {};
    await rm(folder, { recursive: true, force: true });
    await workFolder(place.base, job.id);
  }
  if (!done.gathered) {
    const found = await gather(tools.store, champion, asked, rules.minimumLabels, tools.signal);
    if (!('pool' in found)) {
      const why = `The champion has not learned from ${found.fresh} labelled rows; ${found.minimum} are needed to compare on (retrain.minimumLabels).`;
      return { outcome: 'too-few-labels', why };
    }
    await keep({ gathered: found });
  }
  const gathered = done.gathered as Gathered;
  const chosen = done.chosen ?? (await backtest(tools, champion, gathered, folder));
  const run = await runName(tools, job, asked, gathered);
  await keep({ chosen, run });
  await trainChallenger(tools, champion, asked, { gathered, chosen, folder, run, threads: place.threads });
  const challenger = await bundleOf(tools, run);
  const difference = done.difference ?? (await compared(tools, challenger, champion, folder, gathered, chosen));
  await keep({ difference });
  const { version } = await register(job, tools, champion, challenger, asked, place, { gathered, chosen, run, difference });
  await keep({ version });
  return decide(tools, asked, place, { ...done, version, difference });
}

async function stillHolds(tools: JobTools, champion: Champion, gathered: NonNullable<RetrainProgress['gathered']>): Promise<boolean> {
  const there = await Promise.all([gathered.pool, gathered.test].map((sha256) => tools.store.artefacts.has(sha256)));
  return gathered.champion === champion.version.version && there.every((is) => is);
}

/** The same for every attempt on the same rows, so that the run is in the store once; one that was interrupted there stays what it is. */
async function runName({ store }: JobTools, { id, createdAt }: JobRecord, { model }: RetrainInput, { test }: Gathered): Promise<string> {
  const safe = (text: string, most: number) => text.replace(/[^A-Za-z0-9_]+/g, '-').slice(-most);
  const name = `${createdAt.replace(/[-:]|\.\d+/g, '')}-${safe(model, 40)}-${safe(id, 24)}-${test.slice(0, 8)}`;
  for (let attempt = 1; ; attempt++) {
    const tried = attempt === 1 ? name : `${name}-${attempt}`;
    if ((await store.runs.get(tried))?.status !== 'killed') return tried;
  }
}

interface Challenger {
  bundle: Bundle;
  bytes: number;
  /** SHA-256 of what its run said of rows that it had not learned from yet. */
  predictions: string;
}

async function bundleOf({ store }: JobTools, run: string): Promise<Challenger> {
  const files = await store.runs.artefacts(run);
  const fileOfRun = (name: string): NamedArtefact => {
    const file = files.find((f) => f.name === name);
    if (!file) throw new MillwrightError('NOT_FOUND', `The run ${run} has no ${name}.`);
    return file;
  };
  const { sha256, bytes } = fileOfRun('model.mill');
  return { bundle: await decodeAnyBundle(await store.artefacts.get(sha256)), bytes, predictions: fileOfRun('predictions.csv').sha256 };
}

async function compared(
  tools: JobTools,
  challenger: Challenger,
  champion: Champion,
  folder: string,
  gathered: Gathered,
  chosen: ChosenWindow,
): Promise<Difference> {
  await fileOf(tools, gathered.test, join(folder, 'test.csv'));
  await fileOf(tools, challenger.predictions, join(folder, 'predictions.csv'));
  const difference = await compareOn(folder, challenger.bundle, champion.bundle, windowRows(chosen, gathered));
  return { ...difference, champion: champion.version.version };
}

async function register(
  job: JobRecord,
  tools: JobTools,
  champion: Champion,
  challenger: Challenger,
  asked: RetrainInput,
  place: RetrainPlace,
  { gathered, chosen, run, difference }: Required<Pick<RetrainProgress, 'gathered' | 'chosen' | 'run' | 'difference'>>,
): Promise<VersionRecord> {
  const { store, actor } = tools;
  const policy = await place.policy();
  const bytes = { challenger: challenger.bytes, champion: champion.version.bundle.bytes };
  const facts = { asked, champion, challenger: challenger.bundle, gathered, chosen, difference, policy, bytes };
  const put = async (name: string, text: string): Promise<NamedArtefact> => ({ name, ...(await store.artefacts.put(Buffer.from(text))) });
  const files = [await put('case.md', caseMarkdown(facts)), await put('case.html', caseHtml(facts))];
  // what it was compared on stays with it, so that the comparison can be made again
  const rows = async (name: string, sha256: string) => ({ name, sha256, bytes: (await store.artefacts.get(sha256)).length });
  return registerModel(
    store,
    actor,
    {
      from: run,
      name: asked.model,
      description: `Retrained: ${asked.reason}`.slice(0, 500),
      tags: new Map([
        [JOB_TAG, job.id],
        [SOURCE_TAG, JSON.stringify(sourceOfSuccessor(champion, asked, gathered))],
      ]),
      files: [...files, await rows('pool.csv', gathered.pool), await rows('test.csv', gathered.test)],
    },
    policy,
  );
}

async function decide(
  tools: JobTools,
  asked: RetrainInput,
  place: RetrainPlace,
  done: RetrainProgress & Required<Pick<RetrainProgress, 'version' | 'difference'>>,
): Promise<RetrainResult> {
  const { store, actor } = tools;
  const { model } = asked;
  const { version, difference: d } = done;
  const policy = await place.policy();
  const former = d.champion;
  const detail = `on the same ${d.rows} recent rows ${d.metric} ${figure(d.first)} against ${figure(d.second)} of version ${former}, gain ${figure(d.gain)} (${figure(d.low)} to ${figure(d.high)})`;
  const subject = `model:${model}@${version}`;
  const known = (await store.models.checks(model, version)).some((check) => check.name === againstCheck(former));
  if (!known && Number.isFinite(d.gain))
    await store.act(actor, { action: 'check.add', subject, detail: { check: againstCheck(former), gain: d.gain } }, async (governed) => {
      allow(actor, 'check.add');
      await governed.models.addCheck(model, version, { name: againstCheck(former), passed: true, value: d.gain, detail, by: actor.user });
    });
  // what is not defined comes back from the store as null
  if (!Number.isFinite(d.gain) || !Number.isFinite(d.low) || d.gain < policy.retrain.minimumGain)
    return { ...done, outcome: 'no-gain', why: verdictOf(d) };
  await withdrawOlder(tools, model, version);
  const files = await store.models.files(model, version);
  const ref = (name: string) => {
    const { sha256, bytes } = files.find((f) => f.name === name) as NamedArtefact;
    return { sha256, bytes };
  };
  const paired: Paired = {
    metric: d.metric,
    champion: former,
    rows: d.rows,
    challenger: d.first,
    former: d.second,
    gain: d.gain,
    low: d.low,
    high: d.high,
    ...(d.excess !== undefined && { excess: d.excess, excessHigh: d.excessHigh }),
  };
  try {
    const { request } = await requestPromotion(store, actor, policy, {
      reference: `${model}@${version}`,
      to: 'production',
      reason: asked.reason,
      once: true,
      paired,
      case: { markdown: ref('case.md'), html: ref('case.html') },
    });
    const promoted = request.state === 'open' ? await promoteByPolicy(store, actor, policy, { request: request.id }) : undefined;
    const outcome = promoted?.applied || request.state === 'approved' ? 'promoted' : 'requested';
    return { ...done, request: request.id, outcome, why: verdictOf(d) };
  } catch (error) {
    if (error instanceof MillwrightError && error.code === 'GATE_REFUSED') return { ...done, outcome: 'refused', why: error.message };
    throw error;
  }
}

/** A newer challenger takes the place of those that nobody decided on. */
async function withdrawOlder({ store, actor }: JobTools, model: string, version: number): Promise<void> {
  for (const request of await store.reviews.list({ model, state: 'open' })) {
    if (request.version >= version || request.by !== actor.user) continue;
    const older = await store.models.version(model, request.version);
    if (older?.tags.has(JOB_TAG)) await withdraw(store, actor, { request: request.id, reason: `version ${version} is newer` });
  }
}
