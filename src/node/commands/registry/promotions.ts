import { MillwrightError } from '../../../core/errors.js';
import { normalQuantile } from '../../../core/normal.js';
import type * as R from '../../store/records.js';
import type { Governed, Store } from '../../store/store.js';
import { JOB_TAG } from '../retrain/job-input.js';
import { beginCanary, endCanary } from './canary-state.js';
import { type Candidate, evaluate, evidenceOf, openLeaks, resolutionOf } from './gates.js';
import { allow } from './permissions.js';
import type { Policy, RetrainRules } from './policy.js';

/** Who decides where the policy lets no person be needed. */
export const BY_POLICY = 'policy';

const TARGETS: readonly R.Target[] = ['staging', 'production', 'challenger'];

/** What became of a request. */
export interface Outcome {
  request: R.RequestRecord;
  /** Whether the version is now where it was asked to be. */
  applied: boolean;
  /** Approvals that are still missing. */
  missing: number;
}

/**
 * Asks for a version to be put somewhere, with the evidence. Where the policy asks for no approval it is put there at once.
 * @param asked `once`: whatever became of an earlier request for the same is the answer
 * @throws MillwrightError `GATE_REFUSED` when it does not keep the policy, `NOT_ALLOWED`, `NOT_FOUND`; both refusals are in the audit log
 */
export async function requestPromotion(
  store: Store,
  actor: R.Actor,
  policy: Policy,
  asked: { reference: string; to: string; reason?: string; once?: boolean } & Pick<R.Evidence, 'paired' | 'case'>,
): Promise<Outcome> {
  const to = TARGETS.find((target) => target === asked.to);
  if (!to) throw new MillwrightError('OPTION_INVALID', `"${asked.to}" is nowhere to promote to.`, `Choose one of ${TARGETS.join(', ')}.`);
  const { model, version } = await store.models.resolve(asked.reference);
  const subject = `model:${model}@${version}`;
  return store.act(actor, { action: 'request.open', subject, detail: { to } }, async (governed) => {
    allow(actor, 'request.open');
    const before = asked.once ? (await governed.reviews.list({ model })).find((r) => r.version === version && r.to === to) : undefined;
    if (before) {
      await governed.note({ action: 'request.open.again', subject, detail: { request: before.id } });
      return { request: before, applied: before.state === 'approved', missing: before.state === 'open' ? before.needed : 0 };
    }
    const candidate = await candidateOf(governed, model, version);
    refuseUnserved(candidate.version, to);
    if (isThere(candidate.version, await governed.models.get(model), to))
      throw new MillwrightError('STORE_CONFLICT', `Version ${version} of ${model} is in ${to} already.`, 'There is nothing to do.');
    const [open] = (await governed.reviews.list({ model, state: 'open' })).filter((r) => r.version === version && r.to === to);
    if (open)
      throw new MillwrightError(
        'STORE_CONFLICT',
        `That is asked for already: ${open.id}.`,
        `Decide it with \`millwright approve ${open.id}\`.`,
      );
    const gate = policy.gates[to];
    const { paired, case: why } = asked;
    const evidence = { ...evidenceOf(candidate, gate, policy.hash), ...(paired && { paired }), ...(why && { case: why }) };
    refuseBroken(evidence.gates, candidate.version, to);
    const request = await governed.reviews.open({
      ...{ model, version, to, by: actor.user, reason: asked.reason ?? '' },
      ...{ needed: gate?.approvals ?? 0, evidence },
    });
    const detail = {
      request: request.id,
      to,
      reason: request.reason,
      needed: request.needed,
      policy: policy.hash,
      gates: told(evidence.gates),
    };
    await governed.note({ action: 'request.open', subject, detail });
    await governed.events.emit({ type: 'promotion.requested', subject, data: { request: request.id, to, by: actor.user } });
    return gate === undefined ? apply(governed, actor.user, policy, request) : { request, applied: false, missing: request.needed };
  });
}

