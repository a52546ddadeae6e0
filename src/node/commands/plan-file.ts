import { readFile } from 'node:fs/promises';
import { MillwrightError } from '../../core/errors.js';
import { type Plan, parsePlan } from '../../engine/automl/plan.js';
import { prettyJson } from './artefacts.js';

const LIMIT = 64 * 2 ** 20;

function planInvalid(path: string, why: string, cause?: unknown): MillwrightError {
  return new MillwrightError('PLAN_INVALID', `The plan ${path} ${why}`, 'Correct the file, or write a new one with `millwright plan`.', {
    cause,
  });
}

/**
 * Reads a plan from JSON or YAML.
 * @throws MillwrightError `PLAN_INVALID`
 */
export async function readPlan(path: string): Promise<Plan> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const absent = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw planInvalid(
      path,
      absent ? 'does not exist.' : `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
      cause,
    );
  }
  if (text.length > LIMIT) throw planInvalid(path, 'is too large to be a plan.');
  let value: unknown;
  try {
    value = /^\s*\{/.test(text) ? JSON.parse(text) : (await import('yaml')).parse(text, { maxAliasCount: 0 });
  } catch (cause) {
    const first = cause instanceof Error ? (cause.message.split('\n')[0] as string) : String(cause);
    throw planInvalid(path, `cannot be read: ${first.replace(/[:.]$/, '')}.`, cause);
  }
  return parsePlan(value);
}

/** A plan as text for people: YAML, or JSON when the file is called so. */
export async function planText(plan: Plan, file?: string): Promise<string> {
  if (file?.toLowerCase().endsWith('.json')) return prettyJson(plan);
  const { stringify } = await import('yaml');
  return stringify(plan, { lineWidth: 0, aliasDuplicateObjects: false });
}
