import type { Artefacts } from './artefacts.js';
import type * as R from './records.js';
import type { TransferRow } from './transfer.js';

// The port of the project store. Whatever changes what may answer people (models, versions, requests, users, tokens) is
// written in `act` alone, in one transaction with its entry in the audit log. What is logged in bulk (runs, predictions,
// feedback, jobs, deliveries) is written directly. A promise that resolves is on disk.

/** Runs, their trials, metrics and files. */
export interface RunReads {
  get(id: string): Promise<R.RunRecord | undefined>;
  /** @throws MillwrightError `OPTION_INVALID` for a filter or sort that cannot be read */
  list(query?: R.RunQuery): Promise<{ runs: R.RunRecord[]; total: number }>;
  history(run: string, metric: string): Promise<R.MetricPoint[]>;
  trials(run: string): Promise<R.TrialRecord[]>;
  artefacts(run: string): Promise<R.NamedArtefact[]>;
  /** The latest run that has a file of this content. */
  withFile(sha256: string): Promise<R.RunRecord | undefined>;
  /** The latest points of every metric, by run. */
  latest(runs: readonly string[]): Promise<Map<string, R.MetricPoint[]>>;
  /** Data sets and models that runs say they used or made, by run. */
  links(runs: readonly string[]): Promise<Map<string, R.RunLink[]>>;
  experiment(idOrName: string): Promise<R.ExperimentRecord | undefined>;
  experiments(): Promise<R.ExperimentRecord[]>;
}

export interface RunWrites {
  /** Also makes its experiment. @throws MillwrightError `STORE_CONFLICT` when the id is taken */
  create(run: R.NewRun): Promise<void>;
  /** @throws MillwrightError `NOT_FOUND` */
  update(id: string, change: Partial<Pick<R.RunRecord, 'name' | 'status' | 'endedAt' | 'metric' | 'score' | 'deleted'>>): Promise<void>;
  /** All of it or nothing; the same point twice counts once. @throws MillwrightError `NOT_FOUND` */
  log(id: string, log: R.RunLog): Promise<void>;
  /** What a run used or made; the same name and kind again replaces it. @throws MillwrightError `NOT_FOUND` */
  link(id: string, links: readonly R.RunLink[]): Promise<void>;
  removeTag(id: string, name: string): Promise<void>;
  addTrials(id: string, trials: readonly R.TrialRecord[]): Promise<void>;
  /** Names files of a run; the content must be stored already. @throws MillwrightError `NOT_FOUND` */
  attach(id: string, files: readonly R.NamedArtefact[]): Promise<void>;
  /** Makes the experiment when there is none of that name. */
  ensureExperiment(name: string, at: R.Moment): Promise<R.ExperimentRecord>;
  updateExperiment(id: string, change: { name?: string; deleted?: boolean; tags?: R.TagChange }): Promise<void>;
}

/** Models that runs log, with files of their own, before anybody registers them. */
export interface LoggedModels {
  get(id: string): Promise<R.LoggedModelRecord | undefined>;
  /** Those of experiments that are not deleted, latest first. */
  list(experiments: readonly string[]): Promise<R.LoggedModelRecord[]>;
  files(id: string): Promise<R.NamedArtefact[]>;
  create(
    model: Pick<R.LoggedModelRecord, 'id' | 'experiment' | 'run' | 'name' | 'kind' | 'by' | 'params' | 'tags'>,
  ): Promise<R.LoggedModelRecord>;
  /** @throws MillwrightError `NOT_FOUND` */
  change(id: string, change: R.LoggedModelChange): Promise<R.LoggedModelRecord>;
  /** Names files of it; the content must be stored already. @throws MillwrightError `NOT_FOUND` */
  attach(id: string, files: readonly R.NamedArtefact[]): Promise<void>;
}

