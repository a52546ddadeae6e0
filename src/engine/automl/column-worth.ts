import { type Clock, Deadline } from '../../core/clock.js';
import type { Rng } from '../../core/rng.js';
import type { Schema, Task } from '../../core/schema.js';
import { mean } from '../../core/statistics.js';
import { type Column, Table } from '../../core/table.js';
import { applyRecipe } from '../../model/recipe.js';
import { TreesModel } from '../../model/trees.js';
import type { Catalog } from '../catalog.js';
import { pathCredit } from '../explain/path-credit.js';
import { rawSources } from '../explain/raw-sources.js';
import { KernelHost } from '../kernels/kernel-host.js';
import type { Parameters, Sample } from '../learn/learner.js';
import { boostedTrees } from '../learn/trees/boosted-trees.js';
import type { FeatureSpec } from '../prep/feature-spec.js';
import { FreshNames } from '../prep/fresh-names.js';
import { pick } from './pick.js';
import { boostingRound, type FitShape } from './work-cost.js';

/** Parts that the rows are divided into: trees fitted on all but one say what the columns are worth on that one. */
const parts = 3;
/** That is done several times where rows are few, until so many were looked at. */
const enoughRows = 2000;
const mostRepeats = 3;
const rounds = 40;
/** Drawn thresholds, so that a column of many values has no more luck than one of few. */
const trees: Parameters = {
  kinds: 'plain',
  shape: 'leafwise',
  extraTrees: true,
  leaves: 8,
  learningRate: 0.1,
  columnSample: 0.5,
  minRowsInLeaf: 10,
  maxBins: 64,
};
/** Shuffled copies of columns, drawn where there are more columns. */
const mostShadows = 20;

/** Training rows and what is known of their columns. */
export interface SelectionRequest extends Sample {
  readonly schema: Schema;
  readonly task: Task;
  /** Columns that are made of others; one counts for those that it is made of. */
  readonly features?: readonly FeatureSpec[];
  /** Columns that are left out anyhow. */
  readonly drop?: readonly string[];
  readonly rng: Rng;
}

/** What looking takes from. */
export interface SelectionTools {
  readonly clock: Clock;
  readonly fitRecipe: Catalog['fitRecipe'];
  /** Absent: one is made, on one thread. */
  readonly host?: KernelHost;
}

/** What columns are worth, and shuffled copies of columns. */
export interface Worth {
  readonly own: ReadonlyMap<string, number>;
  readonly shadows: readonly number[];
}

/** A shuffled copy. */
interface Shadow {
  readonly of: Column;
  readonly name: string;
  worth: number;
}

/** Nominal seconds that it takes to learn what columns are worth. */
export function worthSeconds(shape: FitShape): number {
  const fits = parts * repeatsFor(shape.rows);
  const columns = shape.columns + Math.min(shape.columns, mostShadows);
  const part = { ...shape, rows: (shape.rows * (parts - 1)) / parts, columns };
  return fits * (0.01 + rounds * boostingRound(part, trees) + 2e-7 * part.rows * rounds + 1e-7 * part.rows * columns);
}

function repeatsFor(rows: number): number {
  return Math.max(1, Math.min(mostRepeats, Math.floor(enoughRows / Math.max(1, rows))));
}

/** The answers less their mean; one list a class, of two classes the second's alone. */
export function errorsOf(target: Float64Array, task: Task): Float64Array[] {
  const answers = task.kind === 'regression' ? [target] : task.classes.map((_, k) => target.map((y) => (y === k ? 1 : 0)));
  return (task.kind === 'binary' ? answers.slice(1) : answers).map((own) => {
    const center = mean(own);
    return own.map((y) => y - center);
  });
}

/**
 * What each column is worth: how far its splits in trees fitted on two thirds of the rows move the scores of the other third towards the answers, each third in turn;
 * and what copies of columns are worth that stand beside them, shuffled.
 * @param sample raw columns that are judged
 */
