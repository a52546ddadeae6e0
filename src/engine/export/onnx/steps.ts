import type { StepData } from '../../../model/step.js';
import type { CategoryCodesStep } from '../../../model/steps/category-codes.js';
import type { CategoryFrequencyStep } from '../../../model/steps/category-frequency.js';
import type { CombineStep } from '../../../model/steps/combine.js';
import type { CrossStep } from '../../../model/steps/cross.js';
import type { DatePartsStep } from '../../../model/steps/date-parts.js';
import type { GroupStatisticStep } from '../../../model/steps/group-statistic.js';
import type { HolidaysStep } from '../../../model/steps/holidays.js';
import type { ImputeStep } from '../../../model/steps/impute.js';
import { type Key, keyCount } from '../../../model/steps/keys.js';
import type { OneHotStep } from '../../../model/steps/one-hot.js';
import type { SelectStep } from '../../../model/steps/select.js';
import type { StandardiseStep } from '../../../model/steps/standardise.js';
import type { TargetEncodingStep } from '../../../model/steps/target-encoding.js';
import type { TextScoreStep } from '../../../model/steps/text-score.js';
import type { TextStatsStep } from '../../../model/steps/text-stats.js';
import { dateParts } from './dates.js';
import { clamp, finite } from './elementwise.js';
import { type Category, type Cell, coded, Frame, single, spread, spreadLater } from './frame.js';
import { DOUBLE, type Graph, INT64 } from './graph.js';
import { holidayMeasures } from './holidays.js';
import { inexpressible } from './inexpressible.js';
import type { Letters } from './letters.js';
import { textScores } from './text-score.js';
import { textMeasures } from './text-stats.js';

type Added = Map<string, Cell | undefined>;
type AnyStep =
  | SelectStep
  | DatePartsStep
  | TextStatsStep
  | TextScoreStep
  | CategoryCodesStep
  | CategoryFrequencyStep
  | OneHotStep
  | ImputeStep
  | StandardiseStep
  | TargetEncodingStep
  | CombineStep
  | GroupStatisticStep
  | CrossStep
  | HolidaysStep;

/** Adds the operators of fitted steps to the graph. @throws MillwrightError `ONNX_INEXPRESSIBLE` */
export function exportRecipe(steps: readonly StepData[], frame: Frame): Frame {
  let current = frame;
  for (const step of steps) current = exportStep(step as AnyStep, current);
  return current;
}

function exportStep(step: AnyStep, frame: Frame): Frame {
  const { graph } = frame;
  const added: Added = new Map();
  switch (step.kind) {
    case 'select':
      return new Frame(graph, selected(step, frame), frame.anyInput);
    case 'date-parts':
      dateParts(step, frame, added);
      break;
    case 'holidays':
      for (const column of step.columns) holidayMeasures(column, frame, added);
      break;
    case 'category-codes':
      // a level that was not fitted counts as missing from here on
      for (const { name, levels } of step.columns) {
        const places = frame.category(name).place(levels);
        const other = graph.op('Equal', [places, graph.ints([1], [1, 1])]);
        added.set(name, coded(graph, levels, graph.op('Where', [other, graph.ints([0], [1, 1]), places])));
      }
      break;
    case 'category-frequency':
      for (const { name, output, levels, shares, rest } of step.columns)
        added.set(output, single(lookUp(graph, [Number.NaN, rest, ...shares], frame.category(name).place(levels))));
      break;
    case 'target-encoding':
      for (const column of step.columns) targetEncoding(column, frame, added);
      break;
    case 'one-hot':
      for (const column of step.columns) oneHot(column, frame, added);
      break;
    case 'impute':
      impute(step, frame, added);
      break;
    case 'standardise':
      standardise(step, frame, added);
      break;
    case 'combine':
      for (const operation of new Set(step.columns.map((c) => c.operation)))
        combine(
          operation,
          step.columns.filter((c) => c.operation === operation),
          frame,
          added,
        );
      break;
    case 'group-statistic':
      for (const { output, column, by, means, missing, rest, difference } of step.columns) {
        const mean = lookUp(graph, [missing, rest, ...means], placeOf(by, frame));
        added.set(output, single(difference ? graph.op('Sub', [frame.matrix([column]), mean]) : mean));
      }
      break;
    case 'cross':
      for (const { output, left, right, pairs, levels } of step.columns) {
        const width = graph.ints([keyCount(right) + 2], [1, 1]);
        const pair = graph.op('Add', [graph.op('Mul', [placeOf(left, frame), width]), placeOf(right, frame)]);
        const places = graph.op('LabelEncoder', [pair], {
          keys_int64s: Int32Array.from(pairs),
          values_int64s: Int32Array.from(pairs, (_, i) => i + 2),
          default_int64: 0,
        });
        added.set(output, coded(graph, levels, places));
      }
      break;
    case 'text-stats':
      for (const column of step.columns) {
        const text = frame.category(column.name);
        const make = (): string => textMeasures(graph, lettersOf(text, column.name), missingIn(text, graph), column);
        const names = [...column.stats, ...column.words].map((o) => o.name);
        added.set(column.name, undefined);
        for (const [name, cell] of spreadLater(make, names)) added.set(name, cell);
      }
      break;
    case 'text-score':
      for (const column of step.columns) {
        const text = frame.category(column.name);
        const make = (): string => {
          const letters = lettersOf(text, column.name);
          const gone = graph.op('Or', [missingIn(text, graph), letters.unknown]);
          return graph.op('Where', [gone, graph.number(Number.NaN), textScores(graph, letters, column)]);
        };
        for (const [name, cell] of spreadLater(make, column.outputs)) added.set(name, cell);
      }
      break;
  }
  return frame.with(added);
}

