import type { Fields } from '../fields.js';
import type { BoundStep, StepData, StepKind } from '../step.js';
import { categoryOf, levelIndex, matchLevels, newNumeric, replaceColumns } from './columns.js';

/** Adds, beside each category, the share of training rows at its level; missing stays missing. */
export interface CategoryFrequencyStep extends StepData {
  readonly kind: 'category-frequency';
  readonly columns: readonly {
    readonly name: string;
    readonly output: string;
    readonly levels: readonly string[];
    /** Share of the training rows at each level. */
    readonly shares: readonly number[];
    /** The share given to every other level. */
    readonly rest: number;
  }[];
}

export const categoryFrequency: StepKind<CategoryFrequencyStep> = {
  read: (fields: Fields): CategoryFrequencyStep => ({
    kind: 'category-frequency',
    columns: fields.list('columns', (f) => ({
      name: f.text('name'),
      output: f.text('output'),
      levels: f.texts('levels'),
      shares: f.numbers('shares', f.texts('levels').length),
      rest: f.number('rest'),
    })),
  }),
  bind(step, input): BoundStep {
    const parts = step.columns.map(({ name, output, levels, shares, rest }) => ({
      from: categoryOf(input, name),
      to: newNumeric(output, input.rows),
      index: levelIndex(levels),
      match: new Int32Array(0) as Int32Array,
      shares,
      rest,
    }));
    const run = (): void => {
      for (const part of parts) {
        part.match = matchLevels(part.from, part.index, part.match);
        const { shares, rest, match } = part;
        const source = part.from.codes;
        const target = part.to.values;
        for (let i = 0; i < source.length; i++) {
          const code = source[i] as number;
          const place = code < 0 ? -1 : (match[code] as number);
          target[i] = code < 0 ? Number.NaN : place < 0 ? rest : (shares[place] as number);
        }
      }
    };
    return { table: replaceColumns(input, new Map(parts.map((p) => [p.from.name, [p.from, p.to]]))), run };
  },
};
