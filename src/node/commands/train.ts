import type { Deadline } from '../../core/clock.js';
import type { Schema, Task } from '../../core/schema.js';
import type { Table } from '../../core/table.js';
import type { Plan } from '../../engine/automl/plan.js';
import type { RunResult, ScoredRows } from '../../engine/automl/result.js';
import { type RunInput, run } from '../../engine/automl/run.js';
import type { OwnMetric } from '../../engine/evaluate/metrics/own-metric.js';
import { KernelHost } from '../../engine/kernels/kernel-host.js';
import { fitTeam } from '../pool/fit-team.js';
import { guardedTeam, type RenewableTeam } from '../pool/guarded-team.js';
import { workerTeam } from '../pool/worker-team.js';
import { catalog } from './catalog.js';
import { collectGarbage } from './collect-garbage.js';
import { memoryCeiling, workersWithin } from './memory-ceiling.js';
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

/** Share of a tight ceiling up to which memory is left to be collected when V8 likes. */
const GENEROUS = 0.6;

/** Does what the plan says, on a team of threads. @throws MillwrightError as the engine's `run` */
export async function trainPlan(
  prepared: PreparedRun,
  options: { deadline: Deadline; threads: number; memory?: number; onNote?: (note: string) => void } & Pick<
    RunInput,
    'onProgress' | 'kept' | 'onBest'
  >,
): Promise<RunResult> {
  const { dataHash, sourceRows, ...rest } = prepared;
  const { threads, memory = memoryCeiling(), onNote, ...engine } = options;
  const { table, plan } = rest;
  const cells = table.rows * table.columns.length;
  // below the usual ceiling even a single fit has a worker, which can give back what it holds
  const tight = memory < memoryCeiling();
  const workers = workersWithin(memory, threads, cells);
  if (workers < threads) onNote?.(`The memory allowed bears ${workers} of ${threads} fits side by side.`);
  const declined = (place: string) => onNote?.(`${place} was left out: the memory allowed is taken.`);
  // fits side by side need their memory side by side; a large table is fitted once at a time, by all threads together
  const together = threads > 1 && cells > TOGETHER;
  const taken = (): number => {
    const { rss } = process.memoryUsage;
    if (rss() > GENEROUS * memory) collectGarbage();
    return rss();
  };
  const onProgress: RunInput['onProgress'] = (progress) => {
    if (tight && progress.step !== said) taken();
    said = progress.step;
    options.onProgress?.(progress);
  };
  let said = '';
  // a repetition does what its record says
  const guarded = (team: RenewableTeam) => (plan.work ? team : guardedTeam(team, memory, tight ? taken : undefined, declined));
  const host = await KernelHost.create(together ? workerTeam(threads) : undefined);
  try {
    const result = await run({
      ...rest,
      catalog,
      host,
      team: (threads > 1 || tight) && !together ? async (setting) => guarded(await fitTeam(workers, setting)) : undefined,
      ...engine,
      onProgress,
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