/** Models, their versions and what is in production. */
export interface ModelReads {
  get(name: string): Promise<R.ModelRecord | undefined>;
  list(): Promise<R.ModelRecord[]>;
  version(model: string, version: number): Promise<R.VersionRecord | undefined>;
  /** Latest first. */
  versions(model: string): Promise<R.VersionRecord[]>;
  /**
   * The version that a reference names: `churn@3`, `churn@champion`, `churn@staging`; `churn` alone is its champion.
   * @throws MillwrightError `NOT_FOUND` naming what there is
   */
  resolve(reference: string): Promise<R.VersionRecord>;
  /** What it was registered with, where others' clients did. */
  files(model: string, version: number): Promise<R.NamedArtefact[]>;
  /** Latest first. */
  deployments(model: string): Promise<R.Deployment[]>;
  /** The last of each name. */
  checks(model: string, version: number): Promise<R.CheckRecord[]>;
}

export interface ModelWrites {
  /** Makes the model when there is none of that name. */
  ensure(model: { name: string; by: string; description?: string }): Promise<R.ModelRecord>;
  describe(name: string, change: { description?: string; tags?: R.TagChange }): Promise<void>;
  /** The next version of its model. @throws MillwrightError `NOT_FOUND` when bundle or report are not stored */
  addVersion(version: R.NewVersion): Promise<R.VersionRecord>;
  describeVersion(model: string, version: number, change: { description?: string; tags?: R.TagChange }): Promise<void>;
  setStage(model: string, version: number, stage: R.Stage): Promise<void>;
  /** `undefined` takes the alias away. */
  setAlias(model: string, alias: string, version: number | undefined): Promise<void>;
  addDeployment(deployment: Omit<R.Deployment, 'id' | 'at'>): Promise<R.Deployment>;
  addCheck(model: string, version: number, check: Omit<R.CheckRecord, 'at'>): Promise<void>;
}

/** Requests for promotion, decisions on them, comments. */
export interface ReviewReads {
  get(id: string): Promise<R.RequestRecord | undefined>;
  /** Latest first. */
  list(query?: { model?: string; state?: R.RequestState; limit?: number }): Promise<R.RequestRecord[]>;
  /** Oldest first. */
  comments(subject: string): Promise<R.CommentRecord[]>;
}

export interface ReviewWrites {
  open(request: Pick<R.RequestRecord, 'model' | 'version' | 'to' | 'by' | 'reason' | 'needed' | 'evidence'>): Promise<R.RequestRecord>;
  /** @throws MillwrightError `STORE_CONFLICT` when this person has decided already */
  decide(id: string, decision: Omit<R.Decision, 'at'>): Promise<void>;
  close(id: string, state: Exclude<R.RequestState, 'open'>): Promise<void>;
  comment(comment: Pick<R.CommentRecord, 'subject' | 'by' | 'text'>): Promise<R.CommentRecord>;
}

/** Users and tokens. */
export interface AccessReads {
  user(name: string): Promise<R.UserRecord | undefined>;
  users(): Promise<R.UserRecord[]>;
  tokens(): Promise<R.TokenRecord[]>;
  /** The token that a secret belongs to, with the roles that its user still has; `undefined` when unknown, expired or revoked. */
  verify(secret: string): Promise<R.TokenRecord | undefined>;
}

export interface AccessWrites {
  /** Adds a user, or changes one. */
  setUser(user: { name: string; roles: readonly R.Role[]; active?: boolean }): Promise<R.UserRecord>;
  /** The secret is told this once; only its SHA-256 is kept. */
  addToken(
    token: Pick<R.TokenRecord, 'user' | 'roles' | 'models' | 'note' | 'expiresAt'>,
  ): Promise<{ token: R.TokenRecord; secret: string }>;
  /** @throws MillwrightError `NOT_FOUND` */
  revokeToken(id: string): Promise<void>;
}

