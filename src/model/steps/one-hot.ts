import type { Column, NumericColumn } from '../../core/table.js';
import type { Fields } from '../fields.js';
import type { BoundStep, StepData, StepKind } from '../step.js';
import { categoryOf, levelIndex, matchLevels, newNumeric, replaceColumns } from './columns.js';

/** Replaces each category by one 0/1 column a fitted level. A cell with no column of its own is all zeros. */
export interface OneHotStep extends StepData {
  readonly kind: 'one-hot';
  readonly columns: readonly {
    readonly name: string;
    readonly levels: readonly string[];
    /** The columns made, one a level. */
    readonly outputs: readonly string[];
    /** The column that marks every other level, when training had some. */
    readonly other?: string;
    /** The column that marks missing cells, when training had some. */
    readonly missing?: string;
  }[];
}

interface Part {
  readonly from: ReturnType<typeof categoryOf>;
  readonly index: ReadonlyMap<string, number>;
  match: Int32Array;
  readonly levels: readonly NumericColumn[];
  readonly other?: NumericColumn;
  readonly missing?: NumericColumn;
  readonly all: readonly NumericColumn[];
  /** The column marked last, when there is one row: all that needs clearing before the next. */
  marked?: NumericColumn | undefined;
}

export const oneHot: StepKind<OneHotStep> = {
  read: (fields: Fields): OneHotStep => ({
    kind: 'one-hot',
    columns: fields.list('columns', (f) => ({
      name: f.text('name'),
      levels: f.texts('levels'),
      outputs: f.texts('outputs', f.texts('levels').length),
      ...(f.has('other') && { other: f.text('other') }),
      ...(f.has('missing') && { missing: f.text('missing') }),
    })),
  }),
  bind(step, input): BoundStep {
    const parts = step.columns.map(({ name, levels, outputs, other, missing }): Part => {
      const make = (output: string): NumericColumn => newNumeric(output, input.rows);
      const hot = outputs.map(make);
      const rest = other === undefined ? undefined : make(other);
      const gone = missing === undefined ? undefined : make(missing);
      const all = [...hot, rest, gone].filter((c) => c !== undefined);
      return {
        from: categoryOf(input, name),
        index: levelIndex(levels),
        match: new Int32Array(0) as Int32Array,
        levels: hot,
        other: rest,
        missing: gone,
        all,
      };
    });
    const replaced = new Map<string, readonly Column[]>(parts.map((p) => [p.from.name, p.all]));
    return { table: replaceColumns(input, replaced), run: () => parts.forEach(mark) };
  },
};

function mark(part: Part): void {
  if (part.from.codes.length !== 1) for (const column of part.all) column.values.fill(0);
  else if (part.marked) part.marked.values[0] = 0;
  part.match = matchLevels(part.from, part.index, part.match);
  const { codes } = part.from;
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] as number;
    const place = code < 0 ? -1 : (part.match[code] as number);
    const column = code < 0 ? part.missing : place < 0 ? part.other : part.levels[place];
    if (column) column.values[i] = 1;
    part.marked = column;
  }
}
