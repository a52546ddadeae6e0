import type { Migration } from './migration.js';

/** The first shape of the store. Released: never changed again. */
export const FIRST: Migration = {
  number: 1,
  name: 'first',
  sql: `
CREATE TABLE store_facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE experiments (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, created_at TEXT NOT NULL, tags TEXT NOT NULL, deleted BIGINT NOT NULL DEFAULT 0);

CREATE TABLE runs (
  id TEXT PRIMARY KEY, experiment TEXT NOT NULL REFERENCES experiments (id), name TEXT NOT NULL, status TEXT NOT NULL,
  started_at TEXT NOT NULL, ended_at TEXT, by_user TEXT NOT NULL, source TEXT NOT NULL, data_hash TEXT, target TEXT, task TEXT,
  metric TEXT, score DOUBLE PRECISION, deleted BIGINT NOT NULL DEFAULT 0);
CREATE INDEX runs_by_start ON runs (deleted, started_at, id);
CREATE INDEX runs_by_experiment ON runs (experiment, deleted, started_at, id);
CREATE INDEX runs_by_score ON runs (deleted, score, id);

CREATE TABLE run_metrics (run TEXT NOT NULL REFERENCES runs (id), name TEXT NOT NULL, value DOUBLE PRECISION, special TEXT,
  step BIGINT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (run, name));
CREATE INDEX run_metrics_by_value ON run_metrics (name, value, run);
CREATE TABLE metric_points (run TEXT NOT NULL REFERENCES runs (id), name TEXT NOT NULL, step BIGINT NOT NULL, at TEXT NOT NULL,
  value DOUBLE PRECISION, special TEXT NOT NULL DEFAULT '');
CREATE UNIQUE INDEX metric_points_once ON metric_points (run, name, step, at, special, COALESCE(value, 0));
CREATE TABLE run_texts (run TEXT NOT NULL REFERENCES runs (id), kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (run, kind, name));
CREATE INDEX run_texts_by_name ON run_texts (kind, name, run);
CREATE TABLE trials (run TEXT NOT NULL REFERENCES runs (id), id TEXT NOT NULL, place BIGINT NOT NULL, learner TEXT NOT NULL, title TEXT NOT NULL,
  validation DOUBLE PRECISION, holdout DOUBLE PRECISION, seconds DOUBLE PRECISION NOT NULL, chosen BIGINT NOT NULL, cut BIGINT NOT NULL,
  PRIMARY KEY (run, id));
CREATE TABLE run_files (run TEXT NOT NULL REFERENCES runs (id), name TEXT NOT NULL, sha256 TEXT NOT NULL, bytes BIGINT NOT NULL, PRIMARY KEY (run, name));
CREATE INDEX run_files_by_hash ON run_files (sha256);

CREATE TABLE models (name TEXT PRIMARY KEY, description TEXT NOT NULL, created_at TEXT NOT NULL, by_user TEXT NOT NULL, tags TEXT NOT NULL);
CREATE TABLE versions (
  model TEXT NOT NULL REFERENCES models (name), version BIGINT NOT NULL, stage TEXT NOT NULL, registered_by TEXT NOT NULL,
  registered_at TEXT NOT NULL, trained_by TEXT NOT NULL, description TEXT NOT NULL, tags TEXT NOT NULL, run TEXT, bundle TEXT NOT NULL,
  report TEXT, facts TEXT NOT NULL, PRIMARY KEY (model, version));
CREATE TABLE aliases (model TEXT NOT NULL, alias TEXT NOT NULL, version BIGINT NOT NULL, PRIMARY KEY (model, alias),
  FOREIGN KEY (model, version) REFERENCES versions (model, version));
CREATE TABLE deployments (id TEXT PRIMARY KEY, model TEXT NOT NULL, version BIGINT NOT NULL, previous BIGINT, kind TEXT NOT NULL, request TEXT,
  by_user TEXT NOT NULL, at TEXT NOT NULL, reason TEXT NOT NULL, FOREIGN KEY (model, version) REFERENCES versions (model, version));
CREATE INDEX deployments_by_model ON deployments (model, id);
CREATE TABLE checks (model TEXT NOT NULL, version BIGINT NOT NULL, name TEXT NOT NULL, passed BIGINT NOT NULL, value DOUBLE PRECISION,
  detail TEXT NOT NULL, by_user TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (model, version, name),
  FOREIGN KEY (model, version) REFERENCES versions (model, version));

CREATE TABLE requests (id TEXT PRIMARY KEY, model TEXT NOT NULL, version BIGINT NOT NULL, target TEXT NOT NULL, by_user TEXT NOT NULL,
  at TEXT NOT NULL, reason TEXT NOT NULL, state TEXT NOT NULL, closed_at TEXT, needed BIGINT NOT NULL, evidence TEXT NOT NULL,
  FOREIGN KEY (model, version) REFERENCES versions (model, version));
CREATE INDEX requests_by_model ON requests (model, state, id);
CREATE INDEX requests_by_state ON requests (state, id);
CREATE TABLE decisions (request TEXT NOT NULL REFERENCES requests (id), by_user TEXT NOT NULL, at TEXT NOT NULL, verdict TEXT NOT NULL,
  reason TEXT NOT NULL, gates TEXT NOT NULL, PRIMARY KEY (request, by_user));
CREATE TABLE comments (id TEXT PRIMARY KEY, subject TEXT NOT NULL, by_user TEXT NOT NULL, at TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX comments_by_subject ON comments (subject, id);

CREATE TABLE predictions (id TEXT PRIMARY KEY, at TEXT NOT NULL, model TEXT NOT NULL, version BIGINT NOT NULL, route TEXT NOT NULL,
  asked TEXT NOT NULL, answer TEXT NOT NULL, milliseconds DOUBLE PRECISION, caller TEXT);
CREATE INDEX predictions_by_time ON predictions (model, at);
CREATE TABLE feedback (id TEXT PRIMARY KEY, at TEXT NOT NULL, model TEXT NOT NULL, prediction TEXT, actual TEXT NOT NULL, note TEXT);
CREATE INDEX feedback_by_time ON feedback (model, at);
CREATE INDEX feedback_by_prediction ON feedback (prediction);

CREATE TABLE jobs (id TEXT PRIMARY KEY, kind TEXT NOT NULL, state TEXT NOT NULL, input TEXT NOT NULL, progress TEXT NOT NULL, result TEXT NOT NULL,
  error TEXT, attempts BIGINT NOT NULL, by_user TEXT NOT NULL, created_at TEXT NOT NULL, started_at TEXT, ended_at TEXT, worker TEXT, lease_until TEXT);
CREATE INDEX jobs_by_state ON jobs (state, kind, id);

CREATE TABLE webhooks (id TEXT PRIMARY KEY, url TEXT NOT NULL, events TEXT NOT NULL, secret TEXT NOT NULL, active BIGINT NOT NULL,
  by_user TEXT NOT NULL, created_at TEXT NOT NULL);
CREATE TABLE outbox (id TEXT PRIMARY KEY, webhook TEXT NOT NULL REFERENCES webhooks (id), event TEXT NOT NULL, type TEXT NOT NULL, subject TEXT NOT NULL,
  data TEXT NOT NULL, at TEXT NOT NULL, state TEXT NOT NULL, attempts BIGINT NOT NULL, next_at TEXT NOT NULL, error TEXT);
CREATE INDEX outbox_by_time ON outbox (state, next_at);

CREATE TABLE users (name TEXT PRIMARY KEY, roles TEXT NOT NULL, created_at TEXT NOT NULL, active BIGINT NOT NULL);
CREATE TABLE tokens (id TEXT PRIMARY KEY, user_name TEXT NOT NULL REFERENCES users (name), secret_hash TEXT NOT NULL, roles TEXT NOT NULL, models TEXT,
  note TEXT NOT NULL, created_at TEXT NOT NULL, expires_at TEXT, revoked_at TEXT, last_used_at TEXT);

CREATE TABLE audit (seq BIGINT PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL, via TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,
  detail TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL);
CREATE TABLE audit_head (one BIGINT PRIMARY KEY CHECK (one = 1), seq BIGINT NOT NULL, hash TEXT NOT NULL);
`,
  sqlite: `
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_in_order BEFORE INSERT ON audit WHEN NEW.seq <> (SELECT seq + 1 FROM audit_head)
  BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;
CREATE TRIGGER audit_one_head BEFORE INSERT ON audit_head WHEN EXISTS (SELECT 1 FROM audit_head)
  BEGIN SELECT RAISE(ABORT, 'the audit log keeps its head'); END;
CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head BEGIN SELECT RAISE(ABORT, 'the audit log keeps its head'); END;
CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head WHEN NEW.seq <> OLD.seq + 1
  BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;
`,
  postgres: `
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$;
CREATE FUNCTION audit_forward() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.seq <> OLD.seq + 1 THEN RAISE EXCEPTION 'the audit log only grows'; END IF; RETURN NEW; END $$;
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_no_truncate BEFORE TRUNCATE ON audit_head FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head FOR EACH ROW EXECUTE FUNCTION audit_forward();
`,
};