function selected(step: SelectStep, frame: Frame): { get(name: string): Cell | undefined } {
  const types = new Map(step.columns.map((c) => [c.name, c.type]));
  return {
    get(name) {
      const type = types.get(name);
      return type === undefined ? undefined : type === 'numeric' ? frame.numeric(name) : frame.category(name);
    },
  };
}

/** A value a place: `table` holds that of missing, of others, and of the fitted ones. */
function lookUp(graph: Graph, table: readonly number[], places: string): string {
  return graph.op('Gather', [graph.doubles(table, [table.length]), places], { axis: 0 });
}

/** As `BoundKey` numbers its groups. */
function placeOf(key: Key, frame: Frame): string {
  const { graph } = frame;
  if (!key.values) return frame.category(key.name).place(key.levels ?? []);
  const x = frame.matrix([key.name]);
  const same = graph.op('Cast', [graph.op('Equal', [x, graph.doubles(key.values)])], { to: DOUBLE });
  const weights = graph.doubles(
    key.values.map((_, i) => i + 1),
    [key.values.length, 1],
  );
  const place = graph.op('Add', [graph.op('MatMul', [same, weights]), graph.number(1)]);
  return graph.op('Cast', [graph.op('Where', [graph.op('IsNaN', [x]), graph.number(0), place])], { to: INT64 });
}

function targetEncoding(column: TargetEncodingStep['columns'][number], frame: Frame, added: Added): void {
  const { graph } = frame;
  const { name, outputs, levels, values, missing, prior } = column;
  const table = graph.doubles([...missing, ...prior, ...values], [levels.length + 2, outputs.length]);
  const row = graph.op('Reshape', [frame.category(name).place(levels), graph.ints([-1])]);
  const made = graph.op('Gather', [table, row], { axis: 0 });
  for (const [output, cell] of spread(made, outputs)) added.set(output, cell);
}

function oneHot({ name, levels, outputs, other, missing }: OneHotStep['columns'][number], frame: Frame, added: Added): void {
  const { graph } = frame;
  const hot: [string, number][] = outputs.map((output, i) => [output, i + 2]);
  if (other !== undefined) hot.push([other, 1]);
  if (missing !== undefined) hot.push([missing, 0]);
  added.set(name, undefined);
  if (hot.length === 0) return;
  const places = graph.ints(
    hot.map(([, place]) => place),
    [1, hot.length],
  );
  const made = graph.op('Cast', [graph.op('Equal', [frame.category(name).place(levels), places])], { to: DOUBLE });
  for (const [output, cell] of spread(
    made,
    hot.map(([output]) => output),
  ))
    added.set(output, cell);
}

function impute({ columns }: ImputeStep, frame: Frame, added: Added): void {
  if (columns.length === 0) return;
  const { graph } = frame;
  const names = columns.map((c) => c.name);
  const x = frame.matrix(names);
  const present = finite(graph, x);
  const filled = graph.op('Where', [present, x, graph.doubles(columns.map((c) => c.value))]);
  for (const [name, cell] of spread(filled, names)) added.set(name, cell);
  if (columns.every((c) => c.indicator === undefined)) return;
  const marks = graph.op('Cast', [graph.op('Not', [present])], { to: DOUBLE });
  columns.forEach(({ indicator }, at) => {
    if (indicator !== undefined) added.set(indicator, { kind: 'numeric', tensor: marks, at, width: columns.length });
  });
}

function standardise({ columns }: StandardiseStep, frame: Frame, added: Added): void {
  if (columns.length === 0) return;
  const { graph } = frame;
  const names = columns.map((c) => c.name);
  const row = (of: 'low' | 'high' | 'mean' | 'scale'): string => graph.doubles(columns.map((c) => c[of]));
  const clamped = clamp(graph, frame.matrix(names), row('low'), row('high'));
  const made = graph.op('Div', [graph.op('Sub', [clamped, row('mean')]), row('scale')]);
  for (const [name, cell] of spread(made, names)) added.set(name, cell);
}

const OPERATORS = { sum: 'Add', difference: 'Sub', product: 'Mul', ratio: 'Div', days: 'Sub' } as const;
const DAY = 86_400_000;

function combine(operation: keyof typeof OPERATORS, columns: CombineStep['columns'], frame: Frame, added: Added): void {
  const { graph } = frame;
  const [left, right] = [frame.matrix(columns.map((c) => c.left)), frame.matrix(columns.map((c) => c.right))];
  let made = graph.op(OPERATORS[operation], [left, right]);
  if (operation === 'days') made = graph.op('Div', [made, graph.number(DAY)]);
  const whole = graph.op('Where', [finite(graph, made), made, graph.number(Number.NaN)]);
  for (const [name, cell] of spread(
    whole,
    columns.map((c) => c.output),
  ))
    added.set(name, cell);
}

function lettersOf(text: Category, name: string): Letters {
  if (text.letters) return text.letters();
  throw inexpressible(`it reads "${name}" letter by letter after its levels were numbered`, 'Train the model again with this version.');
}

/** rows × 1: whether a text is missing. */
function missingIn(text: Category, graph: Graph): string {
  return graph.op('Equal', [text.place([]), graph.ints([0], [1, 1])]);
}
