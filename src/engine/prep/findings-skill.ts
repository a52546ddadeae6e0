import type { Rng } from '../../core/rng.js';
import type { Column } from '../../core/table.js';

/** Bins of a number; the rest of its shape is not needed to see that it decides the answer. */
const maxBins = 32;

/** The answers of a sample of rows, ready to measure single columns against. */
export interface SkillSample {
  /** Rows to learn the column's groups from, and rows to measure them on. */
  readonly learn: Uint32Array;
  readonly measure: Uint32Array;
  /** Row-indexed answers: class index, or the rank of the number scaled to 0–1 (ranks, so that a long tail does not hide a leak). */
  readonly answer: Float64Array;
  /** 0 for regression. */
  readonly classes: number;
}

/** Draws at most `limit` rows and halves them. @param classes 0 for regression */
export function skillSample(target: Float64Array, classes: number, limit: number, rng: Rng): SkillSample {
  const rows = target.length <= limit ? Uint32Array.from({ length: target.length }, (_, i) => i) : rng.sample(target.length, limit);
  const order = rng.shuffle(rows.slice());
  const half = Math.floor(order.length / 2);
  let answer = target;
  if (classes === 0) {
    answer = new Float64Array(target.length);
    const sorted = rows.slice().sort((a, b) => (target[a] as number) - (target[b] as number));
    for (let from = 0; from < sorted.length; ) {
      let to = from + 1;
      while (to < sorted.length && target[sorted[to] as number] === target[sorted[from] as number]) to++;
      const rank = (from + to - 1) / 2 / Math.max(1, sorted.length - 1);
      for (let i = from; i < to; i++) answer[sorted[i] as number] = rank;
      from = to;
    }
  }
  return { learn: order.subarray(0, half), measure: order.subarray(half), answer, classes };
}

/**
 * How well one column alone answers the question on rows it was not measured on: 0 no better than chance, 1 perfect. For numbers R² of
 * the ranks; for two classes 2·AUC − 1; for more classes the share of the constant guess's errors that it removes.
 */
export function columnSkill(column: Column, sample: SkillSample): number {
  const groups = groupsOf(column, sample.learn);
  return groupSkill(groups.of, groups.count, sample);
}

/** The same for whether the cell is missing, whatever it says otherwise. */
export function missingnessSkill(column: Column, sample: SkillSample): number {
  return groupSkill((row) => (isMissing(column, row) ? 1 : 0), 2, sample);
}

/** The same for the position of the row in the file. */
export function orderSkill(sample: SkillSample): number {
  const values = Float64Array.from({ length: sample.answer.length }, (_, i) => i);
  return columnSkill({ kind: 'numeric', name: '', values }, sample);
}

export function isMissing(column: Column, row: number): boolean {
  return column.kind === 'numeric' ? Number.isNaN(column.values[row] as number) : (column.codes[row] as number) < 0;
}

function groupsOf(column: Column, learn: Uint32Array): { of: (row: number) => number; count: number } {
  if (column.kind === 'category') return { of: (row) => (column.codes[row] as number) + 1, count: column.levels.length + 1 };
  const { values } = column;
  const sorted = Float64Array.from(learn, (row) => values[row] as number)
    .filter((v) => !Number.isNaN(v))
    .sort();
  const edges: number[] = [];
  for (let b = 1; b < maxBins; b++) {
    const edge = sorted[Math.floor((b * sorted.length) / maxBins)];
    if (edge !== undefined && edge !== edges[edges.length - 1]) edges.push(edge);
  }
  const of = (row: number): number => {
    const v = values[row] as number;
    if (Number.isNaN(v)) return 0;
    let low = 0;
    let high = edges.length;
    while (low < high) {
      const mid = (low + high) >> 1;
      if ((edges[mid] as number) <= v) low = mid + 1;
      else high = mid;
    }
    return low + 1;
  };
  return { of, count: edges.length + 2 };
}

function groupSkill(of: (row: number) => number, count: number, sample: SkillSample): number {
  const { learn, measure, answer, classes } = sample;
  if (learn.length === 0 || measure.length === 0) return 0;
  const width = Math.max(1, classes);
  const sums = new Float64Array(count * width);
  const sizes = new Float64Array(count);
  const prior = new Float64Array(width);
  for (const row of learn) {
    const g = of(row);
    const a = answer[row] as number;
    const at = classes > 0 ? a : 0;
    const add = classes > 0 ? 1 : a;
    sums[g * width + at] = (sums[g * width + at] as number) + add;
    sizes[g] = (sizes[g] as number) + 1;
    prior[at] = (prior[at] as number) + add / learn.length;
  }
  // a group of few rows says little: it is drawn to the overall share
  const mean = (g: number, k: number): number => ((sums[g * width + k] as number) + (prior[k] as number)) / ((sizes[g] as number) + 1);
  if (classes === 0) return rSquared(measure, answer, (row) => mean(of(row), 0));
  if (classes === 2) {
    return Math.max(
      0,
      2 *
        areaUnderCurve(
          measure,
          (row) => mean(of(row), 1),
          (row) => answer[row] === 1,
        ) -
        1,
    );
  }
  return errorsRemoved(measure, answer, classes, prior, (row, k) => mean(of(row), k));
}

function rSquared(rows: Uint32Array, answer: Float64Array, predict: (row: number) => number): number {
  let mean = 0;
  for (const row of rows) mean += (answer[row] as number) / rows.length;
  let left = 0;
  let all = 0;
  for (const row of rows) {
    const a = answer[row] as number;
    const miss = a - predict(row);
    left += miss * miss;
    all += (a - mean) * (a - mean);
  }
  return all > 0 ? Math.max(0, 1 - left / all) : 0;
}

function areaUnderCurve(rows: Uint32Array, score: (row: number) => number, positive: (row: number) => boolean): number {
  const scored = Array.from(rows, (row) => ({ score: score(row), positive: positive(row) })).sort((a, b) => a.score - b.score);
  let positives = 0;
  let negatives = 0;
  let area = 0;
  for (let from = 0; from < scored.length; ) {
    let p = 0;
    let n = 0;
    let to = from;
    for (; to < scored.length && scored[to]?.score === scored[from]?.score; to++) scored[to]?.positive ? p++ : n++;
    area += p * (negatives + n / 2);
    positives += p;
    negatives += n;
    from = to;
  }
  return positives > 0 && negatives > 0 ? area / (positives * negatives) : 0.5;
}

function errorsRemoved(
  rows: Uint32Array,
  answer: Float64Array,
  classes: number,
  prior: Float64Array,
  probability: (row: number, k: number) => number,
): number {
  let common = 0;
  for (let k = 1; k < classes; k++) if ((prior[k] as number) > (prior[common] as number)) common = k;
  let wrong = 0;
  let wrongByConstant = 0;
  for (const row of rows) {
    let best = 0;
    for (let k = 1; k < classes; k++) if (probability(row, k) > probability(row, best)) best = k;
    if (best !== answer[row]) wrong++;
    if (common !== answer[row]) wrongByConstant++;
  }
  return wrongByConstant > 0 ? Math.max(0, 1 - wrong / wrongByConstant) : 0;
}