/** Predictions and what came of them. */
export interface Traffic {
  /** All or nothing; ids that are known already are left as they are. @returns how many were new */
  addPredictions(rows: readonly R.PredictionRecord[]): Promise<number>;
  prediction(id: string): Promise<R.PredictionRecord | undefined>;
  /** Latest first. */
  predictions(query: {
    model: string;
    version?: number;
    since?: R.Moment;
    until?: R.Moment;
    limit?: number;
  }): Promise<R.PredictionRecord[]>;
  /** As `addPredictions`. */
  addFeedback(rows: readonly R.FeedbackRecord[]): Promise<number>;
  /** Latest first. */
  feedback(query: { model: string; since?: R.Moment; until?: R.Moment; limit?: number }): Promise<R.FeedbackRecord[]>;
  /**
   * Answered rows whose truth is known, in the order in which they were asked. What was told of a row several times counts once, by the last.
   * @param query `since`: asked from then on; `limit`: the latest so many feedbacks, default 100,000
   */
  labelled(query: { model: string; since?: R.Moment; limit?: number }): Promise<R.LabelledRow[]>;
  /** How many answered rows feedback was told of from a moment on. */
  labels(model: string, since: R.Moment): Promise<number>;
  /** Predictions before a moment go, with their feedback. @returns how many went */
  forget(before: R.Moment, model?: string): Promise<number>;
}

/** Alerts about models in use. */
export interface AlertReads {
  get(id: string): Promise<R.AlertRecord | undefined>;
  /** Latest first. */
  list(query?: { models?: readonly string[]; states?: readonly R.AlertState[]; limit?: number }): Promise<R.AlertRecord[]>;
  /** Says that it goes on, with the present figures. @returns false when nothing of the kind was raised */
  see(alert: Pick<R.NewAlert, 'model' | 'version' | 'origin' | 'detail'>): Promise<boolean>;
  /** How far the watching of a version is: JSON that `keepMonitor` kept. */
  monitor(model: string, version: string): Promise<string | undefined>;
  keepMonitor(model: string, version: string, state: string): Promise<void>;
}

export interface AlertWrites {
  /** @returns `undefined` when it was raised already */
  raise(alert: R.NewAlert): Promise<R.AlertRecord | undefined>;
  /** What it tells of is over. @returns `undefined` when that was known, or nothing was raised */
  end(alert: Pick<R.NewAlert, 'model' | 'version' | 'origin'>): Promise<R.AlertRecord | undefined>;
  /** @throws MillwrightError `NOT_FOUND`, `STORE_CONFLICT` when it is resolved, or has ended and is not to be resolved */
  handle(id: string, step: Omit<R.AlertStep, 'at'>): Promise<R.AlertRecord>;
}

/** Work that outlives a process: claimed for a time, so that another goes on when the first dies. */
export interface Jobs {
  /** An id that is there already is left as it is. */
  add(job: { id?: string; kind: string; input: R.Json; by: string }): Promise<R.JobRecord>;
  get(id: string): Promise<R.JobRecord | undefined>;
  /** Latest first. */
  list(query?: { kind?: string; state?: R.JobState; limit?: number }): Promise<R.JobRecord[]>;
  /** Takes the oldest job (or that one) that is queued, or whose worker let its time run out or is known to be gone. */
  claim(
    worker: string,
    options: { kinds: readonly string[]; leaseMilliseconds: number; id?: string; gone?: string },
  ): Promise<R.JobRecord | undefined>;
  /** Keeps it, and how far it is. @returns false when it is not this worker's any more */
  progress(id: string, worker: string, progress: R.Json, leaseMilliseconds: number): Promise<boolean>;
  /**
   * With `retry` it is queued again, and claimed after so many milliseconds at the earliest.
   * @returns false when it is not this worker's any more
   */
  finish(
    id: string,
    worker: string,
    outcome: { result: R.Json } | { error: string; retry?: boolean; afterMilliseconds?: number },
  ): Promise<boolean>;
  /** @returns false when it had ended */
  cancel(id: string): Promise<boolean>;
}

/** Webhooks and the outbox: an event is put in it with what caused it, and stays until it is taken. */
export interface Events {
  webhooks(): Promise<R.WebhookRecord[]>;
  /** Takes deliveries that are due, for this long; those of paused webhooks wait. */
  claim(options: { limit: number; leaseMilliseconds: number }): Promise<R.DeliveryRecord[]>;
  delivered(id: string): Promise<void>;
  /** Tries again at `retryAt`; without one it is given up. */
  failed(id: string, error: string, retryAt?: R.Moment): Promise<void>;
  /** Deliveries (of one webhook, or all) that wait, those that were given up, and what the last failure was. */
  pending(webhook?: string): Promise<{ waiting: number; given: number; error?: string }>;
}

