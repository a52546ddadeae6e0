import { stringify } from 'yaml';
import type { ColumnSchema } from '../../core/schema.js';
import { inferSchema } from '../../engine/prep/infer-schema.js';
import { inferTask } from '../../engine/prep/infer-task.js';
import type { DataSource } from '../data/data-source.js';
import type { AdoptedColumn } from '../onnx/adoption.js';
import { columnNamed } from '../onnx/bind-columns.js';
import type { OnnxFile } from '../onnx/onnx-file.js';

const HEAD = `# How rows go into the model, and what its answers mean. Drafted from data: look at every line, above all at
# - classes: in the order of the model's probabilities; of two, the second is the positive one
# - codes: the number by which the model knows each category, counted from 0
# - missing: what stands for a missing cell. Take it out where the model was trained with missing cells (NaN) itself
# - typical: what explanations compare a row with
`;

/**
 * Writes down what a model and a table of its kind suggest, to be read and edited.
 * @returns YAML, as `parseAdoption` reads it
 * @throws MillwrightError `TARGET_…`, `DATA_…`
 */
export async function draftAdoption(file: OnnxFile, source: DataSource, target: string): Promise<string> {
  const samples = await source.samples();
  const schema = inferSchema(samples, { target });
  const answer = schema.columns.find((c) => c.name === target) as ColumnSchema;
  const asked = file.classes ? (file.classes.length === 2 ? 'binary' : 'multiclass') : undefined;
  const task = inferTask(answer, await source.counts(target), asked);
  const spelled = task.classes.some((c) => file.classes?.includes(c)) ? file.classes : undefined;
  const names = schema.columns.map((c) => c.name).filter((name) => name !== target);
  const tensors = new Map(file.inputs.flatMap((i) => columnNamed(i.name, names)?.map((name) => [name, i] as const) ?? []));
  const named = tensors.size > 0;
  const wanted = schema.columns.filter((c) => c.name !== target && (named ? tensors.has(c.name) : true));
  const single = file.inputs.length === 1 ? file.inputs[0] : undefined;
  const width = single?.shape?.[1] ?? -1;
  const columns: AdoptedColumn[] = [];
  for (const column of wanted) columns.push(await draftColumn(column, (tensors.get(column.name) ?? single)?.type, source));
  const notes = [
    ...(named || width === -1 || width === columns.length
      ? []
      : [`# The model takes ${width} columns; these are ${columns.length}. Leave those here that it was trained on, in its order.`]),
    ...(file.classes && !spelled
      ? [`# The model calls its classes ${JSON.stringify(file.classes.slice(0, 50))}: see that classes stands in that order.`]
      : []),
  ];
  const body = stringify(
    {
      version: 1,
      target,
      task: task.kind,
      ...(task.kind !== 'regression' && { classes: spelled ?? task.classes }),
      columns,
      ...(!named && file.inputs.length > 1 && { inputs: file.inputs.map((i) => ({ name: i.name, columns: [] })) }),
    },
    { schema: 'core', lineWidth: 0 },
  );
  return HEAD + notes.map((line) => `${line}\n`).join('') + body;
}

async function draftColumn({ name, type, stats }: ColumnSchema, tensor: string | undefined, source: DataSource): Promise<AdoptedColumn> {
  const top = stats.top[0]?.value.trim();
  // a text goes in as it is spelled, numbers too
  if (tensor === 'string') return { name, type: 'category', ...(top !== undefined && { typical: top }) };
  if (type !== 'category' && type !== 'text' && type !== 'id')
    return { name, type, missing: round(stats.mean ?? 0, tensor), ...typical(stats.mean) };
  const levels = (await source.counts(name, 1000)).map((c) => c.value.trim()).filter((v) => v !== '');
  const codes = [...new Set(levels)].sort();
  return {
    name,
    type: 'category',
    ...(codes.length > 0 && { codes }),
    missing: -1,
    ...(top !== undefined && codes.includes(top) && { typical: top }),
  };
}

const typical = (mean: number | undefined): { typical?: number } => (mean === undefined ? {} : { typical: Number(mean.toPrecision(6)) });

function round(mean: number, tensor: string | undefined): number {
  return tensor === 'int64' || tensor === 'int32' || tensor === 'bool' ? Math.round(mean) : Number(mean.toPrecision(6));
}
