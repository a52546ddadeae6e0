import { type ColumnSchema, isInput, type Schema, type Task } from '../../core/schema.js';

/** The TypeScript interface of a row to predict. Names come from data, so they stand in the text as JSON strings alone. */
export function rowType(schema: Schema): string {
  const row = schema.columns.filter(isInput).map((c) => `  readonly ${JSON.stringify(c.name)}?: ${cellType(c)};`);
  return `/** A row to predict; what is not known is absent or null. */\nexport interface Row {\n${row.join('\n')}\n}`;
}

/** The TypeScript types of what a model answers: `Actual`, what the target may be, and `Predicted`. */
export function answerTypes(task: Task): string {
  if (task.kind === 'regression') return 'export type Actual = number;\n\nexport interface Predicted {\n  readonly prediction: number;\n}';
  const classes = task.classes.map((c) => JSON.stringify(c));
  const shares = classes.map((c) => `    readonly ${c}: number;`).join('\n');
  return `export type Actual = ${classes.join(' | ')};\n\nexport interface Predicted {\n  readonly prediction: Actual;\n  readonly probabilities: {\n${shares}\n  };\n}`;
}

/** What `check` and the service tell of rows that do not fit. */
export const WARNING_TYPE = `export interface Warning {
  readonly kind: 'missing-column' | 'extra-column' | 'unreadable-cells' | 'unseen-category';
  readonly column: string;
  readonly count: number;
  readonly message: string;
}`;

function cellType({ type, format }: ColumnSchema): string {
  if (type === 'number') return 'number | string | null';
  if (type === 'datetime') return 'string | number | null';
  if (type !== 'boolean') return 'string | number | boolean | null';
  const spelled = format?.kind === 'boolean' ? [...format.true, ...format.false].map((s) => JSON.stringify(s)) : ['string'];
  return ['boolean', 'null', ...spelled].join(' | ');
}
