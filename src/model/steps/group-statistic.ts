import { Table } from '../../core/table.js';
import type { Fields } from '../fields.js';
import type { BoundStep, StepData, StepKind } from '../step.js';
import { newNumeric, numericOf } from './columns.js';
import { bindKey, type Key, keyCount, readKey } from './keys.js';

/** Adds the mean of a number over the training rows of the same group, or how far the row's own number is from it. */
export interface GroupStatisticStep extends StepData {
  readonly kind: 'group-statistic';
  readonly columns: readonly {
    readonly output: string;
    readonly column: string;
    readonly by: Key;
    /** One a fitted group. */
    readonly means: readonly number[];
    /** The mean of the rows without a group, and that of all rows, for groups that were not fitted. */
    readonly missing: number;
    readonly rest: number;
    readonly difference: boolean;
  }[];
}

export const groupStatistic: StepKind<GroupStatisticStep> = {
  read: (fields: Fields): GroupStatisticStep => ({
    kind: 'group-statistic',
    columns: fields.list('columns', (f) => {
      const by = readKey(f.object('by'));
      return {
        output: f.text('output'),
        column: f.text('column'),
        by,
        means: f.numbers('means', keyCount(by)),
        missing: f.number('missing'),
        rest: f.number('rest'),
        difference: f.boolean('difference'),
      };
    }),
  }),
  bind(step, input): BoundStep {
    const parts = step.columns.map(({ output, column, by, means, missing, rest, difference }) => ({
      key: bindKey(by, input),
      own: difference ? numericOf(input, column).values : undefined,
      means: Float64Array.from([missing, rest, ...means]),
      to: newNumeric(output, input.rows),
    }));
    const run = (): void => {
      for (const { key, own, means, to } of parts) {
        key.run();
        const { values } = to;
        for (let i = 0; i < values.length; i++) {
          const mean = means[key.codes[i] as number] as number;
          values[i] = own ? (own[i] as number) - mean : mean;
        }
      }
    };
    return { table: new Table([...input.columns, ...parts.map((p) => p.to)], input.rows), run };
  },
};
