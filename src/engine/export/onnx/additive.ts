import { type AdditiveColumn, type AdditiveModel, side } from '../../../model/additive.js';
import type { Frame } from './frame.js';
import { type Graph, INT64 } from './graph.js';
import { type Child, TreeNodes } from './tree-nodes.js';

/** Sums of a generalised additive model before its link: rows × outputs. Trees find the bins; scores are looked up. */
export function exportAdditive({ columns, pairs, intercept }: AdditiveModel, frame: Frame): string {
  const { graph } = frame;
  const outputs = intercept.length;
  if (columns.length === 0) return frame.filled(graph.doubles(intercept));
  const bins = binsOf(columns, frame);
  const lookUp = (tables: readonly { scores: Float64Array; cells: number }[], places: string): string => {
    const table = joinTables(tables, outputs);
    const values = graph.op('Gather', [graph.doubles(table, [table.length / outputs, outputs]), places], { axis: 0 });
    return graph.op('ReduceSum', [values, graph.ints([1])], { keepdims: 0 });
  };
  const own = columns.map(({ scores, cells }) => ({ scores, cells: cells.length }));
  let sum = graph.op('Add', [
    graph.doubles(intercept),
    lookUp(
      own,
      shifted(
        graph,
        bins,
        own.map((c) => c.cells),
      ),
    ),
  ]);
  if (pairs.length > 0) {
    const cells = graph.op(
      'Gather',
      [
        graph.ints(columns.flatMap((c) => [...c.cells])),
        shifted(
          graph,
          bins,
          own.map((c) => c.cells),
        ),
      ],
      { axis: 0 },
    );
    const along = (which: 'first' | 'second'): string => graph.op('Gather', [cells, graph.ints(pairs.map((p) => p[which]))], { axis: 1 });
    const widths = pairs.map((p) => side(columns[p.second] as AdditiveColumn));
    const grid = graph.op('Add', [graph.op('Mul', [along('first'), graph.ints(widths, [1, widths.length])]), along('second')]);
    const grids = pairs.map(({ scores }) => ({ scores, cells: scores.length }));
    sum = graph.op('Add', [
      sum,
      lookUp(
        grids,
        shifted(
          graph,
          grid,
          pairs.map((p) => p.scores.length),
        ),
      ),
    ]);
  }
  return sum;
}

/** Scores of tables one after the other, row-major cells × outputs. */
function joinTables(tables: readonly { scores: Float64Array; cells: number }[], outputs: number): Float64Array {
  return Float64Array.from(
    tables.flatMap(({ scores, cells }) =>
      Array.from({ length: cells * outputs }, (_, i) => scores[(i % outputs) * cells + Math.floor(i / outputs)] as number),
    ),
  );
}

/** Places in tables that lie one after the other, from places in each. */
function shifted(graph: Graph, places: string, sizes: readonly number[]): string {
  let begin = 0;
  const offsets = sizes.map((size) => {
    const at = begin;
    begin += size;
    return at;
  });
  return graph.op('Add', [places, graph.ints(offsets, [1, offsets.length])]);
}

/** The bin of every column: rows × columns, int64. */
function binsOf(columns: readonly AdditiveColumn[], frame: Frame): string {
  const { graph } = frame;
  const numeric = columns.filter((c) => c.bounds);
  const nodes = new TreeNodes();
  numeric.forEach(({ bounds }, column) => {
    const search = (low: number, high: number): Child => {
      if (low === high) return nodes.leaf(column, low + 1);
      const middle = (low + high) >> 1;
      const node = nodes.node(column, (bounds as Float64Array)[middle] as number, false);
      nodes.children(node, search(low, middle), search(middle + 1, high));
      return { node };
    };
    nodes.root(search(0, (bounds as Float64Array).length));
  });
  const parts: string[] = [];
  const order: AdditiveColumn[] = [...numeric];
  if (numeric.length > 0) {
    const x = frame.matrix(numeric.map((c) => c.name));
    const found = graph.op('Cast', [nodes.finish(graph, x, numeric.length)], { to: INT64 });
    parts.push(graph.op('Where', [graph.op('IsNaN', [x]), graph.ints([0], [1, 1]), found]));
  }
  for (const column of columns) {
    if (!column.binOf) continue;
    order.push(column);
    const places = frame.codes(column.name);
    const levels = frame.category(column.name).levels?.length ?? 0;
    const bins = Array.from({ length: levels }, (_, code) => column.binOf?.[code] ?? 0);
    parts.push(graph.op('Gather', [graph.ints([0, 0, ...bins]), places], { axis: 0 }));
  }
  const joined = parts.length === 1 ? (parts[0] as string) : graph.op('Concat', parts, { axis: 1 });
  const places = columns.map((column) => order.indexOf(column));
  return places.every((place, i) => place === i) ? joined : graph.op('Gather', [joined, graph.ints(places)], { axis: 1 });
}
