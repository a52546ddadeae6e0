import { log } from '../../core/math.js';
import { Rng } from '../../core/rng.js';
import { outputCount } from '../../core/schema.js';
import { type Column, Table } from '../../core/table.js';
import type { Bundle } from '../../model/bundle.js';
import { PROBABILITY_FLOOR } from '../../model/combine.js';
import { EnsembleModel } from '../../model/ensemble.js';
import { predict } from '../../model/predict.js';
import { applyRecipe } from '../../model/recipe.js';
import type { StepData } from '../../model/step.js';
import { TreesModel } from '../../model/trees.js';
import { rawSources } from './raw-sources.js';
import { treeShap } from './tree-shap.js';

/** What each raw column did to the predictions of rows. The base and a row's values sum to its prediction on the scale. */
export interface RowContributions {
  /** `tree`: exact Shapley values of the trees; `sampled`: Shapley values beside a typical row, over random orders of the columns. */
  readonly method: 'tree' | 'sampled';
  /** What the numbers are: the predicted number, its logarithm, a probability, or log-odds (of several classes: before they are made to sum to 1). */
  readonly scale: 'number' | 'log' | 'probability' | 'log-odds';
  /** Raw columns. */
  readonly columns: readonly string[];
  /** One for a number, and for two classes (the second's); else one a class. */
  readonly outputs: number;
  /** One an output. */
  readonly base: Float64Array;
  /** Row-major rows × outputs × columns. */
  readonly values: Float64Array;
}

/** Pairs of an order and its reverse that are walked. */
const PAIRS = 12;

interface Member {
  readonly recipe: readonly StepData[];
  readonly model: TreesModel;
  /** Of all members' sum. */
  readonly share: number;
}

/**
 * Explains rows by their raw columns. Sums of trees are explained exactly; other models by Shapley sampling (Štrumbelj and Kononenko 2014), with orders in
 * reversed pairs, beside a typical row: means, and the most frequent categories. Shares of a column that was made from several go to them in equal parts.
 * @param table raw, as `predict` takes it
 * @example explainRows(bundle, tableFromRows(bundle.schema, [row])).values
 */
export function explainRows(bundle: Bundle, table: Table): RowContributions {
  const members = additiveMembers(bundle);
  return members ? byTrees(bundle, table, members) : bySampling(bundle, table);
}

/** The trees of a bundle whose scores add up to its prediction on some scale; `undefined` when there is more to it. */
function additiveMembers({ recipe, model }: Bundle): Member[] | undefined {
  const fits = (m: unknown, links: readonly string[]): m is TreesModel =>
    m instanceof TreesModel && !m.trees.lineStart && links.includes(m.head.link);
  if (fits(model, ['identity', 'logistic', 'softmax', 'exp', 'mean'])) return [{ recipe, model, share: 1 }];
  if (!(model instanceof EnsembleModel)) return undefined;
  const links = model.how === 'number' ? ['identity'] : ['logistic', 'softmax'];
  const all = model.branches.flatMap((b) => b.members.map((m) => ({ ...m, recipe: [...recipe, ...b.recipe] })));
  const total = all.reduce((sum, m) => sum + m.weight, 0);
  const trees = all.flatMap(({ recipe: steps, model: one, weight }): Member[] =>
    fits(one, links) ? [{ recipe: steps, model: one, share: weight / total }] : [],
  );
  return trees.length === all.length ? trees : undefined;
}

const SCALES = { identity: 'number', exp: 'log', mean: 'probability', logistic: 'log-odds', softmax: 'log-odds' } as const;

