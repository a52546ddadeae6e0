import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import type { ColumnSchema, Schema, Task } from '../../core/schema.js';
import type { Estimate } from '../../engine/automl/result.js';
import { inferSchema } from '../../engine/prep/infer-schema.js';
import { withTask } from '../../engine/prep/infer-task.js';
import type { Bundle } from '../../model/bundle.js';
import { encodeBundle } from '../../model/bundle-file.js';
import { isNumericType } from '../../model/parse-cell.js';
import { predict } from '../../model/predict.js';
import type { StepData } from '../../model/step.js';
import type { CategoryCodesStep } from '../../model/steps/category-codes.js';
import type { SelectStep } from '../../model/steps/select.js';
import { emptyReport, tableFromRows } from '../../model/table-from-rows.js';
import type { DataSource } from '../data/data-source.js';
import { openSource } from '../data/open-source.js';
import { type AdoptedColumn, type Adoption, parseAdoption } from '../onnx/adoption.js';
import { bindColumns, codedLevels } from '../onnx/bind-columns.js';
import { type OnnxFile, readOnnx, unusable } from '../onnx/onnx-file.js';
import { OnnxModel } from '../onnx/onnx-model.js';
import { draftAdoption } from './adopt-draft.js';
import { measureSample } from './adopt-measure.js';
import { writeWhole } from './atomic-file.js';
import type { CommandContext } from './context.js';
import { duckShare } from './duck-share.js';
import { parseInput } from './options.js';
import { spareInputs } from './spare-inputs.js';
import { packageVersion } from './version.js';

const input = z.object({
  model: z.string(),
  schema: z.string().optional(),
  sample: z.string().optional(),
  draftSchema: z.string().optional(),
  target: z.string().optional(),
  out: z.string().min(1).optional(),
});

/** Bytes of an ONNX file: a bundle unpacks to 512 MiB at most. */
const LARGEST = 400 * 2 ** 20;
/** Rows of a sample that are read. */
const SAMPLE_ROWS = 100_000;

/** What adopting a model came to. */
export interface AdoptSummary {
  /** Absent when a draft went to standard output. */
  out?: string;
  /** The text of a drafted schema. */
  draft?: string;
  task?: string;
  target?: string;
  columns?: number;
  /** Rows of the sample. */
  rows?: number;
  metric?: string;
  scores?: Record<string, Estimate>;
}

/**
 * Makes a bundle of an ONNX model that was trained elsewhere, with a schema that a person wrote or edited; or drafts that schema from data.
 * @throws MillwrightError `USAGE`, `ADOPTION_INVALID`, `ONNX_UNUSABLE`, `RUNTIME_MISSING`, `MODEL_FAILED`, `DATA_…`, `OUTPUT_FAILED`
 */
export async function adoptCommand(options: unknown, context: CommandContext): Promise<AdoptSummary> {
  const asked = parseInput(input, options);
  const given = [asked.sample, asked.draftSchema, asked.schema].filter((p): p is string => p !== undefined);
  if (asked.out !== undefined) await spareInputs(asked.out, given, asked.model);
  const file = readOnnx(await onnxBytes(asked.model));
  if (asked.draftSchema !== undefined) {
    if (asked.target === undefined)
      throw new MillwrightError('USAGE', 'A draft needs to know which column the model predicts.', 'Name it with --target.');
    const source = await openSource({ from: [asked.draftSchema] }, { ...duckShare(), signal: context.signal });
    try {
      const draft = await draftAdoption(file, source, asked.target);
      if (asked.out !== undefined) await writeWhole(asked.out, draft);
      return { draft, ...(asked.out !== undefined && { out: asked.out }) };
    } finally {
      await source.close();
    }
  }
  if (asked.schema === undefined)
    throw new MillwrightError(
      'USAGE',
      'No schema was named.',
      'Name one with --schema, or let --draft-schema data.csv --target col write one to edit.',
    );
  if (asked.out === undefined) throw new MillwrightError('USAGE', 'No file was named for the bundle.', 'Name one with -o.');
  const adoption = parseAdoption(await schemaText(asked.schema), asked.schema);
  const source =
    asked.sample === undefined ? undefined : await openSource({ from: [asked.sample] }, { ...duckShare(), signal: context.signal });
  try {
    const bundle = await adopt(file, adoption, source);
    const bytes = await encodeBundle(bundle);
    await writeWhole(asked.out, bytes);
    const told = bundle.metrics as { metric?: string; holdout?: Record<string, Estimate> };
    return {
      out: asked.out,
      task: adoption.task,
      target: adoption.target,
      columns: adoption.columns.length,
      rows: bundle.lineage.rows,
      ...(told.holdout && { metric: told.metric, scores: told.holdout }),
    };
  } finally {
    await source?.close();
  }
}

