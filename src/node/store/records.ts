import type { Evidence, GateResult } from './evidence.js';

export type * from './alerts.js';
export type * from './evidence.js';
export type * from './traffic.js';

/** Plain JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** An ISO 8601 moment in UTC with milliseconds; texts of it sort by time. */
export type Moment = string;

/** What a person or program may do; see `PERMISSIONS`. */
export type Role = 'viewer' | 'predictor' | 'builder' | 'approver' | 'admin';
export const ROLES: readonly Role[] = ['viewer', 'predictor', 'builder', 'approver', 'admin'];

/** Who does something, and through which door. */
export interface Actor {
  user: string;
  roles: readonly Role[];
  via: 'cli' | 'rest' | 'library';
  /** Id of the token that spoke, never its secret. */
  token?: string;
}

/** A file by its content. */
export interface ArtefactRef {
  /** Of the content, lower-case hexadecimal. */
  sha256: string;
  bytes: number;
}

/** A file of a run, under the name that the run gave it. */
export interface NamedArtefact extends ArtefactRef {
  name: string;
}

export type RunStatus = 'running' | 'finished' | 'failed' | 'killed';

/** One training run, ours or logged by somebody else's client. */
export interface RunRecord {
  id: string;
  experiment: string;
  /** For people. */
  name: string;
  status: RunStatus;
  startedAt: Moment;
  endedAt?: Moment;
  /** Who ran it. */
  by: string;
  /** What made it: `millwright`, or the client that logged it. */
  source: string;
  /** SHA-256 of the data as read. */
  dataHash?: string;
  target?: string;
  task?: string;
  /** Metric that models were chosen by, and its value on the holdout (without one: in validation). */
  metric?: string;
  score?: number;
  /** Latest value by name. */
  metrics: Map<string, number>;
  params: Map<string, string>;
  tags: Map<string, string>;
  deleted: boolean;
}

export type NewRun = Pick<RunRecord, 'id' | 'experiment' | 'name' | 'startedAt' | 'by' | 'source'> &
  Partial<Pick<RunRecord, 'status' | 'endedAt' | 'dataHash' | 'target' | 'task' | 'metric' | 'score'>>;

/** A value of a metric at a step of a run. */
export interface MetricPoint {
  name: string;
  value: number;
  step: number;
  at: Moment;
}

/** What is added to a run; names that are there already are overwritten. */
export interface RunLog {
  metrics?: readonly MetricPoint[];
  params?: ReadonlyMap<string, string>;
  tags?: ReadonlyMap<string, string>;
}

/** Names and their new values; `undefined` takes one away. */
export type TagChange = ReadonlyMap<string, string | undefined>;

/** A data set or a model that a run used or made. */
export interface RunLink {
  kind: 'dataset' | 'model-input' | 'model-output';
  name: string;
  detail: Json;
}

export type LoggedModelStatus = 'pending' | 'ready' | 'failed';

/** A metric of a logged model, and where it was measured. */
export interface LoggedMetric extends MetricPoint {
  run: string;
  dataset?: string;
  digest?: string;
}

/** A model that a run logged, with files of its own. */
export interface LoggedModelRecord {
  id: string;
  /** Id of its experiment. */
  experiment: string;
  run?: string;
  name: string;
  kind: string;
  status: LoggedModelStatus;
  by: string;
  createdAt: Moment;
  changedAt: Moment;
  params: Map<string, string>;
  tags: Map<string, string>;
  metrics: LoggedMetric[];
  deleted: boolean;
}

/** What may change of a logged model; metrics are added. */
export interface LoggedModelChange {
  status?: LoggedModelStatus;
  tags?: TagChange;
  params?: ReadonlyMap<string, string>;
  metrics?: readonly LoggedMetric[];
  deleted?: boolean;
}

/** A candidate of a run. */
export interface TrialRecord {
  id: string;
  rank: number;
  learner: string;
  title: string;
  validation?: number;
  holdout?: number;
  seconds: number;
  chosen: boolean;
  cut: boolean;
}

export interface ExperimentRecord {
  id: string;
  name: string;
  createdAt: Moment;
  tags: Map<string, string>;
  deleted: boolean;
}

/** Which runs, in which order. `filter` as `parseRunFilter` reads it, `sort` as `parseRunSort`. */
export interface RunQuery {
  experiments?: readonly string[];
  /** For instance `metric.roc_auc > 0.8 and tag.team = 'x'`. */
  filter?: string;
  /** For instance `-metric.roc_auc`, `started`; the default is the latest first. */
  sort?: string;
  /** 1 to 50,000; default 100. */
  limit?: number;
  offset?: number;
  /** Default: those that are not deleted. */
  deleted?: boolean | 'either';
}

