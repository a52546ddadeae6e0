import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import type { CostWords } from '../../engine/evaluate/cost-matrix.js';

const cost = z.number().min(-1e15).max(1e15);
const words = z.strictObject({
  fp: cost.optional(),
  fn: cost.optional(),
  tp: cost.optional(),
  tn: cost.optional(),
  costs: z.array(z.tuple([z.string(), z.array(z.tuple([z.string(), cost]))])).optional(),
  otherwise: cost.optional(),
  unit: z.string().min(1).max(20).optional(),
});

const HINT = 'Write fp=1,fn=20 (and unit=EUR), or JSON: {"costs": {"actual": {"called": 3}}, "otherwise": 1, "unit": "EUR"}.';

/**
 * The value of `--costs`: `fp=1,fn=20,unit=EUR`, JSON, or a JSON file.
 * @throws MillwrightError `OPTION_INVALID`
 */
export async function parseCosts(value: string): Promise<CostWords> {
  const text = value.trim();
  const isFile = !text.startsWith('{') && (!text.includes('=') || /\.json$/i.test(text));
  const source = isFile ? await read(text) : text;
  return costWords(source.trim().startsWith('{') ? json(source, isFile ? text : '--costs') : pairs(source));
}

/** Checks what was said of costs. @throws MillwrightError `OPTION_INVALID` */
export function costWords(value: Readonly<Record<string, unknown>>): CostWords {
  // names of classes are keys of Maps, whatever they are
  const entries = (v: unknown): unknown => (typeof v === 'object' && v !== null && !Array.isArray(v) ? Object.entries(v) : v);
  const rows = entries(value.costs);
  const listed = Array.isArray(rows) ? rows.map(([actual, row]) => [actual, entries(row)]) : rows;
  const parsed = words.safeParse({ ...value, ...(listed !== undefined && { costs: listed }) });
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new MillwrightError('OPTION_INVALID', `The costs are wrong at ${issue?.path.join('.') || 'their top'}: ${issue?.message}.`, HINT);
  }
  const { costs, ...rest } = parsed.data;
  return { ...rest, ...(costs && { costs: new Map(costs.map(([actual, row]) => [actual, new Map(row)])) }) };
}

function pairs(text: string): Record<string, unknown> {
  const found = text.split(',').map((part): [string, unknown] => {
    const [name = '', value = ''] = part.split(/=(.*)/s).map((p) => p.trim());
    return [name, name === 'unit' || value === '' || !Number.isFinite(Number(value)) ? value : Number(value)];
  });
  return Object.fromEntries(found);
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const absent = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new MillwrightError(
      'OPTION_INVALID',
      absent ? `There is no file of costs "${path}".` : `The costs ${path} cannot be read: ${(cause as Error).message}.`,
      HINT,
      { cause },
    );
  }
}

function json(text: string, where: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw new MillwrightError('OPTION_INVALID', `The costs of ${where} are no JSON: ${(cause as Error).message}.`, HINT, { cause });
  }
}
