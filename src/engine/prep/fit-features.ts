import type { Column, Table } from '../../core/table.js';
import type { StepData } from '../../model/step.js';
import type { CombineStep } from '../../model/steps/combine.js';
import type { CrossStep } from '../../model/steps/cross.js';
import type { GroupStatisticStep } from '../../model/steps/group-statistic.js';
import { bindKey, type Key, keyCount } from '../../model/steps/keys.js';
import type { FeatureSpec } from './feature-spec.js';
import { keptLevels } from './fit-category-codes.js';
import type { FreshNames } from './fresh-names.js';
import { countLevels } from './level-counts.js';

/** A number with at most this many different values can group rows. */
const MAX_VALUES = 64;
/** Pairs that a cross keeps, those of two rows or more, the most frequent first. */
const MAX_PAIRS = 10_000;
/** Rows of the overall mean that the mean of each group is smoothed by. */
const SMOOTHING = 10;

const SIGNS = { sum: '+', difference: '−', product: '×', ratio: '÷' } as const;

/**
 * Fits the columns that a plan adds, on the raw columns of the training rows. A spec whose columns are absent, of the wrong kind, or do not vary
 * is left out.
 */
export function fitFeatures(table: Table, features: readonly FeatureSpec[], fresh: FreshNames): StepData[] {
  const combined: CombineStep['columns'][number][] = [];
  const grouped: GroupStatisticStep['columns'][number][] = [];
  const crossed: CrossStep['columns'][number][] = [];
  for (const spec of features) {
    if (spec.kind === 'cross') {
      const made = fitCross(table, spec.columns, fresh);
      if (made) crossed.push(made);
    } else if ('by' in spec) {
      const made = fitGroup(table, spec, fresh);
      if (made) grouped.push(made);
    } else {
      const [left, right] = spec.columns;
      if (table.find(left)?.kind !== 'numeric' || table.find(right)?.kind !== 'numeric') continue;
      combined.push({ operation: spec.kind, left, right, output: fresh.take(`${left} ${SIGNS[spec.kind]} ${right}`) });
    }
  }
  const steps: StepData[] = [];
  if (combined.length > 0) steps.push({ kind: 'combine', columns: combined } as CombineStep);
  if (grouped.length > 0) steps.push({ kind: 'group-statistic', columns: grouped } as GroupStatisticStep);
  if (crossed.length > 0) steps.push({ kind: 'cross', columns: crossed } as CrossStep);
  return steps;
}

/** Adds the days between each two dates, ten pairs at most. */
export function fitDaysBetween(names: readonly string[], fresh: FreshNames): CombineStep | undefined {
  const columns: CombineStep['columns'][number][] = [];
  for (let i = 0; i < names.length; i++)
    for (let j = i + 1; j < names.length && columns.length < 10; j++) {
      const [left, right] = [names[j] as string, names[i] as string];
      columns.push({ operation: 'days', left, right, output: fresh.take(`${left} − ${right}`) });
    }
  return columns.length > 0 ? { kind: 'combine', columns } : undefined;
}

/** What the rows of a column can be grouped by; undefined when that would be nearly every row its own group. */
export function fitKey(column: Column | undefined): Key | undefined {
  if (!column) return undefined;
  const { name } = column;
  if (column.kind === 'category') {
    const counts = countLevels(column);
    const levels = counts.levels.slice(0, keptLevels(counts.counts));
    return levels.length > 0 ? { name, levels } : undefined;
  }
  const seen = new Set<number>();
  for (const x of column.values) {
    // JSON knows no infinity, and no −0
    if (Number.isFinite(x)) seen.add(x === 0 ? 0 : x);
    if (seen.size > MAX_VALUES) return undefined;
  }
  return seen.size > 0 ? { name, values: [...seen].sort((a, b) => a - b) } : undefined;
}

function fitGroup(
  table: Table,
  spec: FeatureSpec & { kind: 'group-mean' | 'group-difference' },
  fresh: FreshNames,
): GroupStatisticStep['columns'][number] | undefined {
  const own = table.find(spec.column);
  const by = fitKey(table.find(spec.by));
  if (own?.kind !== 'numeric' || !by || spec.by === spec.column) return undefined;
  const key = bindKey(by, table);
  key.run();
  const sums = new Float64Array(keyCount(by) + 2);
  const counts = new Float64Array(sums.length);
  let all = 0;
  let known = 0;
  for (const x of own.values)
    if (Number.isFinite(x)) {
      all += x;
      known++;
    }
  const rest = known > 0 ? all / known : Number.NaN;
  if (!Number.isFinite(rest)) return undefined;
  for (let i = 0; i < own.values.length; i++) {
    const x = own.values[i] as number;
    if (!Number.isFinite(x)) continue;
    const group = key.codes[i] as number;
    sums[group] = (sums[group] as number) + (x - rest);
    counts[group] = (counts[group] as number) + 1;
  }
  const mean = (group: number): number => rest + (sums[group] as number) / ((counts[group] as number) + SMOOTHING);
  const means = Array.from({ length: keyCount(by) }, (_, i) => mean(i + 2));
  if (!means.every(Number.isFinite) || !Number.isFinite(mean(0))) return undefined;
  const difference = spec.kind === 'group-difference';
  const output = fresh.take(difference ? `${spec.column} − mean by ${spec.by}` : `mean ${spec.column} by ${spec.by}`);
  return { output, column: spec.column, by, means, missing: mean(0), rest, difference };
}

function fitCross(table: Table, [a, b]: readonly [string, string], fresh: FreshNames): CrossStep['columns'][number] | undefined {
  const left = fitKey(table.find(a));
  const right = fitKey(table.find(b));
  if (!left || !right || a === b) return undefined;
  const keys = [bindKey(left, table), bindKey(right, table)] as const;
  for (const key of keys) key.run();
  const width = keyCount(right) + 2;
  const counts = new Map<number, number>();
  for (let i = 0; i < table.rows; i++) {
    const pair = (keys[0].codes[i] as number) * width + (keys[1].codes[i] as number);
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  const kept = [...counts]
    .filter(([, count]) => count >= 2)
    .sort(([p, x], [q, y]) => y - x || p - q)
    .slice(0, MAX_PAIRS);
  if (kept.length < 2) return undefined;
  const names = new Set<string>();
  const levels = kept.map(([pair]) => {
    const wanted = `${groupName(left, Math.floor(pair / width))} × ${groupName(right, pair % width)}`;
    let name = wanted;
    for (let n = 2; names.has(name); n++) name = `${wanted} ${n}`;
    names.add(name);
    return name;
  });
  return { output: fresh.take(`${a} × ${b}`), left, right, pairs: kept.map(([pair]) => pair), levels };
}

function groupName(key: Key, group: number): string {
  if (group === 0) return '(missing)';
  return group === 1 ? '(other)' : String((key.levels ?? key.values ?? [])[group - 2]);
}
