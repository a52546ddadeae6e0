import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import { MillwrightError } from '../../../core/errors.js';
import type { Caller } from '../access.js';
import { bodyText, parseJson } from '../json-body.js';
import { Refusal } from '../refusal.js';

/** Names that stand several times in an address. */
const LISTS: ReadonlySet<string> = new Set(['stages', 'order_by', 'experiment_ids']);

/**
 * What a request asks: its body as JSON, or its query; names that are not known are left out, as protocol buffers do.
 * @throws Refusal `REQUEST_INVALID`
 */
export function asked<T extends z.ZodType>(schema: T, request: FastifyRequest): z.infer<T> {
  const body = request.body as Buffer | undefined;
  const said = body === undefined || body.length === 0 ? queryOf(request.url) : parseJson(bodyText(body));
  const parsed = schema.safeParse(said);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Refusal('REQUEST_INVALID', `${issue?.path.join('.') || 'The request'} cannot be: ${issue?.message}.`);
}

function queryOf(url: string): Record<string, unknown> {
  const query = Object.create(null) as Record<string, unknown>;
  const said = new URLSearchParams(url.split('?').slice(1).join('?'));
  for (const name of new Set(said.keys())) query[name] = LISTS.has(name) ? said.getAll(name) : said.get(name);
  return query;
}

/** Protocol buffers spell 64-bit integers as text or number. */
export const int64 = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^-?\d{1,16}$/)
      .transform(Number),
  ])
  .pipe(z.number().int());
/** Milliseconds since 1970. */
export const milliseconds = int64.pipe(z.number().min(0).max(8.64e15));
/** A number, also one that JSON cannot spell. */
export const double = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number)]);
export const text = (most: number) => z.string().max(most);
/** A text that is not empty. */
export const named = (most = 250) => z.string().min(1).max(most);
/** A tag or parameter. */
export const pair = (most: number) => z.object({ key: named(), value: text(most).default('') });
export const TAG = pair(8000);
export const PARAM = pair(6000);

export const mapOf = (pairs: readonly { key: string; value: string }[] = []): Map<string, string> =>
  new Map(pairs.map(({ key, value }) => [key, value]));
export const pairsOf = (map: ReadonlyMap<string, string>): { key: string; value: string }[] =>
  [...map].map(([key, value]) => ({ key, value }));

/** Tags by which traffic, schedules and retraining are steered are set by their own verbs. @throws MillwrightError `NOT_ALLOWED` */
export function refuseReserved(keys: Iterable<string>): void {
  for (const key of keys)
    if (key.toLowerCase().startsWith('millwright.'))
      throw new MillwrightError('NOT_ALLOWED', `The tag "${key.slice(0, 100)}" is set by Millwright alone.`, 'Choose another name.');
}

/** A number as protocol buffers spell it in JSON. */
export const number = (value: number): number | string => (Number.isFinite(value) ? value : String(value));
export const isoOf = (time: number): string => new Date(time).toISOString();

/** Whoever asks: the door let nobody else through. */
export function callerOf(request: FastifyRequest): Caller {
  return request.caller as Caller;
}

/** The part of a list that is asked for, and the token that asks for the next. @throws Refusal `REQUEST_INVALID` */
export function page(token: string | undefined, limit: number): { offset: number; next(total: number): { next_page_token?: string } } {
  const said = token ? Buffer.from(token, 'base64url').toString('latin1') : 'from 0';
  const offset = Number(/^from (\d{1,12})$/.exec(said)?.[1] ?? Number.NaN);
  if (Number.isNaN(offset)) throw new Refusal('REQUEST_INVALID', 'The page token is not one of this server.');
  const next = (total: number) =>
    offset + limit < total ? { next_page_token: Buffer.from(`from ${offset + limit}`, 'latin1').toString('base64url') } : {};
  return { offset, next };
}
