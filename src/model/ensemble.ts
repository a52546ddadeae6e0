import type { Table } from '../core/table.js';
import { addWeighted, type Combination, finishWeighted } from './combine.js';
import { Fields, unreadable } from './fields.js';
import type { Blobs, Model } from './model.js';
import { applyRecipe, bindRecipe, parseRecipe } from './recipe.js';
import type { BoundStep, StepData } from './step.js';

export interface Member {
  readonly model: Model;
  /** Above 0. */
  readonly weight: number;
}

/** Models that read what one recipe prepares. */
export interface Branch {
  readonly recipe: StepData[];
  readonly members: readonly Member[];
}

/** A correction of the logarithms of probabilities: times `scale`, and `shift` a class (none: 0) added, before they sum to 1 again. */
export interface Calibration {
  /** Above 0. */
  readonly scale: number;
  readonly shift: readonly number[];
}

const mostBranches = 1000;

/**
 * A weighted mean of models (of numbers, or of log-probabilities), each branch with its own preparation from the table given.
 * @example new EnsembleModel('number', 1, [{ recipe: [], members: [{ model, weight: 1 }] }]).predict(table)
 */
export class EnsembleModel implements Model {
  readonly kind = 'ensemble';
  /** Recipes take what they need from the raw table, and an absent column is all missing. */
  readonly inputs: readonly string[] = [];
  readonly #total: number;
  /** A scorer hands in the same one-row table again and again. */
  #oneRow: { readonly table: Table; readonly bound: BoundStep[] } | undefined;

  /** @param outputs numbers a row: 1, or one a class */
  constructor(
    readonly how: Combination,
    readonly outputs: number,
    readonly branches: readonly Branch[],
    readonly calibration?: Calibration,
  ) {
    let total = 0;
    for (const { members } of branches) for (const { weight } of members) total += weight;
    this.#total = total;
  }

  predict(table: Table): Float64Array {
    const sums = new Float64Array(table.rows * this.outputs);
    const bound = table.rows === 1 ? this.#bind(table) : undefined;
    this.branches.forEach(({ recipe, members }, b) => {
      const prepared = bound ? run(bound[b] as BoundStep) : applyRecipe(recipe, table);
      for (const { model, weight } of members) addWeighted(this.how, sums, model.predict(prepared), weight);
    });
    const { calibration, outputs } = this;
    if (!calibration) return finishWeighted(this.how, sums, this.#total, outputs);
    const { scale, shift } = calibration;
    for (let i = 0; i < sums.length; i++) sums[i] = (scale / this.#total) * (sums[i] as number) + (shift[i % outputs] ?? 0);
    return finishWeighted(this.how, sums, 1, outputs);
  }

  #bind(table: Table): BoundStep[] {
    if (this.#oneRow?.table !== table) this.#oneRow = { table, bound: this.branches.map(({ recipe }) => bindRecipe(recipe, table)) };
    return this.#oneRow.bound;
  }

  encode(): { head: Record<string, unknown>; blobs: Blobs } {
    const blobs: Blobs = {};
    const branches = this.branches.map(({ recipe, members }, b) => ({
      recipe,
      members: members.map(({ model, weight }, m) => {
        const part = model.encode();
        for (const [name, blob] of Object.entries(part.blobs)) blobs[`${b}.${m}.${name}`] = blob;
        return { weight, head: { ...part.head, kind: model.kind } };
      }),
    }));
    return { head: { kind: this.kind, how: this.how, outputs: this.outputs, branches, calibration: this.calibration }, blobs };
  }

  /**
   * @param decode reads a member; an ensemble is never one
   * @throws MillwrightError `BUNDLE_UNREADABLE`
   */
  static decode(
    head: Record<string, unknown>,
    blobs: Blobs,
    decode: (head: Record<string, unknown>, blobs: Blobs) => Model,
  ): EnsembleModel {
    const fields = new Fields(head, 'ensemble');
    const how = fields.choice('how', ['number', 'probability']);
    const outputs = fields.whole('outputs', how === 'number' ? 1 : 2, how === 'number' ? 1 : 100_000);
    const parts = new Map<string, Blobs>();
    for (const [name, blob] of Object.entries(blobs)) {
      const [, member, own] = /^(\d+\.\d+)\.([A-Za-z]\w*)$/.exec(name) ?? [];
      if (member === undefined || own === undefined) throw unreadable(`The ensemble has a part of unknown name "${name}".`);
      const part = parts.get(member) ?? {};
      part[own] = blob;
      parts.set(member, part);
    }
    const branches = fields.list('branches', (branch, b) => ({
      recipe: parseRecipe(branch.raw('recipe')),
      members: branch.list('members', (member, m) => {
        const weight = member.number('weight');
        const own = member.raw('head');
        if (!(weight > 0)) throw unreadable('A weight of the ensemble is not above 0.');
        if (new Fields(own, 'member').text('kind') === 'ensemble') throw unreadable('An ensemble is a member of an ensemble.');
        return { weight, model: decode(own as Record<string, unknown>, parts.get(`${b}.${m}`) ?? {}) };
      }),
    }));
    if (branches.length === 0 || branches.length > mostBranches || branches.some((b) => b.members.length === 0))
      throw unreadable('The ensemble has no members.');
    return new EnsembleModel(how, outputs, branches, fields.has('calibration') ? readCalibration(fields, how, outputs) : undefined);
  }
}

function readCalibration(fields: Fields, how: Combination, outputs: number): Calibration {
  const { scale, shift } = (fields.raw('calibration') ?? {}) as Calibration;
  if (
    !(how === 'probability' && scale > 0 && scale < 1e6 && Array.isArray(shift) && shift.length <= outputs && shift.every(Number.isFinite))
  )
    throw unreadable('The calibration of the ensemble is no calibration.');
  return { scale, shift };
}

function run(bound: BoundStep): Table {
  bound.run();
  return bound.table;
}
