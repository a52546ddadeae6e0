import type { Deadline } from '../../core/clock.js';
import type { Schema, Task } from '../../core/schema.js';
import type { Table } from '../../core/table.js';
import type { Plan } from '../../engine/automl/plan.js';
import type { RunResult, ScoredRows } from '../../engine/automl/result.js';
import { type RunInput, run } from '../../engine/automl/run.js';
import type { OwnMetric } from '../../engine/evaluate/metrics/own-metric.js';
import { KernelHost } from '../../engine/kernels/kernel-host.js';
import { fitTeam } from '../pool/fit-team.js';
import { workerTeam } from '../pool/worker-team.js';
import { catalog } from './catalog.js';
import type { ReadWork } from './read-table.js';
import { packageVersion } from './version.js';

/** Rows that were read, and what to do with them. */
export interface PreparedRun {
  table: Table;
  schema: Schema;
  task: Task;
  plan: Plan;
  /** The function of the plan's `ownMetric`. */
  ownMetric?: OwnMetric;
  /** SHA-256 of the data as read. */
  dataHash: string;
  /** Where each row of the table stands in the data; absent when all rows were read. */
  sourceRows?: Uint32Array;
  /** What the clock allowed of the reading; absent when all was read. */
  read?: ReadWork;
}

/** Cells of a table from which on fits are made one at a time. */
const TOGETHER = 20e6;

/** Does what the plan says, on a team of threads. @throws MillwrightError as the engine's `run` */
export async function trainPlan(
  prepared: PreparedRun,
  options: { deadline: Deadline; threads: number } & Pick<RunInput, 'onProgress' | 'kept' | 'onBest'>,
): Promise<RunResult> {
  const { dataHash, sourceRows, ...rest } = prepared;
  const { threads, ...engine } = options;
  const { table } = rest;
  // fits side by side need their memory side by side; a large table is fitted once at a time, by all threads together
  const together = threads > 1 && table.rows * table.columns.length > TOGETHER;
  const host = await KernelHost.create(together ? workerTeam(threads) : undefined);
  try {
    const result = await run({
      ...rest,
      catalog,
      host,
      team: threads > 1 && !together ? (setting) => fitTeam(threads, setting) : undefined,
      ...engine,
      lineage: { millwright: packageVersion(), dataHash },
    });
    if (!sourceRows) return result;
    return { ...result, holdout: inSource(result.holdout, sourceRows), outOfFold: inSource(result.outOfFold, sourceRows) };
  } finally {
    await host.close();
  }
}

/** A sample's rows are told by their place in the whole data. */
function inSource(scored: ScoredRows, sourceRows: Uint32Array): ScoredRows {
  return { ...scored, rows: scored.rows.map((row) => sourceRows[row] as number) };
}
