import { quotedName } from '../../data/duck.js';
import { insert } from '../../store/sql/db.js';
import { redact } from '../redact.js';
import type { ScoredCell, ScoredColumn } from '../score/scored-rows.js';
import { openTarget, type Target, told } from '../score/target-table.js';
import { type Answer, MESSAGE, type Outflow } from './outflow.js';

/** A table of a database, a row a message: one that is there already stays as it is, whoever wrote it. */
export class TableOutflow implements Outflow {
  readonly label: string;
  private constructor(
    private readonly where: { url: string; table: string },
    private readonly columns: readonly ScoredColumn[],
    private readonly target: Target,
  ) {
    this.label = `${where.table} of ${redact(where.url)}`;
  }

  /** @param url `postgres://…` or `sqlite:path` @throws MillwrightError as `openTarget` */
  static async open(url: string, table: string, scored: readonly ScoredColumn[]): Promise<TableOutflow> {
    const columns: ScoredColumn[] = [...scored, { name: 'error', kind: 'text' }];
    const target = await openTarget({ url, table, key: [MESSAGE], columns, types: new Map() });
    return new TableOutflow({ url, table }, columns, target);
  }

  async put(answers: readonly Answer[]): Promise<number> {
    const { columns, target } = this;
    const rows = answers.map(({ id, row }): ScoredCell[] =>
      row instanceof Error
        ? [text(id), ...columns.slice(2).map(() => null), `${row.code}: ${row.message}`]
        : [text(id), ...row.map((cell) => (typeof cell === 'string' ? text(cell) : cell)), null],
    );
    const names = columns.map((c) => quotedName(c.name));
    return told(this.where, () =>
      target.db.transaction((db) => insert(db, target.table, names, rows, `ON CONFLICT (${quotedName(MESSAGE)}) DO NOTHING`)),
    );
  }

  async close(): Promise<void> {
    await this.target.db.close();
  }
}

/** Neither database keeps a NUL in a text; one that somebody sent must not end the stream. */
const text = (cell: string): string => cell.replaceAll('\0', '\ufffd');
