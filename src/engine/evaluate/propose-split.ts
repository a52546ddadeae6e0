import type { Task } from '../../core/schema.js';
import type { SplitPlan } from '../automl/plan.js';

/** What is known of the table before any row is looked at twice. */
export interface SplitFacts {
  readonly task: Task;
  readonly rows: number;
  readonly columns: number;
  /** Rows of each class; empty for regression. */
  readonly classCounts: readonly number[];
  /** Rows that belong together, and how many different groups there are. */
  readonly group?: { readonly name: string; readonly groups: number };
  /** The order in which rows happened, and how many different times there are. */
  readonly time?: { readonly name: string; readonly distinct: number };
}

const percent = (share: number): string => `${Number((share * 100).toPrecision(2))} %`;
const count = (n: number): string => `${n}`.replace(/\B(?=(\d{3})+$)/g, ',');

/** A fifth of the rows, but not more than 20,000: beyond that the score's interval hardly shrinks while training rows are lost. */
function holdoutFraction(rows: number): number {
  return Number(Math.max(0.002, Math.min(rows < 500 ? 0.25 : 0.2, 20000 / rows)).toPrecision(3));
}

/** More folds where rows are few and fits are cheap. */
function foldCount(rows: number, columns: number): number {
  const cells = rows * Math.max(1, columns);
  return cells <= 100_000 ? 8 : cells <= 1_500_000 ? 5 : cells <= 5_000_000 ? 3 : 1;
}

/**
 * Proposes how to keep rows aside for the final score and how to split the others for choosing a model, each with its reason in plain words.
 * @example proposeSplit({ task, rows: 891, columns: 11, classCounts: [549, 342] }).holdout.kind // 'stratified'
 */
export function proposeSplit(facts: SplitFacts): { holdout: SplitPlan & { fraction: number }; validation: SplitPlan & { folds: number } } {
  const { task, rows, columns, group, time } = facts;
  const fraction = holdoutFraction(rows);
  const share = percent(fraction);
  let folds = foldCount(rows, columns);
  if (group && group.groups >= 4) {
    folds = Math.min(folds, Math.max(1, Math.floor(group.groups / 2)));
    const also = time
      ? ` (The rows also have a time, "${time.name}"; split by time instead if the model will score the future of known groups.)`
      : '';
    return {
      holdout: {
        kind: 'group',
        column: group.name,
        fraction,
        reason: `About ${share} of the rows are kept aside in whole groups of "${group.name}" (${count(group.groups)} groups): rows of one group resemble each other, so a model must be judged on groups that it has never seen.${also}`,
      },
      validation: { kind: 'group', column: group.name, folds, reason: foldReason(folds, `whole groups of "${group.name}" stay together`) },
    };
  }
  if (time && time.distinct >= 10) {
    folds = Math.min(folds, 3);
    return {
      holdout: {
        kind: 'time',
        column: time.name,
        fraction,
        reason: `The latest ${share} of the rows by "${time.name}" are kept aside: the model will be used on what happens later, so it is judged on the latest rows.`,
      },
      validation: {
        kind: 'time',
        column: time.name,
        folds,
        reason: foldReason(folds, 'each part is judged by a model trained only on earlier rows'),
      },
    };
  }
  const groupNote = group ? ` There are too few groups of "${group.name}" (${group.groups}) to keep whole groups aside.` : '';
  const timeNote = time ? ` There are too few different times in "${time.name}" (${time.distinct}) to split by time.` : '';
  if (task.kind !== 'regression') {
    const present = facts.classCounts.filter((c) => c > 1);
    const rarest = present.length > 0 ? Math.min(...present) : 0;
    if (rarest < folds * 2 && folds > 2) folds = Math.max(2, Math.min(folds, rarest));
    return {
      holdout: {
        kind: 'stratified',
        fraction,
        reason: `${share} of the rows are kept aside at random, with the same mix of classes as the rest.${groupNote}${timeNote}`,
      },
      validation: { kind: 'stratified', folds, reason: foldReason(folds, 'each with the same mix of classes') },
    };
  }
  const kind = rows < 2000 ? 'stratified' : 'random';
  return {
    holdout: {
      kind,
      fraction,
      reason: `${share} of the rows are kept aside at random${kind === 'stratified' ? ', with low and high targets in the same mix as the rest' : ''}.${groupNote}${timeNote}`,
    },
    validation: {
      kind,
      folds,
      reason: foldReason(folds, kind === 'stratified' ? 'each with the same mix of low and high targets' : 'at random'),
    },
  };
}

function foldReason(folds: number, how: string): string {
  if (folds === 1) return `There are many rows, so one part of the training rows suffices to choose the model (${how}).`;
  return `The training rows are split in ${folds} parts (${how}); every model is judged on each part after training on others, so that luck in one split does not decide.`;
}
