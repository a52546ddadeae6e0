import type { NumericColumn } from '../../core/table.js';
import type { Fields } from '../fields.js';
import type { BoundStep, StepData, StepKind } from '../step.js';
import { categoryOf, levelIndex, matchLevels, newNumeric, replaceColumns } from './columns.js';

/** Adds, beside each category, what the answers of the training rows at its level were on average. */
export interface TargetEncodingStep extends StepData {
  readonly kind: 'target-encoding';
  readonly columns: readonly {
    readonly name: string;
    /** The columns made: one, or one a class. */
    readonly outputs: readonly string[];
    readonly levels: readonly string[];
    /** Level by level, one value an output. */
    readonly values: readonly number[];
    /** Given to missing cells, one an output. */
    readonly missing: readonly number[];
    /** Given to every other level, one an output. */
    readonly prior: readonly number[];
  }[];
}

export const targetEncoding: StepKind<TargetEncodingStep> = {
  read: (fields: Fields): TargetEncodingStep => ({
    kind: 'target-encoding',
    columns: fields.list('columns', (f) => {
      const outputs = f.texts('outputs');
      const levels = f.texts('levels');
      return {
        name: f.text('name'),
        outputs,
        levels,
        values: f.numbers('values', levels.length * outputs.length),
        missing: f.numbers('missing', outputs.length),
        prior: f.numbers('prior', outputs.length),
      };
    }),
  }),
  bind(step, input): BoundStep {
    const parts = step.columns.map(({ name, outputs, levels, values, missing, prior }) => ({
      from: categoryOf(input, name),
      to: outputs.map((output) => newNumeric(output, input.rows)),
      index: levelIndex(levels),
      match: new Int32Array(0) as Int32Array,
      values: Float64Array.from([...prior, ...missing, ...values]),
    }));
    const run = (): void => {
      for (const part of parts) {
        part.match = matchLevels(part.from, part.index, part.match);
        fill(part.from.codes, part.match, part.values, part.to);
      }
    };
    return { table: replaceColumns(input, new Map(parts.map((p) => [p.from.name, [p.from, ...p.to]]))), run };
  },
};

/** `values` holds the prior, what missing cells get, and the levels. */
function fill(codes: Int32Array, match: Int32Array, values: Float64Array, to: readonly NumericColumn[]): void {
  const width = to.length;
  for (let k = 0; k < width; k++) {
    const target = (to[k] as NumericColumn).values;
    for (let i = 0; i < codes.length; i++) {
      const code = codes[i] as number;
      const place = code < 0 ? 1 : (match[code] as number) < 0 ? 0 : (match[code] as number) + 2;
      target[i] = values[place * width + k] as number;
    }
  }
}