/**
 * Approves a request; with enough approvals the version is put there, in the same transaction.
 * @throws MillwrightError `NOT_ALLOWED` (no approver, or it is their own work), `GATE_REFUSED` when the policy is no longer kept, `STORE_CONFLICT`, `NOT_FOUND`
 */
export async function approve(store: Store, actor: R.Actor, policy: Policy, asked: { request: string; reason: string }): Promise<Outcome> {
  const { subject } = await found(store, asked.request);
  return store.act(actor, { action: 'request.approve', subject, detail: { request: asked.request } }, async (governed) => {
    allow(actor, 'request.approve');
    const request = await openRequest(governed, asked.request);
    const candidate = await candidateOf(governed, request.model, request.version);
    refuseOwnWork(actor, request, candidate.version);
    const gate = policy.gates[request.to];
    const gates = gate === undefined ? [] : evaluate(candidate, gate);
    refuseBroken(gates, candidate.version, request.to);
    await governed.reviews.decide(request.id, { by: actor.user, verdict: 'approve', reason: asked.reason, gates });
    const detail = { request: request.id, to: request.to, reason: asked.reason, policy: policy.hash, gates: told(gates) };
    await governed.note({ action: 'request.approve', subject, detail });
    const decided = (await governed.reviews.get(request.id)) as R.RequestRecord;
    const approvals = decided.decisions.filter((decision) => decision.verdict === 'approve').length;
    const missing = Math.max(decided.needed, gate?.approvals ?? 0) - approvals;
    const data = { request: request.id, to: request.to, by: actor.user, reason: asked.reason, missing: Math.max(0, missing) };
    await governed.events.emit({ type: 'promotion.approved', subject, data });
    return missing > 0 ? { request: decided, applied: false, missing } : apply(governed, actor.user, policy, decided);
  });
}

/**
 * Promotes a retrained version without a person, where the policy says so in writing (`retrain.promote: auto`) and the version surely gains what it asks
 * for over the very champion that it was compared with. All other rules of the policy hold as for a person's approval.
 * @returns nothing when that is not so; then the request waits for a person
 */
export async function promoteByPolicy(
  store: Store,
  actor: R.Actor,
  policy: Policy,
  asked: { request: string },
): Promise<Outcome | undefined> {
  const { subject } = await found(store, asked.request);
  if (policy.retrain.promote !== 'auto') return undefined;
  return store.act(actor, { action: 'promotion.policy', subject, detail: { request: asked.request } }, async (governed) => {
    allow(actor, 'request.open');
    const request = (await governed.reviews.get(asked.request)) as R.RequestRecord;
    const candidate = await candidateOf(governed, request.model, request.version);
    const { paired } = request.evidence;
    const surely = paired === undefined ? undefined : surelyGains(paired, policy.retrain);
    const same = paired?.champion === candidate.champion?.version && candidate.version.tags.has(JOB_TAG);
    if (request.state !== 'open' || request.to !== 'production' || paired === undefined || surely === undefined || !same) {
      governed.nothing();
      return undefined;
    }
    const gate = policy.gates.production;
    const gates = gate === undefined ? [] : evaluate(candidate, gate);
    refuseBroken(gates, candidate.version, request.to);
    const { minimumGain } = policy.retrain;
    const reason = `retrain.promote is auto, and ${surely === 'loss' ? `${paired.metric} is no worse with probabilities that are surely nearer to what happens` : `at least ${minimumGain} of ${paired.metric} is gained`}`;
    await governed.reviews.decide(request.id, { by: BY_POLICY, verdict: 'approve', reason, gates });
    const detail = { request: request.id, to: request.to, reason, policy: policy.hash, gates: told(gates) };
    await governed.note({ action: 'promotion.policy', subject, detail });
    const data = { request: request.id, to: request.to, by: BY_POLICY, reason, missing: 0 };
    await governed.events.emit({ type: 'promotion.approved', subject, data });
    return apply(governed, BY_POLICY, policy, (await governed.reviews.get(request.id)) as R.RequestRecord);
  });
}

