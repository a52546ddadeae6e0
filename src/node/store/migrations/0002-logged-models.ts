import type { Migration } from './migration.js';

/** Models that runs log before anybody registers them, and the files of registered versions. */
export const LOGGED_MODELS: Migration = {
  number: 2,
  name: 'logged models',
  sql: `
CREATE TABLE logged_models (id TEXT PRIMARY KEY, experiment TEXT NOT NULL REFERENCES experiments (id), run TEXT, name TEXT NOT NULL, kind TEXT NOT NULL,
  status TEXT NOT NULL, by_user TEXT NOT NULL, created_at TEXT NOT NULL, changed_at TEXT NOT NULL, params TEXT NOT NULL, tags TEXT NOT NULL,
  metrics TEXT NOT NULL, deleted BIGINT NOT NULL DEFAULT 0);
CREATE INDEX logged_models_by_experiment ON logged_models (experiment, deleted, created_at, id);
CREATE TABLE logged_files (model TEXT NOT NULL REFERENCES logged_models (id), name TEXT NOT NULL, sha256 TEXT NOT NULL, bytes BIGINT NOT NULL,
  PRIMARY KEY (model, name));
CREATE TABLE version_files (model TEXT NOT NULL, version BIGINT NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL, bytes BIGINT NOT NULL,
  PRIMARY KEY (model, version, name), FOREIGN KEY (model, version) REFERENCES versions (model, version));
`,
};
