import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import { carryOut } from './carry-out.js';
import type { CommandContext } from './context.js';
import { dataOptions, memoryOption, parseInput, questionOptions, wholeNumber } from './options.js';
import { questionOf } from './prepare-run.js';
import type { RunSummary } from './run-summary.js';

const input = z.object({
  ...dataOptions,
  ...questionOptions,
  ...memoryOption,
  data: z.array(z.string()).default([]),
  plan: z.string().optional(),
  threads: wholeNumber('--threads', 1, 256).optional(),
  out: z.string().min(1).optional(),
  force: z.boolean().default(false),
  resume: z.string().min(1).optional(),
});

/** What a run that goes on may be told; all else was settled when it began. */
const WITH_RESUME: ReadonlySet<string> = new Set(['data', 'resume', 'budget', 'threads', 'memory', 'json', 'quiet']);

/**
 * From data to a folder with a model, its report and its record, within the budget; or on with a run that was killed.
 * @throws MillwrightError with any code of docs/errors.md; then nothing is left behind but what a run that broke off had finished
 */
export async function runCommand(options: unknown, context: CommandContext): Promise<RunSummary> {
  const { resume, ...asked } = parseInput(input, options);
  if (resume !== undefined) {
    const given = Object.entries(options as object).find(([name, value]) => value !== undefined && !WITH_RESUME.has(name))?.[0];
    if (given !== undefined)
      throw new MillwrightError(
        'USAGE',
        `--${given} cannot be given together with --resume.`,
        'The run was begun with its own; it goes on with that.',
      );
    return (await carryOut({ ...asked, out: resume, force: false, resume: true }, context)).summary;
  }
  if (asked.data.length === 0)
    throw new MillwrightError('USAGE', 'No data was given.', 'Name a file: `millwright run data.csv --target <col>`.');
  if (asked.plan === undefined) questionOf(asked, undefined, []); // what is missing is told before anything is read or made
  return (await carryOut(asked, context)).summary;
}
