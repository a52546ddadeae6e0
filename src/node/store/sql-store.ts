import { MillwrightError } from '../../core/errors.js';
import { AccessRecords } from './access-records.js';
import { AlertRecords } from './alert-records.js';
import type { Artefacts } from './artefacts.js';
import { AuditChain } from './audit-chain.js';
import { EventRecords } from './event-records.js';
import { JobRecords } from './job-records.js';
import { LoggedModelRecords } from './logged-model-records.js';
import { migrate } from './migrations/migrate.js';
import { ModelRecords } from './model-records.js';
import type * as R from './records.js';
import { ReviewRecords } from './review-records.js';
import { RunRecords } from './run-records.js';
import { type Db, type OpenDb, one } from './sql/db.js';
import type { Governed, Store } from './store.js';
import { TrafficRecords } from './traffic-records.js';
import { dumpTables, fillTables, type TransferRow } from './transfer.js';

const REFUSALS: ReadonlySet<string> = new Set(['NOT_ALLOWED', 'GATE_REFUSED']);

/** The store over SQLite or PostgreSQL. */
export class SqlStore implements Store {
  readonly runs: RunRecords;
  readonly logged: LoggedModelRecords;
  readonly models: ModelRecords;
  readonly reviews: ReviewRecords;
  readonly access: AccessRecords;
  readonly traffic: TrafficRecords;
  readonly alerts: AlertRecords;
  readonly jobs: JobRecords;
  readonly events: EventRecords;
  readonly audit: AuditChain;

  private constructor(
    private readonly db: OpenDb,
    readonly artefacts: Artefacts,
    readonly place: string,
    readonly id: string,
  ) {
    this.runs = new RunRecords(db);
    this.logged = new LoggedModelRecords(db);
    this.models = new ModelRecords(db);
    this.reviews = new ReviewRecords(db);
    this.access = new AccessRecords(db);
    this.traffic = new TrafficRecords(db);
    this.alerts = new AlertRecords(db);
    this.jobs = new JobRecords(db);
    this.events = new EventRecords(db);
    this.audit = new AuditChain(db, id);
  }

  /** Brings the database to shape first. @throws MillwrightError as `migrate` */
  static async over(db: OpenDb, artefacts: Artefacts, place: string): Promise<SqlStore> {
    try {
      await migrate(db);
      const fact = await one<{ value: string }>(db, "SELECT value FROM store_facts WHERE name = 'id'");
      return new SqlStore(db, artefacts, place, fact?.value ?? '');
    } catch (error) {
      await db.close();
      throw error;
    }
  }

  async act<T>(actor: R.Actor, intent: R.AuditNote, work: (governed: Governed) => Promise<T>): Promise<T> {
    try {
      return await this.db.transaction(async (inside) => {
        await takeHead(inside);
        const audit = new AuditChain(inside, this.id);
        let noted = 0;
        const result = await work({
          runs: new RunRecords(inside),
          models: new ModelRecords(inside),
          reviews: new ReviewRecords(inside),
          access: new AccessRecords(inside),
          alerts: new AlertRecords(inside),
          events: new EventRecords(inside),
          named: () => namedIn(inside),
          audit,
          dump: (take) => dumpTables(inside, take),
          note: async (note) => {
            noted++;
            await audit.append(actor, note);
          },
          nothing: () => {
            noted++;
          },
        });
        if (noted === 0) await audit.append(actor, intent);
        return result;
      });
    } catch (error) {
      if (error instanceof MillwrightError && REFUSALS.has(error.code)) {
        const why = { code: error.code, why: error.message };
        const detail = intent.detail === undefined ? why : { ...why, asked: intent.detail };
        await this.note(actor, { action: `${intent.action}.refused`, subject: intent.subject, detail });
      }
      throw error;
    }
  }

  async note(actor: R.Actor, note: R.AuditNote): Promise<void> {
    await this.act(actor, note, async () => undefined);
  }

  async fill(id: string, rowsOf: (table: string) => AsyncIterable<readonly TransferRow[]>): Promise<void> {
    await this.db.transaction(async (inside) => {
      await takeHead(inside);
      await fillTables(inside, id, rowsOf);
    });
  }

  close(): Promise<void> {
    return this.db.close();
  }
}

/** All that is governed goes one after the other: who holds the chain's end may write. */
async function takeHead(db: Db): Promise<void> {
  if (db.dialect === 'postgres') await db.all('SELECT seq FROM audit_head FOR UPDATE');
}

async function namedIn(db: Db): Promise<Set<string>> {
  const rows = await db.all<{ sha256: string | null }>(
    `SELECT sha256 FROM run_files UNION SELECT sha256 FROM logged_files UNION SELECT sha256 FROM version_files
     UNION SELECT bundle FROM versions UNION SELECT report FROM versions`,
  );
  return new Set(rows.flatMap(({ sha256 }) => (sha256 === null ? [] : [sha256])));
}
