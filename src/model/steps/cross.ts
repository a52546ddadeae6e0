import { Table } from '../../core/table.js';
import type { Fields } from '../fields.js';
import { unreadable } from '../fields.js';
import type { BoundStep, StepData, StepKind } from '../step.js';
import { newCategory } from './columns.js';
import { bindKey, type Key, keyCount, readKey } from './keys.js';

/** Adds a category for each pair of groups: one level a fitted pair, missing for all others. */
export interface CrossStep extends StepData {
  readonly kind: 'cross';
  readonly columns: readonly {
    readonly output: string;
    readonly left: Key;
    readonly right: Key;
    /** Fitted pairs, each as left · (groups of right + 2) + right, groups as `BoundKey` numbers them. */
    readonly pairs: readonly number[];
    /** One level a pair. */
    readonly levels: readonly string[];
  }[];
}

export const cross: StepKind<CrossStep> = {
  read: (fields: Fields): CrossStep => ({
    kind: 'cross',
    columns: fields.list('columns', (f) => {
      const levels = f.texts('levels');
      const pairs = f.numbers('pairs', levels.length);
      if (new Set(levels).size < levels.length) throw unreadable(`${f.where}.levels has a level twice.`);
      return { output: f.text('output'), left: readKey(f.object('left')), right: readKey(f.object('right')), pairs, levels };
    }),
  }),
  bind(step, input): BoundStep {
    const parts = step.columns.map(({ output, left, right, pairs, levels }) => ({
      left: bindKey(left, input),
      right: bindKey(right, input),
      width: keyCount(right) + 2,
      place: new Map(pairs.map((pair, i) => [pair, i])),
      to: newCategory(output, input.rows, levels),
    }));
    const run = (): void => {
      for (const { left, right, width, place, to } of parts) {
        left.run();
        right.run();
        for (let i = 0; i < to.codes.length; i++)
          to.codes[i] = place.get((left.codes[i] as number) * width + (right.codes[i] as number)) ?? -1;
      }
    };
    return { table: new Table([...input.columns, ...parts.map((p) => p.to)], input.rows), run };
  },
};