export interface ModelRecord {
  name: string;
  description: string;
  createdAt: Moment;
  by: string;
  /** Name of an alias → version. `champion` is the version in production. */
  aliases: Map<string, number>;
  tags: Map<string, string>;
  /** Highest version; 0 when there is none. */
  latest: number;
}

export type Stage = 'none' | 'staging' | 'production' | 'archived';

/** A number with its 90 % interval. */
export interface Scored {
  value: number;
  low?: number;
  high?: number;
}

/** A finding of the run that made a version; `resolved` says who found it harmless and why. */
export interface VersionFinding {
  level: string;
  code: string;
  column?: string;
  message: string;
}

/** What is known of a version from its bundle or from who registered it; never changes. */
export interface VersionFacts {
  /** `mill` for our bundles; others carry a schema of their own. */
  format: 'mill' | 'onnx' | 'other';
  bundle: ArtefactRef;
  report?: ArtefactRef;
  run?: string;
  target?: string;
  task?: string;
  metric?: string;
  /** Metric → score on rows never seen in training. */
  metrics: Map<string, Scored>;
  dataHash?: string;
  findings: readonly VersionFinding[];
  /** Where others' clients registered it from. */
  source?: string;
  /** Id of the logged model that it was. */
  loggedModel?: string;
  /** Column → its type and use, for a quick look; the bundle itself decides. */
  schema?: Json;
  /** Whoever ran the training. */
  trainedBy: string;
  /** Of the bundle, as its `.sig` file says it. */
  signature?: string;
}

export interface VersionRecord extends VersionFacts {
  model: string;
  version: number;
  stage: Stage;
  registeredBy: string;
  registeredAt: Moment;
  description: string;
  tags: Map<string, string>;
}

export type NewVersion = VersionFacts & {
  model: string;
  registeredBy: string;
  description?: string;
  tags?: ReadonlyMap<string, string>;
  files?: readonly NamedArtefact[];
};

/** A test of a version's behaviour, fairness or the like; the last of a name counts. */
export interface CheckRecord {
  name: string;
  passed: boolean;
  /** A number to hold against a bound, for instance a fairness gap. */
  value?: number;
  detail: string;
  by: string;
  at: Moment;
}

/** One moment in which production changed. */
export interface Deployment {
  id: string;
  model: string;
  version: number;
  /** What was in production before. */
  previous?: number;
  kind: 'promotion' | 'rollback';
  request?: string;
  by: string;
  at: Moment;
  reason: string;
}

/** Where a request wants a version to be. */
export type Target = 'staging' | 'production' | 'challenger';

export type RequestState = 'open' | 'approved' | 'rejected' | 'withdrawn' | 'superseded';

export interface RequestRecord {
  id: string;
  model: string;
  version: number;
  to: Target;
  by: string;
  at: Moment;
  reason: string;
  state: RequestState;
  closedAt?: Moment;
  /** Persons needed when it was made. */
  needed: number;
  evidence: Evidence;
  decisions: readonly Decision[];
}

export interface Decision {
  by: string;
  at: Moment;
  verdict: 'approve' | 'reject';
  reason: string;
  /** The policy held against it once more. */
  gates: readonly GateResult[];
}

export interface CommentRecord {
  id: string;
  /** `model:NAME`, `model:NAME@3`, `run:ID` or `request:ID`. */
  subject: string;
  by: string;
  at: Moment;
  text: string;
}

export interface UserRecord {
  name: string;
  roles: readonly Role[];
  createdAt: Moment;
  active: boolean;
}

/** A token without its secret. */
export interface TokenRecord {
  id: string;
  user: string;
  /** At most the user's own. */
  roles: readonly Role[];
  /** Models it may touch; absent: all. */
  models?: readonly string[];
  note: string;
  createdAt: Moment;
  expiresAt?: Moment;
  revokedAt?: Moment;
  lastUsedAt?: Moment;
}

/** What is written down of an action. */
export interface AuditNote {
  /** For instance `version.register`, `promotion.approve`, `access.refuse`. */
  action: string;
  /** What it was done to, for instance `model:churn@3`. */
  subject: string;
  detail?: Json;
}

/** One link of the chain. */
export interface AuditEntry {
  seq: number;
  at: Moment;
  actor: string;
  via: string;
  action: string;
  subject: string;
  /** Canonical JSON. */
  detail: string;
  previous: string;
  /** SHA-256 of all above; see `entryHash`. */
  hash: string;
}

/** The chain's end: kept elsewhere, it tells of a tail that was cut off. */
export interface AuditAnchor {
  store: string;
  seq: number;
  hash: string;
}

export interface AuditVerdict {
  ok: boolean;
  entries: number;
  head?: AuditAnchor;
  /** The first entry that does not fit, and why. */
  fault?: { seq: number; what: string };
}