/** Share of Brier's loss that must be saved to count beside a metric that gains, but not surely. */
const MUCH = 0.05;

/**
 * What the policy counts as surely gained: the metric by the low end of its interval, or Brier's loss where the metric itself gains as well, surely or not. Both ends
 * are drawn in or out to the certainty that is asked for. What a canary would turn out again by its loss on these very rows is none.
 */
export function surelyGains(
  { gain, low, excess = 0, excessHigh }: Pick<R.Paired, 'gain' | 'low' | 'excess' | 'excessHigh'>,
  { sure, minimumGain, canary }: Pick<RetrainRules, 'sure' | 'minimumGain' | 'canary'>,
): 'metric' | 'loss' | undefined {
  const share = sure === 0.95 ? 1 : normalQuantile(sure) / normalQuantile(0.95);
  if (!(gain > 0) || (canary && excess > canary.margin)) return undefined;
  if (gain - share * (gain - low) >= minimumGain) return 'metric';
  const nearer = excess <= -MUCH && excessHigh !== undefined && excess + share * (excessHigh - excess) < 0;
  return nearer && gain >= minimumGain ? 'loss' : undefined;
}

/** Refuses a request, with a reason. @throws MillwrightError `NOT_ALLOWED`, `STORE_CONFLICT`, `NOT_FOUND`, `OPTION_INVALID` without a reason */
export async function reject(store: Store, actor: R.Actor, asked: { request: string; reason: string }): Promise<Outcome> {
  const { subject } = await found(store, asked.request);
  if (asked.reason.trim() === '') throw new MillwrightError('OPTION_INVALID', 'A refusal needs a reason.', 'Say why with --reason "…".');
  return store.act(actor, { action: 'request.reject', subject, detail: { request: asked.request } }, async (governed) => {
    allow(actor, 'request.reject');
    const request = await openRequest(governed, asked.request);
    await governed.reviews.decide(request.id, { by: actor.user, verdict: 'reject', reason: asked.reason, gates: [] });
    return closed(governed, request, 'rejected', 'request.reject', asked.reason, actor);
  });
}

/** Takes a request back: by whoever asked. @throws MillwrightError `NOT_ALLOWED`, `STORE_CONFLICT`, `NOT_FOUND` */
export async function withdraw(store: Store, actor: R.Actor, asked: { request: string; reason: string }): Promise<Outcome> {
  const { subject } = await found(store, asked.request);
  return store.act(actor, { action: 'request.withdraw', subject, detail: { request: asked.request } }, async (governed) => {
    allow(actor, 'request.withdraw');
    const request = await openRequest(governed, asked.request);
    if (request.by !== actor.user) throw new MillwrightError('NOT_ALLOWED', `Only ${request.by}, who asked, may take ${request.id} back.`);
    return closed(governed, request, 'withdrawn', 'request.withdraw', asked.reason, actor);
  });
}

/**
 * Puts the version back that was in production before, or another that was once approved for it.
 * @throws MillwrightError `NOT_ALLOWED`, `NOT_FOUND` when there is nothing to go back to
 */
