import { argsort } from '../../core/argsort.js';
import type { Deadline } from '../../core/clock.js';
import type { Rng } from '../../core/rng.js';
import type { Schema, Task } from '../../core/schema.js';
import { type CategoryColumn, type Column, Table } from '../../core/table.js';
import { normalTails } from '../../core/tails.js';
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
  const columns = watchedColumns(schema)
    .filter(({ type }) => type !== 'datetime' && type !== 'text')
    .flatMap(({ name }) => joined(before.find(name), now.find(name)) ?? []);
  if (columns.length === 0) return undefined;
  const all = new Table(columns, n + m);
  const target = new Float64Array(n + m).fill(1, n);
  const order = rng.child('folds').shuffle(Uint32Array.from({ length: n + m }, (_, i) => i));
  const scores = new Float64Array(n + m);
  const host = await KernelHost.create();
  for (let fold = 0; fold < FOLDS; fold++) {
    if (deadline.expired()) return undefined;
    const held = order.filter((_, i) => i % FOLDS === fold);
    const kept = order.filter((_, i) => i % FOLDS !== fold);
    const sample = { table: all.take(kept), target: Float64Array.from(kept, (i) => target[i] as number) };
    const context = { task: TASK, rng: rng.child('fold', fold), deadline, host };
    const { model } = await boostedTrees.fit(sample, undefined, { rounds: ROUNDS, kinds: 'plain' }, context);
    const predicted = model.predict(all.take(held));
    for (let i = 0; i < held.length; i++) scores[held[i] as number] = predicted[2 * i + 1] as number;
  }
  const auc = areaOf(scores, n);
  const z = (auc - 0.5) / Math.sqrt((n + m + 1) / (12 * n * m));
  return { auc, p: normalTails(z), rows: [n, m] };
}

/** One column under another, the levels of both put together. */
function joined(a: Column | undefined, b: Column | undefined): Column | undefined {
  if (a?.kind === 'numeric' && b?.kind === 'numeric') {
    const values = new Float64Array(a.values.length + b.values.length);
    values.set(a.values);
    values.set(b.values, a.values.length);
    return { ...a, values };
  }
  if (a?.kind !== 'category' || b?.kind !== 'category') return undefined;
  const index = new Map<string, number>();
  for (const level of [...a.levels, ...b.levels]) if (!index.has(level)) index.set(level, index.size);
  const coded = ({ codes, levels }: CategoryColumn) => {
    const places = levels.map((level) => index.get(level) as number);
    return Int32Array.from(codes, (code) => (code < 0 ? -1 : (places[code] as number)));
  };
  const codes = new Int32Array(a.codes.length + b.codes.length);
  codes.set(coded(a));
  codes.set(coded(b), a.codes.length);
  return { kind: 'category', name: a.name, codes, levels: [...index.keys()] };
}

/** The share of pairs of an earlier and a later row of which the later scores higher, ties counting half; the first `n` are the earlier. */
function areaOf(scores: Float64Array, n: number): number {
  const order = argsort(scores);
  const m = scores.length - n;
  let ranks = 0;
  for (let i = 0; i < order.length; ) {
    let j = i + 1;
    while (j < order.length && scores[order[j] as number] === scores[order[i] as number]) j++;
    for (let k = i; k < j; k++) if ((order[k] as number) >= n) ranks += (i + j + 1) / 2;
    i = j;
  }
  return (ranks - (m * (m + 1)) / 2) / (n * m);
}
