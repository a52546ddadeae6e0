import type { Deadline } from '../../core/clock.js';
import type { Rng } from '../../core/rng.js';
import type { Schema, Task } from '../../core/schema.js';
import { stackTables } from '../../core/stack-tables.js';
import type { Table } from '../../core/table.js';
import { normalTails } from '../../core/tails.js';
import { metric } from '../evaluate/metrics/registry.js';
import { KernelHost } from '../kernels/kernel-host.js';
import { boostedTrees } from '../learn/trees/boosted-trees.js';
import { watchedColumns } from './build-reference.js';

/** How well a model tells which of two samples a row is of. */
export interface DomainCheck {
  /** Area under the ROC curve, out of fold: 0.5 where they are alike, 1 where they are wholly apart. */
  auc: number;
  /** Probability of one so far from 0.5 by chance (Mann and Whitney). */
  p: number;
  /** Rows of each sample that were used. */
  rows: [number, number];
}

const FOLDS = 3;
const ROUNDS = 60;
const FEWEST = 60;
const TASK: Task = { kind: 'binary', target: '', classes: ['before', 'now'], reason: '' };

/**
 * The domain classifier test: boosted trees learn to tell two samples apart, and are asked about rows that they have not seen. It sees any change of
 * any columns together, without saying which. Undefined for fewer than 60 rows on a side, or where the deadline came first.
 */
export async function domainCheck(
  before: Table,
  now: Table,
  schema: Schema,
  rng: Rng,
  deadline: Deadline,
): Promise<DomainCheck | undefined> {
  const [n, m] = [before.rows, now.rows];
  if (Math.min(n, m) < FEWEST) return undefined;
  const names = watchedColumns(schema)
    .filter(({ type }) => type !== 'datetime' && type !== 'text')
    .map(({ name }) => name)
    .filter((name) => before.find(name) && before.find(name)?.kind === now.find(name)?.kind);
  if (names.length === 0) return undefined;
  const all = stackTables(before.select(names), now.select(names));
  const target = new Float64Array(n + m).fill(1, n);
  const order = rng.child('folds').shuffle(Uint32Array.from({ length: n + m }, (_, i) => i));
  const scores = new Float64Array((n + m) * 2);
  const host = await KernelHost.create();
  for (let fold = 0; fold < FOLDS; fold++) {
    const held = order.filter((_, i) => i % FOLDS === fold);
    const kept = order.filter((_, i) => i % FOLDS !== fold);
    const sample = { table: all.take(kept), target: Float64Array.from(kept, (i) => target[i] as number) };
    const context = { task: TASK, rng: rng.child('fold', fold), deadline, host };
    const { model, cut } = await boostedTrees.fit(sample, undefined, { rounds: ROUNDS, kinds: 'plain' }, context);
    if (cut) return undefined;
    const predicted = model.predict(all.take(held));
    held.forEach((row, i) => {
      scores.set(predicted.subarray(2 * i, 2 * i + 2), 2 * row);
    });
  }
  const auc = metric('roc_auc').compute({ actual: target, predicted: scores, outputs: 2 });
  const z = (auc - 0.5) / Math.sqrt((n + m + 1) / (12 * n * m));
  return { auc, p: normalTails(z), rows: [n, m] };
}