export async function rollback(store: Store, actor: R.Actor, asked: { model: string; to?: number; reason: string }): Promise<R.Deployment> {
  const subject = `model:${asked.model}`;
  return store.act(actor, { action: 'rollback', subject }, async (governed) => {
    allow(actor, 'rollback');
    const { model } = await governed.models.resolve(`${asked.model}@champion`);
    const current = (await governed.models.get(model))?.aliases.get('champion');
    const past = await governed.models.deployments(model);
    const back = asked.to ?? past.find((d) => d.kind === 'promotion' && d.version === current)?.previous;
    if (back === undefined || back === current || !past.some((d) => d.version === back))
      throw new MillwrightError(
        'NOT_FOUND',
        back === undefined
          ? `Nothing was in production before version ${current} of ${model}.`
          : `Version ${back} of ${model} ${back === current ? 'is in production' : 'was never approved for production'}.`,
        'See `millwright models NAME` for what was.',
      );
    const deployment = await putInProduction(governed, { model, version: back, kind: 'rollback', by: actor.user, reason: asked.reason });
    const detail = { from: current ?? null, to: back, reason: asked.reason };
    await governed.note({ action: 'rollback', subject: `model:${model}@${back}`, detail });
    await governed.events.emit({ type: 'model.rolledback', subject: `model:${model}@${back}`, data: { ...detail, by: actor.user } });
    return deployment;
  });
}

/** Says that a finding of a version does no harm. @throws MillwrightError `NOT_ALLOWED`, `NOT_FOUND` */
export async function resolveFinding(
  store: Store,
  actor: R.Actor,
  asked: { reference: string; finding: string; reason: string },
): Promise<void> {
  const { model, version } = await store.models.resolve(asked.reference);
  const subject = `model:${model}@${version}`;
  if (asked.reason.trim() === '')
    throw new MillwrightError('OPTION_INVALID', 'To resolve a finding needs a reason.', 'Say why it does no harm with --reason "…".');
  await store.act(actor, { action: 'finding.resolve', subject, detail: { finding: asked.finding } }, async (governed) => {
    allow(actor, 'finding.resolve');
    const candidate = await candidateOf(governed, model, version);
    refuseOwnWork(actor, undefined, candidate.version);
    const open = openLeaks(candidate).map((finding) => resolutionOf(finding));
    const name = `finding:${asked.finding}`;
    if (!open.includes(name))
      throw new MillwrightError(
        'NOT_FOUND',
        `Version ${version} of ${model} has no open finding "${asked.finding}".`,
        open.length ? `Open are ${open.map((o) => o.slice('finding:'.length)).join(', ')}.` : 'None is open.',
      );
    await governed.models.addCheck(model, version, { name, passed: true, detail: asked.reason, by: actor.user });
    await governed.note({ action: 'finding.resolve', subject, detail: { finding: asked.finding, reason: asked.reason } });
  });
}

async function apply(governed: Governed, by: string, policy: Policy, request: R.RequestRecord): Promise<Outcome> {
  const { model, version, to, id } = request;
  await governed.reviews.close(id, 'approved');
  if (to === 'production') await putInProduction(governed, { model, version, kind: 'promotion', request: id, by, reason: request.reason });
  else if (to === 'challenger') await governed.models.setAlias(model, 'challenger', version);
  else await governed.models.setStage(model, version, 'staging');
  const subject = `model:${model}@${version}`;
  await governed.note({ action: 'promotion', subject, detail: { request: id, to } });
  await governed.events.emit({ type: 'model.promoted', subject, data: { request: id, to, by } });
  if (to === 'production') await beginCanary(governed, policy.retrain.canary, model, version);
  // what was asked for the same version and place is answered
  const others = (await governed.reviews.list({ model, state: 'open' })).filter((r) => r.version === version && r.to === to);
  for (const other of others) await governed.reviews.close(other.id, 'superseded');
  return { request: (await governed.reviews.get(id)) as R.RequestRecord, applied: true, missing: 0 };
}

/** Puts a version in production in the place of another, which is archived. Call it inside `act`. */
export async function putInProduction(governed: Governed, deployment: Omit<R.Deployment, 'id' | 'at' | 'previous'>): Promise<R.Deployment> {
  const { model, version } = deployment;
  const aliases = (await governed.models.get(model))?.aliases;
  const previous = aliases?.get('champion');
  if (previous !== undefined) await governed.models.setStage(model, previous, 'archived');
  await governed.models.setStage(model, version, 'production');
  await governed.models.setAlias(model, 'champion', version);
  if (aliases?.get('challenger') === version) await governed.models.setAlias(model, 'challenger', undefined);
  await endCanary(governed, model);
  return governed.models.addDeployment({ ...deployment, previous });
}

