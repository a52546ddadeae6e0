import type { Migration } from './migration.js';

/** Alerts about models that are watched, and how far the watching is. */
export const ALERTS: Migration = {
  number: 3,
  name: 'alerts',
  sql: `
CREATE TABLE alerts (id TEXT PRIMARY KEY, model TEXT NOT NULL, version TEXT NOT NULL, origin TEXT NOT NULL, kind TEXT NOT NULL, severity TEXT NOT NULL,
  state TEXT NOT NULL, raised_at TEXT NOT NULL, seen_at TEXT NOT NULL, ended_at TEXT, snoozed_until TEXT, detail TEXT NOT NULL, handled TEXT NOT NULL,
  UNIQUE (model, version, origin));
CREATE INDEX alerts_by_time ON alerts (model, raised_at, id);
CREATE TABLE monitors (model TEXT NOT NULL, version TEXT NOT NULL, state TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (model, version));
`,
};
