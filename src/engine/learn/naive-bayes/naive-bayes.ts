import type { Column } from '../../../core/table.js';
import { NaiveBayesModel } from '../../../model/naive-bayes.js';
import type { FitContext, Fitted, Learner, Parameters, Sample } from '../learner.js';
import { checkParameters } from '../parameters.js';
import { classesOf } from './classes.js';
import { columnPart } from './column-part.js';
import { chooseSharpness, sharpened } from './sharpness.js';

/** Below so many rows none are left out to choose the sharpness. */
const FEWEST_ROWS = 20;
/** Without validation rows every so manieth row is left out for it. */
const LEFT_OUT = 5;

/**
 * Naive Bayes for numbers, categories and missing cells at once: with `sharpness` 1 and `varianceRows` 0 as scikit-learn's GaussianNB and CategoricalNB
 * together. How much the columns' evidence counts is chosen on validation rows, as probabilities are too sure where columns repeat each other. Numbers are
 * predicted by ranges (Frank, Trigg, Holmes, Witten 2000).
 * @example await naiveBayes.fit({ table, target }, validation, { smoothing: 0.5 }, context)
 */
export const naiveBayes: Learner = {
  id: 'naive-bayes',
  title: 'Naive Bayes',
  input: 'trees',
  parameters: {
    smoothing: {
      doc: 'Rows added to every category of every class.',
      default: 1,
      range: [1e-9, 1000],
      log: true,
      search: { range: [0.1, 20], log: true },
    },
    varianceRows: {
      doc: 'Rows with the variance of the whole column, added to every class.',
      default: 1,
      range: [0, 10_000],
      search: { range: [0.1, 100], log: true },
    },
    sharpness: { doc: 'Factor of what the columns say, in the logarithm; 0: chosen on validation rows.', default: 0, range: [0, 10] },
    ranges: {
      doc: 'Ranges that a number to be predicted is divided into.',
      default: 12,
      range: [2, 1000],
      integer: true,
      search: { range: [6, 40], log: true },
    },
  },
  refitParameters: (parameters, works) => ({
    ...parameters,
    sharpness: works.reduce((sum, work) => sum + (work.sharpness ?? 1), 0) / works.length,
  }),
  fit,
};

interface NaiveBayesParameters {
  smoothing: number;
  varianceRows: number;
  sharpness: number;
  ranges: number;
}

async function fit(
  train: Sample,
  validation: Sample | undefined,
  given: Parameters,
  context: FitContext,
  limits?: Record<string, number>,
): Promise<Fitted> {
  const p = checkParameters('naive-bayes', naiveBayes.parameters, given) as unknown as NaiveBayesParameters;
  const columns = [...train.table.columns].sort((a, b) => (a.name < b.name ? -1 : 1));
  const whole = await counted(train, columns, p, context, limits?.columns);
  const { used, cut } = whole;
  let sharpness = limits?.sharpness ?? p.sharpness;
  if (sharpness === 0) {
    const own = validation && validation.target.length > 0 ? undefined : parted(train);
    if (cut || (own && train.target.length < FEWEST_ROWS)) sharpness = 1;
    else if (own) {
      const names = columns.map((c) => c.name);
      const part = await counted(own.most, own.most.table.select(names).columns, p, context, used);
      sharpness = chooseSharpness(part.model, own.rest);
    } else sharpness = chooseSharpness(whole.model, validation as Sample);
  }
  return { model: sharpened(whole.model, sharpness), work: { columns: used, sharpness }, cut };
}

/** A model of the first columns: so many, or as many as the deadline allows. */
async function counted(
  train: Sample,
  columns: readonly Column[],
  p: NaiveBayesParameters,
  { task, deadline, onProgress }: FitContext,
  most: number | undefined,
): Promise<{ model: NaiveBayesModel; used: number; cut: boolean }> {
  const classes = classesOf(train, task, Math.min(p.ranges, Math.max(1, Math.floor(Math.sqrt(train.target.length)))));
  const kept: { name: string; levels: number; part: Float64Array }[] = [];
  let used = 0;
  for (const column of columns.slice(0, most)) {
    await deadline.breathe();
    if (most === undefined && deadline.expired()) break;
    const part = columnPart(column, classes, p);
    if (part) kept.push({ name: column.name, levels: column.kind === 'category' ? column.levels.length : 0, part });
    used++;
    onProgress?.(used / columns.length);
  }
  const parts = new Float64Array(kept.reduce((sum, { part }) => sum + part.length, 0));
  let at = 0;
  for (const { part } of kept) {
    parts.set(part, at);
    at += part.length;
  }
  const model = new NaiveBayesModel(
    kept.map((k) => k.name),
    kept.map((k) => k.levels),
    classes.prior,
    parts,
    classes.values,
  );
  const wanted = Math.min(columns.length, most ?? columns.length);
  return { model, used, cut: used < wanted || (columns.length === 0 && most === undefined && deadline.expired()) };
}

/** Every fifth row apart from the rest. */
function parted({ table, target, weights }: Sample): { most: Sample; rest: Sample } {
  const take = (rows: Uint32Array): Sample => ({
    table: table.take(rows),
    target: Float64Array.from(rows, (r) => target[r] as number),
    ...(weights && { weights: Float64Array.from(rows, (r) => weights[r] as number) }),
  });
  const rows = Uint32Array.from(target.keys());
  return { most: take(rows.filter((r) => r % LEFT_OUT !== 0)), rest: take(rows.filter((r) => r % LEFT_OUT === 0)) };
}