function byTrees(_bundle: Bundle, table: Table, members: readonly Member[]): RowContributions {
  const { outputs, link } = (members[0] as Member).model.head;
  const columns = table.columns.map((c) => c.name);
  const place = new Map(columns.map((name, i) => [name, i]));
  const base = new Float64Array(outputs);
  const values = new Float64Array(table.rows * outputs * columns.length);
  for (const { recipe, model, share } of members) {
    const sources = rawSources(recipe);
    const shap = treeShap(model, applyRecipe(recipe, table));
    for (let o = 0; o < outputs; o++) base[o] = (base[o] as number) + share * (shap.base[o] as number);
    const width = model.head.inputs.length;
    model.head.inputs.forEach((input, i) => {
      const to = sources(input).flatMap((name) => place.get(name) ?? []);
      for (let at = 0; at < table.rows * outputs; at++) {
        const part = (share * (shap.values[at * width + i] as number)) / Math.max(1, to.length);
        for (const c of to) values[at * columns.length + c] = (values[at * columns.length + c] as number) + part;
      }
    });
  }
  return { method: 'tree', scale: SCALES[link], columns, outputs, base, values };
}

function bySampling(bundle: Bundle, table: Table): RowContributions {
  const { task } = bundle;
  const classes = outputCount(task);
  const outputs = task.kind === 'multiclass' ? classes : 1;
  const onScale = (rows: Table): Float64Array => {
    const { values } = predict(bundle, rows);
    if (task.kind === 'regression') return values;
    const logs = values.map((p) => log(Math.max(PROBABILITY_FLOOR, p)));
    return task.kind === 'multiclass'
      ? logs
      : Float64Array.from({ length: rows.rows }, (_, r) => (logs[2 * r + 1] as number) - (logs[2 * r] as number));
  };
  const columns = table.columns.map((c) => c.name);
  const width = columns.length;
  const typical = typicalCells(bundle, table);
  const base = onScale(mixed(table, typical, 0, [new Uint8Array(width)]));
  const values = new Float64Array(table.rows * outputs * width);
  for (let r = 0; r < table.rows; r++) {
    const rng = new Rng(0).child('explain');
    for (let pair = 0; pair < PAIRS; pair++) {
      const order = rng.shuffle(Uint32Array.from({ length: width }, (_, i) => i));
      for (const walk of [order, order.slice().reverse()]) {
        const known = new Uint8Array(width);
        const steps = [known.slice()];
        for (const c of walk) {
          known[c] = 1;
          steps.push(known.slice());
        }
        const scores = onScale(mixed(table, typical, r, steps));
        walk.forEach((c, i) => {
          for (let o = 0; o < outputs; o++) {
            const gain = (scores[(i + 1) * outputs + o] as number) - (scores[i * outputs + o] as number);
            const at = (r * outputs + o) * width + c;
            values[at] = (values[at] as number) + gain / (2 * PAIRS);
          }
        });
      }
    }
  }
  return { method: 'sampled', scale: task.kind === 'regression' ? 'number' : 'log-odds', columns, outputs, base, values };
}

/** What each column holds in a typical row. */
function typicalCells({ schema }: Bundle, table: Table): (number | string | undefined)[] {
  return table.columns.map((c) => {
    const stats = schema.columns.find((s) => s.name === c.name)?.stats;
    return c.kind === 'numeric' ? (stats?.mean ?? Number.NaN) : stats?.top[0]?.value;
  });
}

/** Rows that hold one row's cells where they are known, and typical ones elsewhere. */
function mixed(table: Table, typical: readonly (number | string | undefined)[], row: number, known: readonly Uint8Array[]): Table {
  return new Table(
    table.columns.map((column, c): Column => {
      const cell = typical[c];
      if (column.kind === 'numeric')
        return { ...column, values: Float64Array.from(known, (k) => (k[c] ? (column.values[row] as number) : (cell as number))) };
      const own = (column.codes[row] as number) < 0 ? undefined : column.levels[column.codes[row] as number];
      const codes = Int32Array.from(known, (k) => (k[c] ? (own === undefined ? -1 : 0) : cell === undefined ? -1 : 1));
      return { ...column, codes, levels: [own ?? '', (cell as string | undefined) ?? ''] };
    }),
    known.length,
  );
}
