import type { HolidaysStep } from '../../../model/steps/holidays.js';
import { type Cell, type Frame, single } from './frame.js';
import { DOUBLE, INT64 } from './graph.js';

const DAY = 86_400_000;

/** Adds how instants stand to the days of a calendar: the place of a day among them is how many are not after it. */
export function holidayMeasures(
  { name, days, span, outputs }: HolidaysStep['columns'][number],
  frame: Frame,
  added: Map<string, Cell | undefined>,
): void {
  const { graph } = frame;
  const sorted = Float64Array.from(days).sort();
  const day = graph.op('Floor', [graph.op('Div', [frame.matrix([name]), graph.number(DAY)])]);
  const passed = graph.op('Cast', [graph.op('LessOrEqual', [graph.doubles(sorted), day])], { to: DOUBLE });
  const count = graph.op('MatMul', [passed, graph.doubles(new Float64Array(sorted.length).fill(1), [sorted.length, 1])]);
  const place = graph.op('Cast', [count], { to: INT64 });
  const at = (table: readonly number[]): string => graph.op('Gather', [graph.doubles(table, [table.length]), place], { axis: 0 });
  const since = graph.op('Sub', [day, at([Number.NaN, ...sorted])]);
  const onOne = graph.op('Equal', [since, graph.number(0)]);
  const [first, last] = span.map((d) => graph.number(d)) as [string, string];
  const known = graph.op('And', [graph.op('GreaterOrEqual', [day, first]), graph.op('LessOrEqual', [day, last])]);
  const measures = {
    is: () => graph.op('Cast', [onOne], { to: DOUBLE }),
    until: () => graph.op('Where', [onOne, graph.number(0), graph.op('Sub', [at([...sorted, Number.NaN]), day])]),
    since: () => since,
  };
  for (const output of outputs)
    added.set(output.name, single(graph.op('Where', [known, measures[output.measure](), graph.number(Number.NaN)])));
}