export async function columnWorth(sample: Sample, request: SelectionRequest, tools: SelectionTools): Promise<Worth> {
  const { rng, schema } = request;
  const own = new Map(sample.table.columns.map((c) => [c.name, 0]));
  const fresh = new FreshNames(schema.columns.map((c) => c.name));
  const drawn = rng.child('shadows').sample(own.size, Math.min(own.size, mostShadows));
  const shadows = Array.from(drawn, (i): Shadow => ({ of: sample.table.columns[i] as Column, name: fresh.take('shadow'), worth: 0 }));
  const errors = errorsOf(sample.target, request.task);
  const host = tools.host ?? (await KernelHost.create());
  try {
    for (let repeat = 0; repeat < repeatsFor(sample.target.length); repeat++) {
      const draws = rng.child('repeat', repeat);
      const shuffled = shadows.map(({ of, name }) => shuffledColumn(of, name, draws));
      const whole = { ...sample, table: new Table([...sample.table.columns, ...shuffled]) };
      const order = draws.shuffle(Uint32Array.from(sample.target, (_, i) => i));
      for (let part = 0; part < parts; part++) {
        const held = order.filter((_, i) => i % parts === part).sort();
        const rest = order.filter((_, i) => i % parts !== part).sort();
        const asked = { ...request, rng: draws.child('part', part) };
        const worth = await partWorth(whole, errors, { rest, held }, asked, shadows, { ...tools, host });
        for (const [name, value] of own) own.set(name, value + (worth.get(name) ?? 0));
        for (const shadow of shadows) shadow.worth += worth.get(shadow.name) ?? 0;
      }
    }
  } finally {
    if (!tools.host) await host.close();
  }
  return { own, shadows: shadows.map((s) => s.worth) };
}

function shuffledColumn(column: Column, name: string, rng: Rng): Column {
  const length = column.kind === 'numeric' ? column.values.length : column.codes.length;
  const order = rng.shuffle(Uint32Array.from({ length }, (_, i) => i));
  return column.kind === 'numeric'
    ? { ...column, name, values: pick(column.values, order) }
    : { ...column, name, codes: column.codes.map((_, i) => column.codes[order[i] as number] as number) };
}

/** What the columns are worth on the held rows, by trees fitted on the rest. */
async function partWorth(
  sample: Sample,
  errors: readonly Float64Array[],
  { rest, held }: { readonly rest: Uint32Array; readonly held: Uint32Array },
  request: SelectionRequest,
  shadows: readonly Shadow[],
  { clock, fitRecipe, host }: SelectionTools,
): Promise<Map<string, number>> {
  const { schema, task, features, rng } = request;
  const copied = shadows.flatMap(({ of, name }) => schema.columns.filter((c) => c.name === of.name).map((c) => ({ ...c, name })));
  const seen = schema.columns.filter((c) => sample.table.find(c.name) || c.name === task.target);
  const rows = {
    table: sample.table.take(rest),
    target: pick(sample.target, rest),
    weights: sample.weights && pick(sample.weights, rest),
  };
  const { steps, train } = fitRecipe({ ...rows, schema: { columns: [...seen, ...copied] }, task, input: 'trees', rng, features });
  const worth = new Map<string, number>();
  if (train.columns.length === 0) return worth;
  const context = { task, rng, deadline: new Deadline(clock, Number.POSITIVE_INFINITY), host };
  const { model } = await boostedTrees.fit({ ...rows, table: train }, undefined, trees, context, { rounds });
  if (!(model instanceof TreesModel)) return worth;
  const { outputs, inputs } = model.head;
  const weighed = new Float64Array(held.length * outputs);
  held.forEach((row, i) => {
    for (let o = 0; o < outputs; o++) weighed[i * outputs + o] = (errors[o]?.[row] ?? 0) * (sample.weights?.[row] ?? 1);
  });
  const credit = pathCredit(model, applyRecipe(steps, sample.table.take(held)), weighed);
  const sources = rawSources(steps);
  inputs.forEach((input, i) => {
    const from = sources(input);
    for (const name of from) worth.set(name, (worth.get(name) ?? 0) + (credit[i] as number) / from.length);
  });
  return worth;
}