export interface EventWrites {
  /** Puts an event in the outbox of each active webhook that wants it. */
  emit(event: { type: string; subject: string; data: R.Json }): Promise<void>;
  addWebhook(
    webhook: Pick<R.WebhookRecord, 'url' | 'events' | 'secret' | 'by'> & Partial<Pick<R.WebhookRecord, 'allowPrivate' | 'format'>>,
  ): Promise<R.WebhookRecord>;
  /** Made active again, it gets what was given up anew. @throws MillwrightError `NOT_FOUND` */
  setWebhook(id: string, active: boolean): Promise<void>;
  /** With what waits for it. @throws MillwrightError `NOT_FOUND` */
  removeWebhook(id: string): Promise<void>;
}

/** The chain of what was done. It is only ever added to, by `Store.act`. */
export interface AuditLog {
  /** The chain's end; it moves with every governed change, so asking for it tells cheaply whether there is anything new. */
  head(): Promise<R.AuditAnchor>;
  /** In order, from `after` (not included). */
  entries(query?: { after?: number; limit?: number; action?: string; subject?: string }): Promise<R.AuditEntry[]>;
  /** Recomputes the whole chain; anchors are chain ends that were kept elsewhere. */
  verify(anchors?: readonly R.AuditAnchor[]): Promise<R.AuditVerdict>;
}

/** What may be written inside `act`. */
export interface Governed {
  readonly runs: RunReads & RunWrites;
  readonly models: ModelReads & ModelWrites;
  readonly reviews: ReviewReads & ReviewWrites;
  readonly access: AccessReads & AccessWrites;
  readonly alerts: AlertReads & AlertWrites;
  readonly events: Events & EventWrites;
  /** The SHA-256 of every artefact that a run or a version names; those of deleted runs count as long as the runs can be brought back. */
  named(): Promise<Set<string>>;
  /** The chain, as this transaction sees it: nobody adds to it meanwhile. */
  readonly audit: Pick<AuditLog, 'head' | 'entries'>;
  /** Every row of every table, those that stand on others first; each table is told at least once. */
  dump(take: (table: string, rows: readonly TransferRow[]) => Promise<void>): Promise<void>;
  /** Adds an entry to the audit log, in the same transaction. Without any, what `act` was told to do is noted. */
  note(note: R.AuditNote): Promise<void>;
  /** There was nothing to do, so nothing is noted. */
  nothing(): void;
}

/** The project's memory. Several processes may have it open at once. */
export interface Store {
  /** Chosen when it was made. */
  readonly id: string;
  /** For people, without a password. */
  readonly place: string;
  readonly artefacts: Artefacts;
  readonly runs: RunReads & RunWrites;
  readonly logged: LoggedModels;
  readonly models: ModelReads;
  readonly reviews: ReviewReads;
  readonly access: AccessReads;
  readonly traffic: Traffic;
  readonly alerts: AlertReads;
  readonly jobs: Jobs;
  readonly events: Events;
  readonly audit: AuditLog;
  /**
   * Does something governed: in one transaction, after all others that are governed, with an entry in the audit log.
   * The work must await nothing but what it is given. When it throws, nothing of it is kept; a `NOT_ALLOWED` or `GATE_REFUSED`
   * is noted as `<action>.refused`, then thrown.
   * @param intent noted when the work notes nothing itself
   */
  act<T>(actor: R.Actor, intent: R.AuditNote, work: (governed: Governed) => Promise<T>): Promise<T>;
  /** Notes something that was done or refused elsewhere, for instance a request without a token. */
  note(actor: R.Actor, note: R.AuditNote): Promise<void>;
  /**
   * Fills a store in which nothing was done yet with what `dump` gave, under the id that it had.
   * @throws MillwrightError `STORE_CONFLICT`, `AUDIT_BROKEN`; then it is as empty as before
   */
  fill(id: string, rowsOf: (table: string) => AsyncIterable<readonly TransferRow[]>): Promise<void>;
  close(): Promise<void>;
}
