import { MillwrightError } from '../../core/errors.js';
import type { Rng } from '../../core/rng.js';
import type { Column } from '../../core/table.js';

export interface GroupKeys {
  /** The group's number of every row, counted by first appearance. */
  readonly group: Int32Array;
  readonly count: number;
}

/** Numbers the groups of a column. A row without a group is a group of its own. */
export function groupKeys(column: Column): GroupKeys {
  const values = column.kind === 'numeric' ? column.values : column.codes;
  const group = new Int32Array(values.length);
  const seen = new Map<number, number>();
  let count = 0;
  for (let i = 0; i < group.length; i++) {
    const v = values[i] as number;
    const missing = column.kind === 'numeric' ? Number.isNaN(v) : v < 0;
    let g = missing ? undefined : seen.get(v);
    if (g === undefined) {
      g = count++;
      if (!missing) seen.set(v, g);
    }
    group[i] = g;
  }
  return { group, count };
}

/**
 * Deals whole groups into parts so that each part gets its share of rows and, where there are classes, of every class: each group in turn
 * goes where it lowers the chi-squared distance from the shares most. For one split the order is random (a size order would always send the same
 * groups to the small part); for folds large groups go first.
 * @throws MillwrightError `TOO_FEW_ROWS` when there are fewer groups than parts
 */
export function dealGroups(keys: GroupKeys, classes: Float64Array | undefined, shares: number[], rng: Rng, single: boolean): Int32Array {
  const { group, count } = keys;
  if (count < shares.length)
    throw new MillwrightError(
      'TOO_FEW_ROWS',
      `There are ${count} groups, but ${shares.length} parts are asked for.`,
      'Ask for fewer folds, or choose another kind of split in the plan.',
    );
  const size = new Float64Array(count);
  const classRows: Map<number, number>[] = Array.from({ length: count }, () => new Map());
  const totals = new Map<number, number>([[-1, group.length]]);
  for (let i = 0; i < group.length; i++) {
    const g = group[i] as number;
    size[g] = (size[g] as number) + 1;
    if (!classes) continue;
    const k = classes[i] as number;
    const rows = classRows[g] as Map<number, number>;
    rows.set(k, (rows.get(k) ?? 0) + 1);
    totals.set(k, (totals.get(k) ?? 0) + 1);
  }
  const order = rng.shuffle(Uint32Array.from({ length: count }, (_, g) => g));
  if (!single) order.sort((a, b) => (size[b] as number) - (size[a] as number));
  const filled = shares.map(() => new Map<number, number>());
  const groupsIn = new Int32Array(shares.length);
  const partOf = new Int32Array(count);
  for (const g of order) {
    const rows: [number, number][] = [[-1, size[g] as number], ...(classRows[g] as Map<number, number>)];
    let best = 0;
    let bestDelta = Number.POSITIVE_INFINITY;
    for (let p = 0; p < shares.length; p++) {
      let delta = 0;
      for (const [k, add] of rows) {
        const wanted = (shares[p] as number) * (totals.get(k) as number);
        delta += (add * (2 * ((filled[p]?.get(k) ?? 0) - wanted) + add)) / wanted;
      }
      if (delta < bestDelta) {
        best = p;
        bestDelta = delta;
      }
    }
    partOf[g] = best;
    groupsIn[best] = (groupsIn[best] as number) + 1;
    const target = filled[best] as Map<number, number>;
    for (const [k, add] of rows) target.set(k, (target.get(k) ?? 0) + add);
  }
  fillEmptyParts(partOf, groupsIn, size);
  return group.map((g) => partOf[g] as number);
}

/** Gives every empty part the smallest group of the part with the most groups. */
function fillEmptyParts(partOf: Int32Array, groupsIn: Int32Array, size: Float64Array): void {
  for (let p = 0; p < groupsIn.length; p++) {
    if ((groupsIn[p] as number) > 0) continue;
    let richest = 0;
    for (let q = 1; q < groupsIn.length; q++) if ((groupsIn[q] as number) > (groupsIn[richest] as number)) richest = q;
    let smallest = -1;
    for (let g = 0; g < partOf.length; g++)
      if (partOf[g] === richest && (smallest < 0 || (size[g] as number) < (size[smallest] as number))) smallest = g;
    partOf[smallest] = p;
    groupsIn[richest] = (groupsIn[richest] as number) - 1;
    groupsIn[p] = 1;
  }
}

/**
 * Part 0 is kept aside, the others are trained on: a class that only part 0 holds cannot be learned, so one of its rows (or the whole group of
 * that row) moves to part 1, unless part 0 would become empty.
 */
export function moveLostClasses(part: Int32Array, classes: Float64Array, group?: Int32Array): void {
  const trained = new Set<number>();
  for (let i = 0; i < part.length; i++) if (part[i] !== 0) trained.add(classes[i] as number);
  for (let i = 0; i < part.length; i++) {
    if (part[i] !== 0 || trained.has(classes[i] as number)) continue;
    const moving: number[] = [];
    let staying = false;
    for (let j = 0; j < part.length; j++) {
      if (part[j] !== 0) continue;
      if (group ? group[j] === group[i] : j === i) moving.push(j);
      else staying = true;
    }
    if (!staying) return;
    for (const j of moving) {
      part[j] = 1;
      trained.add(classes[j] as number);
    }
  }
}
