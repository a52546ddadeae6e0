import type { ColumnSchema } from '../../../core/schema.js';
import { outputCount } from '../../../core/schema.js';
import type { Bundle } from '../../../model/bundle.js';
import { Frame } from './frame.js';
import { type Edge, Graph, INT64 } from './graph.js';
import { exportModel } from './models.js';
import { RawColumns } from './raw-columns.js';
import { exportRecipe } from './steps.js';

/** An input of an exported model. */
export interface OnnxInput {
  /** Its name in the graph: that of the column, unless it is taken. */
  readonly name: string;
  readonly column: string;
  readonly type: ColumnSchema['type'];
  /** `double`: numbers, 0 or 1, or milliseconds since 1970 (UTC), NaN for missing; `string`: text, empty for missing. Rows × 1. */
  readonly tensor: 'double' | 'string';
}

export interface OnnxExport {
  readonly bytes: Uint8Array;
  readonly inputs: readonly OnnxInput[];
  /** `label` and `probabilities`, or `variable`. */
  readonly outputs: readonly string[];
}

/**
 * Writes a bundle as one ONNX model (ai.onnx 20, ai.onnx.ml 5): preparation, models and their mean, in doubles throughout. Inputs are the raw columns that
 * are read, each rows × 1; outputs are, as skl2onnx names them, `label` (text) and `probabilities`, or `variable` (rows × 1) for numbers.
 * @throws MillwrightError `ONNX_INEXPRESSIBLE` when the model does what ONNX has no operators for
 * @example toOnnx(bundle).bytes
 */
export function toOnnx(bundle: Bundle): OnnxExport {
  const { schema, task, lineage } = bundle;
  const outputs: Edge[] =
    task.kind === 'regression'
      ? [{ name: 'variable', type: 'double', columns: 1 }]
      : [
          { name: 'label', type: 'string' },
          { name: 'probabilities', type: 'double', columns: outputCount(task) },
        ];
  let prefix = '_';
  while (schema.columns.some((c) => c.name.startsWith(prefix))) prefix += '_';
  const graph = new Graph(prefix);
  const raw = new RawColumns(graph, schema, new Set(outputs.map((o) => o.name)));
  const frame = new Frame(graph, raw, () => raw.any() ?? '');
  const said = exportModel(bundle.model, exportRecipe(bundle.recipe, frame));
  if (task.kind === 'regression') graph.opInto(['variable'], 'Identity', [said]);
  else {
    graph.opInto(['probabilities'], 'Identity', [said]);
    graph.opInto(['label'], 'Gather', [
      graph.constant({ type: 'string', shape: [task.classes.length], values: task.classes }),
      called(bundle, graph, said),
    ]);
  }
  raw.finish();
  const inputs = raw.inputs;
  const told = inputs.map(
    ({ column, edge }): OnnxInput => ({ name: edge.name, column: column.name, type: column.type, tensor: edge.type }),
  );
  const properties = new Map([
    ['columns', JSON.stringify(told)],
    ['task', task.kind],
    ['target', task.target],
    ['data_sha256', lineage.dataHash],
  ]);
  if (task.kind !== 'regression') properties.set('classes', JSON.stringify(task.classes));
  const bytes = graph.finish({
    version: lineage.millwright,
    doc: `Predicts ${task.target}. Missing cells are NaN or empty text; dates are milliseconds since 1970, UTC.`,
    inputs: inputs.map((i) => i.edge),
    outputs,
    properties,
  });
  return { bytes, inputs: told, outputs: outputs.map((o) => o.name) };
}

/** The place of the class called for each row, as `calledClass` chooses it. */
function called({ task, threshold = 0.5, costs }: Bundle, graph: Graph, probabilities: string): string {
  const first = { axis: 1, keepdims: 0, select_last_index: 0 };
  if (task.kind === 'binary') {
    const second = graph.op('Gather', [probabilities, graph.ints([1], [])], { axis: 1 });
    return graph.op('Cast', [graph.op('GreaterOrEqual', [second, graph.number(threshold)])], { to: INT64 });
  }
  if (!costs) return graph.op('ArgMax', [probabilities], first);
  return graph.op('ArgMin', [graph.op('MatMul', [probabilities, graph.doubles(costs.flat(), [costs.length, costs.length])])], first);
}
