import type { Json, Moment } from './records.js';

/** One answered row. */
export interface PredictionRecord {
  id: string;
  at: Moment;
  model: string;
  version: number;
  /** How it was routed: `champion`, `shadow`, `canary` … */
  route: string;
  /** The row as asked, by column. */
  row: Json;
  answer: Json;
  milliseconds?: number;
  /** Who asked, a pseudonym at most. */
  caller?: string;
}

/** What really happened for a prediction. */
export interface FeedbackRecord {
  /** Chosen by the caller, so that sending it twice counts once. */
  id: string;
  at: Moment;
  model: string;
  prediction?: string;
  actual: Json;
  note?: string;
}

/** An answered row whose truth is known. */
export interface LabelledRow extends Pick<PredictionRecord, 'id' | 'at' | 'version' | 'route' | 'row'> {
  /** By the last feedback. */
  actual: Json;
  /** When the first feedback came. */
  toldAt: Moment;
}

export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

/** A piece of work that outlives a process. */
export interface JobRecord {
  id: string;
  kind: string;
  state: JobState;
  input: Json;
  /** How far it is, kept by `progress`: where to go on after a crash. */
  progress: Json;
  result: Json;
  error?: string;
  attempts: number;
  by: string;
  createdAt: Moment;
  startedAt?: Moment;
  endedAt?: Moment;
  /** Who works at it, and until when nobody else may. */
  worker?: string;
  leaseUntil?: Moment;
}

/** `chat`: `{"text": …}`, as Slack, Mattermost and Teams take it. */
export type WebhookFormat = 'cloudevents' | 'chat';

export interface WebhookRecord {
  id: string;
  url: string;
  /** Types of events, a trailing `*` matches any end. */
  events: readonly string[];
  /** Signs deliveries. */
  secret: string;
  /** Whether addresses of private networks may be called. */
  allowPrivate: boolean;
  format: WebhookFormat;
  active: boolean;
  by: string;
  createdAt: Moment;
}

/** An event on its way to one subscriber. */
export interface DeliveryRecord {
  id: string;
  webhook: string;
  url: string;
  secret: string;
  allowPrivate: boolean;
  format: WebhookFormat;
  /** The same for all subscribers of an event. */
  event: string;
  type: string;
  subject: string;
  data: Json;
  at: Moment;
  attempts: number;
}
