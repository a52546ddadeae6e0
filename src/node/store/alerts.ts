import type { Json, Moment } from './records.js';

/** `ended`: what it tells of is over by itself; `resolved`: a person said that it is dealt with. */
export type AlertState = 'open' | 'acknowledged' | 'snoozed' | 'resolved' | 'ended';
export const ALERT_STATES: readonly AlertState[] = ['open', 'acknowledged', 'snoozed', 'resolved', 'ended'];

/** What a person did with an alert. */
export interface AlertStep {
  action: 'acknowledge' | 'snooze' | 'resolve';
  by: string;
  at: Moment;
  note: string;
  /** Of `snooze`: it is open again from then on. */
  until?: Moment;
}

/** Something that has changed about a model in use, for a person to act on: one record for its whole life. */
export interface AlertRecord {
  id: string;
  model: string;
  version: string;
  /** The same for the same change in the same rows, so that watching them again raises nothing twice. */
  origin: string;
  kind: string;
  severity: 'notice' | 'warning' | 'danger';
  state: AlertState;
  raisedAt: Moment;
  /** When it was last seen to go on. */
  seenAt: Moment;
  endedAt?: Moment;
  snoozedUntil?: Moment;
  /** What changed, the likely cause, what to do, and the figures behind it. */
  detail: Json;
  /** Oldest first. */
  handled: readonly AlertStep[];
}

export type NewAlert = Pick<AlertRecord, 'model' | 'version' | 'origin' | 'kind' | 'severity' | 'detail'>;
