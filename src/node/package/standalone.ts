import type { Bundle } from '../../model/bundle.js';
import type { EnsembleModel } from '../../model/ensemble.js';
import { stepsOf } from '../../model/unseen-categories.js';
import { answerTypes, rowType, WARNING_TYPE } from '../commands/row-types.js';
import { packageVersion } from '../commands/version.js';
import { commentText } from './quoted.js';
import { type Kinds, standaloneCode } from './standalone-code.js';
import { standaloneData } from './standalone-data.js';

/**
 * A model as one ES module without dependencies, for Node, browsers, workers, Deno and Bun: `predict`, `predictRows`, `check`, `schema`. It holds only the
 * code that this model needs, evaluates and compiles nothing, and scores as `predict` does, to the same bits.
 * @param sha256 of the bundle's file
 */
export function standaloneText(bundle: Bundle, sha256: string): string {
  const { code, open } = standaloneCode(kindsOf(bundle));
  const { packed, size } = standaloneData(bundle);
  return `// Predicts ${commentText(bundle.task.target)}. Made by millwright ${packageVersion()} from the bundle with the SHA-256
// ${sha256}
// SPDX-License-Identifier: Apache-2.0
${code}
export const {predict,predictRows,check,schema}=${open(packed, size)};
`;
}

/** The TypeScript declarations of a standalone file. */
export function standaloneTypes({ schema, task }: Bundle): string {
  return `// Made by \`millwright package --to js\`, for the module beside it.

${rowType(schema)}

${answerTypes(task)}

${WARNING_TYPE}

/** Scores a row. What cannot be read counts as missing: \`check\` tells of it. */
export declare function predict(row: Row): Predicted;

/** Scores rows, in their order. */
export declare function predictRows(rows: readonly Row[]): Predicted[];

/** What of the rows does not fit the model; empty when all does. */
export declare function check(rows: readonly object[]): Warning[];

export declare const schema: {
  readonly target: string;
  readonly task: 'binary' | 'multiclass' | 'regression';
  readonly classes: readonly string[];
  readonly threshold?: number;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
};
`;
}

function kindsOf(bundle: Bundle): Kinds {
  const { model } = bundle;
  const members = model.kind === 'ensemble' ? (model as EnsembleModel).branches.flatMap((b) => b.members.map((m) => m.model.kind)) : [];
  return {
    models: new Set([model.kind, ...members]),
    steps: new Set(stepsOf(bundle).map((step) => step.kind)),
    dates: bundle.schema.columns.some((c) => c.type === 'datetime'),
  };
}
