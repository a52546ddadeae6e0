import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import { parseDuration } from './duration.js';
import { parseLatency, parseSize } from './quantity.js';

/** A whole number given as text or number. */
export function wholeNumber(option: string, low: number, high: number) {
  return z.union([z.string(), z.number()]).transform((value) => {
    const n = typeof value === 'number' ? value : /^\d+$/.test(value.trim()) ? Number(value) : Number.NaN;
    if (!Number.isInteger(n) || n < low || n > high)
      throw new MillwrightError('OPTION_INVALID', `${option} "${value}" is not a whole number from ${low} to ${high}.`);
    return n;
  });
}

/** A share given as text (`0.2`, `20%`) or number. */
function share(option: string, high: number) {
  return z.union([z.string(), z.number()]).transform((value) => {
    const text = String(value).trim();
    const n = /^(\d+(\.\d+)?|\.\d+)%$/.test(text)
      ? Number(text.slice(0, -1)) / 100
      : /^(\d+(\.\d+)?|\.\d+)$/.test(text)
        ? Number(text)
        : Number.NaN;
    if (!(n >= 0 && n <= high))
      throw new MillwrightError(
        'OPTION_INVALID',
        `${option} "${value}" is not a share from 0 to ${high}.`,
        'Write for example 0.2 or 20%.',
      );
    return n;
  });
}

/** Milliseconds from a duration; `null` is no limit. A number counts seconds. */
const budget = z.union([z.string(), z.number(), z.null()]).transform((value) => (value === null ? null : parseDuration(String(value))));

const TASKS = ['binary', 'multiclass', 'regression'] as const;
const task = z.string().transform((value) => {
  const found = TASKS.find((t) => t === value);
  if (!found) throw new MillwrightError('OPTION_INVALID', `--task "${value}" is not a task.`, `The tasks are ${TASKS.join(', ')}.`);
  return found;
});

/** What to read. */
export const dataOptions = {
  data: z.array(z.string()).min(1),
  sql: z.string().optional(),
  type: z.array(z.string()).default([]),
  maxRows: wholeNumber('--max-rows', 1, 1e9).optional(),
};

/** Bytes that the process may take. */
export const memoryOption = {
  memory: z
    .string()
    .transform((text) => parseSize(text, '--memory') ?? undefined)
    .optional(),
};

/** What to ask of it. */
export const questionOptions = {
  target: z.string().optional(),
  task: task.optional(),
  drop: z.array(z.string()).default([]),
  metric: z.string().optional(),
  costs: z.string().optional(),
  holdout: share('--holdout', 0.5).optional(),
  group: z.string().optional(),
  time: z.string().optional(),
  embargo: z.string().optional(),
  seed: wholeNumber('--seed', 0, 0xffffffff).optional(),
  budget: budget.optional(),
  /** Microseconds. */
  latency: z
    .string()
    .transform((text) => parseLatency(text))
    .optional(),
  /** Bytes. */
  size: z
    .union([z.string(), z.number()])
    .transform((value) => parseSize(String(value)))
    .optional(),
  interpretable: z.boolean().optional(),
  holidays: z.array(z.string()).default([]),
  features: z.enum(['auto', 'off'], '--features is auto or off').optional(),
};

/**
 * Checks the input of a command.
 * @throws MillwrightError `USAGE` naming the first wrong option
 */
export function parseInput<T extends z.ZodType>(schema: T, input: unknown): z.infer<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new MillwrightError('USAGE', `The option ${issue?.path.join('.') || ''} is wrong: ${issue?.message}.`);
}
