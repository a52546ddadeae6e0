import { MillwrightError } from '../../../core/errors.js';
import type { ScoredColumn } from '../score/scored-rows.js';
import { isDatabase } from '../score/target-table.js';
import { FileOutflow } from './file-outflow.js';
import type { Inflow } from './inflow.js';
import { type Outflow, StandardOutflow } from './outflow.js';
import { isStreamAddress } from './stream-address.js';
import { TableOutflow } from './table-outflow.js';
import { TopicOutflow } from './topic-outflow.js';

export interface OutflowQuestion {
  out?: string | undefined;
  into?: string | undefined;
  to?: string | undefined;
  id?: string | undefined;
}

/** Opens what answers go to. @throws MillwrightError `USAGE`, and as the outflows */
export async function openOutflow(
  asked: OutflowQuestion,
  inflow: Inflow,
  columns: readonly ScoredColumn[],
  model: string,
): Promise<Outflow> {
  const { out, into, to, id } = asked;
  const usage = (what: string, hint: string): MillwrightError => new MillwrightError('USAGE', what, hint);
  if (out !== undefined && into !== undefined) throw usage('-o and --into name two places for the answers.', 'Leave one out.');
  if (out !== undefined && out !== '-') {
    if (!inflow.again)
      throw usage(
        `${inflow.label} cannot be read again after a kill, so -o would promise too much.`,
        'Write > file, or into a table with --into and --id.',
      );
    if (id !== undefined)
      throw usage('In a file answers go by the place of their message, not by --id.', 'Write into a table with --into, or leave --id out.');
    return FileOutflow.open(out, columns);
  }
  if (into !== undefined && isStreamAddress(into)) {
    if (to !== undefined) throw usage('--to names a database, but --into names a stream.', 'Leave one out.');
    if (!inflow.again && id === undefined)
      throw usage(`Rows of ${inflow.label} need something to go by in a stream.`, 'Name the column with --id.');
    return TopicOutflow.open(into, columns, model);
  }
  if (into !== undefined) {
    if (to === undefined || !isDatabase(to))
      throw usage(`--into ${into} needs a database.`, 'Name it with --to: postgres://… or sqlite:path.');
    if (!inflow.again && id === undefined)
      throw usage(`Rows of ${inflow.label} need something to go by in a table.`, 'Name the column with --id.');
    return TableOutflow.open(to, into, columns);
  }
  if (to !== undefined) throw usage('--to names a database, but no --into a table of it.', 'Add --into TABLE.');
  return new StandardOutflow(columns);
}
