import { parse } from 'yaml';
import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';

const label = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const column = z.strictObject({
  name: z.string().min(1),
  type: z.enum(['number', 'boolean', 'datetime', 'category', 'text']),
  /** Categories by the number that the model knows them by: a list counts from 0. */
  codes: z.union([z.array(label).min(1), z.record(z.string(), z.number())]).optional(),
  /** What stands for a missing cell, or for a category without a code. */
  missing: z.union([z.number(), z.string()]).optional(),
  /** What a typical row holds: explanations tell how a row differs from it. */
  typical: z.union([z.number(), z.string()]).optional(),
  /** Dates: what the model counts since 1970. */
  unit: z.enum(['milliseconds', 'seconds', 'days']).optional(),
});

const adoption = z.strictObject({
  version: z.literal(1),
  target: z.string().min(1),
  task: z.enum(['binary', 'multiclass', 'regression']),
  /** In the order of the model's probabilities; of two, the second is the positive one. */
  classes: z.array(label).default([]),
  /** From which probability a row is called positive. */
  threshold: z.number().min(0).max(1).optional(),
  columns: z.array(column).min(1).max(100_000),
  /** Which columns go into which tensor; worked out when absent. */
  inputs: z.array(z.strictObject({ name: z.string(), columns: z.array(z.string()).min(1) })).optional(),
  output: z.strictObject({ name: z.string().optional(), as: z.enum(['number', 'probability', 'logit']).optional() }).prefault({}),
});

/** What a person says of a model trained elsewhere: the file that `--schema` names. */
export type Adoption = z.infer<typeof adoption>;
export type AdoptedColumn = Adoption['columns'][number];

/**
 * Reads the schema of a model trained elsewhere: YAML or JSON, plain data alone, unknown keys refused.
 * @throws MillwrightError `ADOPTION_INVALID` naming the place
 */
export function parseAdoption(text: string, path: string): Adoption {
  let value: unknown;
  try {
    value = parse(text, { schema: 'core', maxAliasCount: 0 });
  } catch (cause) {
    throw wrong(`${path}: ${(cause as Error).message.split('\n')[0]}`);
  }
  const parsed = adoption.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw wrong(`${path}: ${issue?.path.join('.') || 'the whole'}: ${issue?.message}`);
  }
  check(parsed.data, path);
  return parsed.data;
}

function check({ task, classes, columns, target, output, threshold }: Adoption, path: string): void {
  const say = (what: string): never => {
    throw wrong(`${path}: ${what}`);
  };
  const count = classes.length;
  const fits = task === 'regression' ? count === 0 : task === 'binary' ? count === 2 : count > 2;
  if (!fits) say(`a ${task} model cannot have ${count} classes`);
  if (new Set(classes).size !== count) say('classes names one twice');
  if (threshold !== undefined && task !== 'binary') say('threshold is for two classes');
  if ((output.as === 'number') !== (task === 'regression') && output.as !== undefined)
    say(`output.as: ${output.as} does not fit a ${task} model`);
  const names = new Set<string>();
  for (const c of columns) {
    if (names.has(c.name) || c.name === target) say(`columns names "${c.name}" twice, or it is the target`);
    names.add(c.name);
    const words = c.type === 'category' || c.type === 'text';
    if (c.codes && !words) say(`"${c.name}" has codes, but is no category`);
    if (Array.isArray(c.codes) && new Set(c.codes).size !== c.codes.length) say(`the codes of "${c.name}" name a category twice`);
    if (c.unit && c.type !== 'datetime') say(`"${c.name}" has a unit, but is no datetime`);
    if (c.typical !== undefined && (typeof c.typical === 'number') === words) say(`what is typical of "${c.name}" does not fit its type`);
  }
}

/** The error for what a person wrote of a model. */
export function wrong(what: string, hint?: string): MillwrightError {
  return new MillwrightError(
    'ADOPTION_INVALID',
    `The schema of the model is wrong. ${what}.`,
    hint ?? 'docs/adopt.md says what may stand in it.',
  );
}