async function candidateOf(governed: Governed, model: string, version: number): Promise<Candidate> {
  const champion = (await governed.models.get(model))?.aliases.get('champion');
  return {
    version: (await governed.models.version(model, version)) as R.VersionRecord,
    checks: await governed.models.checks(model, version),
    champion: champion === undefined || champion === version ? undefined : await governed.models.version(model, champion),
  };
}

function isThere(version: R.VersionRecord, model: R.ModelRecord | undefined, to: R.Target): boolean {
  if (to === 'staging') return version.stage === 'staging' || version.stage === 'production';
  return model?.aliases.get(to === 'production' ? 'champion' : 'challenger') === version.version;
}

/** Nobody lets their own work through. */
function refuseOwnWork(actor: R.Actor, request: R.RequestRecord | undefined, version: R.VersionRecord): void {
  const what =
    version.trainedBy === actor.user
      ? 'trained it'
      : version.registeredBy === actor.user
        ? 'registered it'
        : request?.by === actor.user
          ? 'asked for it'
          : undefined;
  if (what)
    throw new MillwrightError(
      'NOT_ALLOWED',
      `${actor.user} ${what}, so another person has to decide on version ${version.version} of ${version.model}.`,
      'Ask another approver.',
    );
}

/** What nobody can serve answers nobody. */
function refuseUnserved({ model, version, format }: R.VersionRecord, to: R.Target): void {
  if (format === 'other' && to !== 'staging')
    throw new MillwrightError(
      'GATE_REFUSED',
      `Version ${version} of ${model} cannot be served, so it may not go to ${to}: among its files is no model.mill.`,
      'Register a version that holds one.',
    );
}

function refuseBroken(gates: readonly R.GateResult[], version: R.VersionRecord, to: R.Target): void {
  const broken = gates.filter((gate) => !gate.passed);
  if (broken.length === 0) return;
  throw new MillwrightError(
    'GATE_REFUSED',
    `Version ${version.version} of ${version.model} may not go to ${to}: ${broken.map((g) => `${g.rule}: ${g.detail}`).join('; ')}.`,
    'The policy is .millwright/policy.yaml; see docs/registry.md.',
  );
}

const told = (gates: readonly R.GateResult[]): R.Json => gates.map(({ rule, passed, detail }) => ({ rule, passed, detail }));

async function found(store: Store, id: string): Promise<{ subject: string }> {
  const request = await store.reviews.get(id);
  if (!request) throw new MillwrightError('NOT_FOUND', `There is no request ${id}.`, 'See `millwright requests`.');
  return { subject: `model:${request.model}@${request.version}` };
}

async function openRequest(governed: Governed, id: string): Promise<R.RequestRecord> {
  const request = (await governed.reviews.get(id)) as R.RequestRecord;
  if (request.state === 'open') return request;
  throw new MillwrightError('STORE_CONFLICT', `The request ${id} is ${request.state} already.`, 'There is nothing to decide.');
}

async function closed(
  governed: Governed,
  request: R.RequestRecord,
  state: 'rejected' | 'withdrawn',
  action: string,
  reason: string,
  actor: R.Actor,
): Promise<Outcome> {
  await governed.reviews.close(request.id, state);
  const subject = `model:${request.model}@${request.version}`;
  await governed.note({ action, subject, detail: { request: request.id, to: request.to, reason } });
  await governed.events.emit({
    type: `promotion.${state}`,
    subject,
    data: { request: request.id, to: request.to, reason, by: actor.user },
  });
  return { request: (await governed.reviews.get(request.id)) as R.RequestRecord, applied: false, missing: 0 };
}
