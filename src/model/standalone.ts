import { bundleOf } from './bundle-of.js';
import { Fields } from './fields.js';
import { readJson } from './json.js';
import { type InputWarning, type Row, type Scored, Scorer } from './scorer.js';

/** What a standalone file tells of its model. */
export interface StandaloneSchema {
  readonly target: string;
  readonly task: 'binary' | 'multiclass' | 'regression';
  /** None for a regression; of two the second is the positive one. */
  readonly classes: readonly string[];
  /** Probability from which a row is called positive, where one was chosen. */
  readonly threshold?: number;
  /** The columns that a row should have. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

/** What a standalone file exports. */
export interface Standalone {
  readonly schema: StandaloneSchema;
  predict(row: Row): Scored;
  predictRows(rows: readonly Row[]): Scored[];
  check(rows: readonly Row[]): InputWarning[];
}

/**
 * Opens the data of a standalone file: four bytes with the length of its JSON, the JSON, and from the next multiple of 8 on the typed arrays. At once,
 * without waiting, so that it works where a module may not wait for anything, as in service workers.
 * @throws MillwrightError `BUNDLE_UNREADABLE` when it was damaged
 */
export function openStandalone(bytes: Uint8Array): Standalone {
  const end = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const parts = new Fields(readJson(new TextDecoder().decode(bytes.subarray(4, end)), 'data'), 'data');
  const [schema, task, recipe, model] = ['schema', 'task', 'recipe', 'model'].map((name) => parts.raw(name));
  const lineage = { millwright: '', dataHash: '', rows: 0, seed: 0, plan: null };
  const bundle = bundleOf({ schema, task, recipe, model, metrics: {}, lineage }, bytes.slice(Math.ceil(end / 8) * 8));
  const scorer = new Scorer(bundle);
  const { features, threshold } = scorer.card();
  return {
    schema: {
      target: bundle.task.target,
      task: bundle.task.kind,
      classes: bundle.task.classes,
      ...(threshold !== undefined && { threshold }),
      columns: features,
    },
    predict: (row) => scorer.predict(row),
    predictRows: (rows) => rows.map((row) => scorer.predict(row)),
    check: (rows) => scorer.check(rows),
  };
}