/** Binds, tries and measures a model. */
async function adopt(file: OnnxFile, adoption: Adoption, source: DataSource | undefined): Promise<Bundle> {
  const head = bindColumns(file, adoption);
  const task: Task = {
    kind: adoption.task,
    target: adoption.target,
    classes: adoption.classes,
    reason: 'As the schema says: the model was trained elsewhere.',
  };
  const schema = withTypical(withTask(await schemaOf(adoption, source), task), adoption);
  const onnx = { sha256: createHash('sha256').update(file.bytes).digest('hex'), producer: file.producer.slice(0, 200) };
  const bundle: Bundle = {
    schema,
    task,
    recipe: recipeOf(adoption),
    model: new OnnxModel(head, file.bytes),
    metrics: {},
    ...(adoption.threshold !== undefined && { threshold: adoption.threshold }),
    lineage: { millwright: packageVersion(), dataHash: source?.hash ?? '', rows: 0, seed: 0, plan: { adopted: onnx } },
  };
  probe(bundle);
  const found = [
    {
      code: 'trained-elsewhere',
      message: 'The model was trained elsewhere: which rows it has seen, and whether any column knows the answer, is not known.',
    },
  ];
  bundle.metrics = { warnings: found };
  if (!source) return bundle;
  const table = await source.read(schema, { maxRows: SAMPLE_ROWS, seed: 0 });
  bundle.lineage.rows = table.rows;
  predict(bundle, table);
  if (source.columns.includes(adoption.target)) bundle.metrics = { ...(await measureSample(bundle, table)), warnings: found };
  return bundle;
}

/** What each cell becomes before it goes into a tensor: categories with codes get the places of a dictionary. */
function recipeOf({ columns }: Adoption): StepData[] {
  const select: SelectStep = {
    kind: 'select',
    columns: columns.map((c) => ({ name: c.name, type: isNumericType(c.type) ? 'numeric' : 'category' })),
  };
  const coded = columns.filter((c) => c.codes).map((c) => ({ name: c.name, levels: codedLevels(c) }));
  const codes: CategoryCodesStep = { kind: 'category-codes', columns: coded };
  return coded.length > 0 ? [select, codes] : [select];
}

/** A typical row and one with nothing in it, so that what a model cannot answer shows now and not when it serves. */
function probe(bundle: Bundle): void {
  const columns = bundle.schema.columns.filter((c) => c.use === 'feature');
  const typical = Object.fromEntries(columns.map((c) => [c.name, c.stats.mean ?? c.stats.top[0]?.value]));
  const absent = Object.fromEntries(columns.map((c) => [c.name, null]));
  predict(bundle, tableFromRows(bundle.schema, [typical, absent], emptyReport()));
}

async function schemaOf(adoption: Adoption, source: DataSource | undefined): Promise<Schema> {
  const target = plainColumn({ name: adoption.target, type: adoption.task === 'regression' ? 'number' : 'category' }, 'target');
  if (!source) return { columns: [...adoption.columns.map((c) => plainColumn(c, 'feature')), target] };
  const present = new Set(source.columns);
  const overrides = new Map(adoption.columns.map((c) => [c.name, c.type] as const));
  for (const { name } of adoption.columns)
    if (!present.has(name)) throw new MillwrightError('COLUMN_NOT_FOUND', `The sample has no column "${name}", which the model reads.`);
  const found = new Map(inferSchema(await source.samples(), { overrides }).columns.map((c) => [c.name, c]));
  const reason = 'As the schema of the model says.';
  return {
    columns: [
      ...adoption.columns.map((c): ColumnSchema => {
        const column = found.get(c.name) as ColumnSchema;
        return { ...column, use: 'feature', reason, missing: missingOf(c, column) };
      }),
      { ...(found.get(adoption.target) ?? target), use: 'target', reason: 'What the model predicts.' },
    ],
  };
}

/** What the model knows as a category is not missing, though a cell such as "?" looks like it. */
function missingOf(asked: AdoptedColumn, { missing }: ColumnSchema): string[] {
  const words = asked.type === 'category' || asked.type === 'text';
  const known = new Set(codedLevels(asked).map((level) => level.toLowerCase()));
  if (words && !asked.codes && asked.missing === undefined) return [];
  return missing.filter((token) => !known.has(token));
}

function plainColumn({ name, type }: Pick<AdoptedColumn, 'name' | 'type'>, use: 'feature' | 'target'): ColumnSchema {
  const reason = use === 'target' ? 'What the model predicts.' : 'As the schema of the model says.';
  return { name, type, use, reason, missing: [], stats: { rows: 0, missing: 0, distinct: 0, top: [] } };
}

/** What a person says is typical stands before what the sample says. */
function withTypical(schema: Schema, { columns }: Adoption): Schema {
  const by = new Map(columns.map((c) => [c.name, c]));
  return {
    columns: schema.columns.map((c) => {
      const asked = by.get(c.name);
      const { typical, missing, codes } = asked ?? {};
      if (typeof typical === 'number') return { ...c, stats: { ...c.stats, mean: typical } };
      const word = typical ?? (asked && c.stats.top.length === 0 ? (codes ? codedLevels(asked)[0] : undefined) : undefined);
      if (word !== undefined) return { ...c, stats: { ...c.stats, top: [{ value: word, count: 1 }, ...c.stats.top].slice(0, 10) } };
      return typeof missing === 'number' && !codes && c.stats.mean === undefined ? { ...c, stats: { ...c.stats, mean: missing } } : c;
    }),
  };
}

async function onnxBytes(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > LARGEST) throw unusable(`It has ${size} bytes, more than the ${LARGEST} that a bundle takes.`);
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof MillwrightError) throw cause;
    throw unusable(`${path} cannot be read: ${(cause as Error).message}.`, 'Name the .onnx file.', cause);
  }
}

async function schemaText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new MillwrightError('ADOPTION_INVALID', `The schema ${path} cannot be read: ${(cause as Error).message}.`, undefined, { cause });
  }
}
