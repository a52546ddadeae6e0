import { MillwrightError } from '../../core/errors.js';
import { nearestName } from '../../core/nearest-name.js';
import type { Table } from '../../core/table.js';
import { answersIn } from '../../engine/automl/answered-rows.js';
import { inputCount, type Reference } from '../../engine/monitor/reference.js';
import type { Bundle } from '../../model/bundle.js';
import type { DataSource } from '../data/data-source.js';
import { openSource } from '../data/open-source.js';
import type { CommandContext } from './context.js';
import { duckShare } from './duck-share.js';

const BATCH = 8192;

/** Answers by key, as a file of labels gives them: of several for one key the last counts. */
export async function readLabels(path: string, key: string, bundle: Bundle, context: CommandContext): Promise<Map<string, number>> {
  const { task, schema } = bundle;
  const target = schema.columns.find((c) => c.name === task.target);
  if (!target) throw new MillwrightError('TARGET_NOT_FOUND', `The model knows no column "${task.target}".`);
  const source = await openSource({ from: [path] }, { streaming: true, ...duckShare(), signal: context.signal });
  try {
    requireColumn(source, task.target, 'TARGET_NOT_FOUND');
    requireColumn(source, key, 'COLUMN_NOT_FOUND');
    for (;;) {
      const labels = new Map<string, number>();
      try {
        for await (const { table, kept } of source.batches({ columns: [target] }, BATCH, { keep: [key] })) {
          const answers = answersIn(table.column(task.target), task, target);
          for (let i = 0; i < table.rows; i++) {
            const name = kept[0]?.[i] ?? '';
            const answer = answers[i] as number;
            // a correction to nothing takes the answer back
            if (name !== '') labels.set(name, answer);
          }
        }
        return labels;
      } catch (error) {
        if (!source.recover(error)) throw error;
      }
    }
  } finally {
    await source.close();
  }
}

/** @throws MillwrightError that a column is not there */
export function requireColumn(source: DataSource, name: string, code: 'TARGET_NOT_FOUND' | 'COLUMN_NOT_FOUND'): void {
  if (source.columns.includes(name)) return;
  const near = nearestName(name, [...source.columns]);
  throw new MillwrightError(
    code,
    `${source.label} has no column "${name}".`,
    near ? `Did you mean "${near}"?` : `The columns are ${source.columns.slice(0, 20).join(', ')}.`,
  );
}

/** The answers of some rows: by key from a file of labels, else from the target column where the rows have it. */
export function actualOf(
  { task, schema }: Bundle,
  table: Table,
  keys: readonly string[] | undefined,
  labels: ReadonlyMap<string, number> | undefined,
): { actual?: Float64Array } {
  if (labels && keys) return { actual: Float64Array.from(keys, (key) => labels.get(key) ?? Number.NaN) };
  const column = table.find(task.target);
  if (!column) return {};
  return {
    actual: answersIn(
      column,
      task,
      schema.columns.find((c) => c.name === task.target),
    ),
  };
}

/** @throws MillwrightError `COLUMN_NOT_FOUND` */
export function requireInput(reference: Reference, name: string): void {
  const names = reference.binnings.slice(0, inputCount(reference)).map((b) => b.name);
  if (names.includes(name)) return;
  const near = nearestName(name, names);
  throw new MillwrightError('COLUMN_NOT_FOUND', `The model reads no column "${name}".`, near ? `Did you mean "${near}"?` : undefined);
}
