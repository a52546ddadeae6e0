import type { Schema, Task } from '../../core/schema.js';
import type { Estimate, Finding, Importance, LeaderboardRow, RunResult } from '../../engine/automl/result.js';

/** What a run says at its end, for people and machines alike. */
export interface RunSummary {
  folder: string;
  bundle: string;
  report?: string;
  /** Its id in the project's store, when it is there. */
  run?: string;
  /** Why there is no report, when it could not be drawn. */
  reportMissing?: string;
  target: string;
  task: Task['kind'];
  taskReason: string;
  classes: string[];
  rows: RunResult['rows'];
  /** Columns by use and type, e.g. `number` → 4; ignored ones under `ignored`. */
  columns: Record<string, number>;
  /** Columns that were read as something else than they look, with the reason. */
  repaired: { column: string; reason: string }[];
  metric: string;
  /** On the holdout, or `undefined` when there was none. */
  score?: Estimate;
  baseline?: number;
  chosen: Pick<LeaderboardRow, 'id' | 'title' | 'validation'>;
  threshold?: number;
  drivers: Importance[];
  findings: Finding[];
  /** True when the deadline or an interrupt cut the work short. */
  cut: boolean;
  interrupted: boolean;
  /** Whole command, from the start of the process. */
  seconds: number;
}

function countColumns(schema: Schema): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const c of schema.columns) {
    if (c.use === 'target') continue;
    const key = c.use === 'ignore' ? 'ignored' : c.type;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

function repairs(schema: Schema): RunSummary['repaired'] {
  return schema.columns.filter((c) => c.use !== 'ignore' && isRepaired(c)).map((c) => ({ column: c.name, reason: c.reason }));
}

function isRepaired({ format }: Schema['columns'][number]): boolean {
  if (format?.kind === 'number') return format.percent || format.affixes.length > 0 || format.group !== '' || format.decimal === ',';
  return format?.kind === 'datetime' && format.patterns.some((p) => p !== 'iso');
}

export function summarise(
  result: RunResult,
  place: Pick<RunSummary, 'folder' | 'bundle' | 'run' | 'report' | 'reportMissing'>,
  seconds: number,
): RunSummary {
  const { task, metric, schema } = result;
  const chosen = result.leaderboard.find((r) => r.chosen) ?? (result.leaderboard[0] as LeaderboardRow);
  return {
    ...place,
    target: task.target,
    task: task.kind,
    taskReason: task.reason,
    classes: task.classes,
    rows: result.rows,
    columns: countColumns(schema),
    repaired: repairs(schema),
    metric,
    score: result.holdoutMetrics[metric],
    baseline: result.baselineMetrics[metric],
    chosen: { id: chosen.id, title: chosen.title, validation: chosen.validation },
    threshold: result.threshold,
    drivers: result.importance,
    findings: result.findings,
    cut: result.cut,
    interrupted: result.interrupted,
    seconds,
  };
}
