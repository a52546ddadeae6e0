import * as z from 'zod';
import type { ColumnSchema, Task } from '../../core/schema.js';
import type { Estimate } from '../../engine/automl/result.js';
import type { CostMatrix } from '../../model/bundle.js';
import { readBundle } from './bundle-io.js';
import { parseInput } from './options.js';

const input = z.object({ bundle: z.string() });

/** What a bundle says of itself. */
export interface BundleCard {
  bundle: string;
  target: string;
  task: Task['kind'];
  taskReason: string;
  classes: string[];
  threshold?: number;
  metric?: string;
  score?: Estimate;
  baseline?: number;
  /** What calls cost, actual by called class. */
  costs?: CostMatrix;
  metrics: Record<string, unknown>;
  /** Columns that a row to score should have. */
  columns: Pick<ColumnSchema, 'name' | 'type' | 'use' | 'reason'>[];
  ignored: string[];
  model: string;
  steps: string[];
  rows: number;
  seed: number;
  dataHash: string;
  millwright: string;
}

/** Reads the card of a bundle. @throws MillwrightError as `readBundle` */
export async function showCommand(options: unknown): Promise<BundleCard> {
  const { bundle: path } = parseInput(input, options);
  const { schema, task, recipe, model, metrics, threshold, costs, lineage } = await readBundle(path);
  const told = metrics as { metric?: string; holdout?: Record<string, Estimate>; baseline?: Record<string, number> };
  return {
    bundle: path,
    target: task.target,
    task: task.kind,
    taskReason: task.reason,
    classes: task.classes,
    threshold,
    costs,
    metric: told.metric,
    score: told.metric === undefined ? undefined : told.holdout?.[told.metric],
    baseline: told.metric === undefined ? undefined : told.baseline?.[told.metric],
    metrics,
    columns: schema.columns
      .filter((c) => c.use !== 'target' && c.use !== 'ignore' && c.use !== 'weight' && c.use !== 'group')
      .map(({ name, type, use, reason }) => ({ name, type, use, reason })),
    ignored: schema.columns.filter((c) => c.use === 'ignore').map((c) => c.name),
    model: model.kind,
    steps: recipe.map((s) => s.kind),
    rows: lineage.rows,
    seed: lineage.seed,
    dataHash: lineage.dataHash,
    millwright: lineage.millwright,
  };
}
