import type { CategoryColumn } from '../../core/table.js';
import type { Fields } from '../fields.js';
import type { BoundStep, StepData, StepKind } from '../step.js';
import { categoryOf, levelIndex, matchLevels, newCategory, replaceColumns } from './columns.js';

/** Gives categories the codes of the fitted dictionary, so that codes mean the same in every table; other levels become missing. */
export interface CategoryCodesStep extends StepData {
  readonly kind: 'category-codes';
  readonly columns: readonly { readonly name: string; readonly levels: readonly string[] }[];
}

export const categoryCodes: StepKind<CategoryCodesStep> = {
  read: (fields: Fields): CategoryCodesStep => ({
    kind: 'category-codes',
    columns: fields.list('columns', (f) => ({ name: f.text('name'), levels: f.texts('levels') })),
  }),
  bind(step, input): BoundStep {
    const parts = step.columns.map(({ name, levels }) => ({
      from: categoryOf(input, name),
      to: newCategory(name, input.rows, levels),
      index: levelIndex(levels),
      match: new Int32Array(0) as Int32Array,
    }));
    const run = (): void => {
      for (const part of parts) {
        part.match = matchLevels(part.from, part.index, part.match);
        recode(part.from, part.match, part.to);
      }
    };
    return { table: replaceColumns(input, new Map(parts.map((p) => [p.to.name, [p.to]]))), run };
  },
};

function recode(from: CategoryColumn, match: Int32Array, to: CategoryColumn): void {
  const source = from.codes;
  const target = to.codes;
  for (let i = 0; i < source.length; i++) {
    const code = source[i] as number;
    target[i] = code < 0 ? -1 : (match[code] as number);
  }
}
