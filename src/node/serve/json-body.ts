import { isAscii, isUtf8 } from 'node:buffer';
import type { FastifyRequest } from 'fastify';
import type * as z from 'zod';
import { Refusal } from './refusal.js';

/** Deeper nesting is refused. */
const MOST_DEPTH = 32;
/** A body of this size cannot nest so deep that it hurts. */
const CAREFREE_BYTES = 65_536;

/** The text of a body. @throws Refusal `REQUEST_INVALID` when it is not UTF-8 */
export function bodyText(body: Buffer): string {
  if (isAscii(body)) return body.toString('latin1');
  if (!isUtf8(body)) throw new Refusal('REQUEST_INVALID', 'The body is not UTF-8.');
  return body.toString('utf8');
}

/**
 * Parses JSON. A property `__proto__` becomes one like any other; whoever reads the result asks for own properties.
 * @throws Refusal `REQUEST_INVALID`
 */
export function parseJson(text: string): unknown {
  if (text.length > CAREFREE_BYTES && nestsDeeply(text)) throw new Refusal('REQUEST_INVALID', `The body nests deeper than ${MOST_DEPTH}.`);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new Refusal('REQUEST_INVALID', `The body is not JSON: ${(error as Error).message.slice(0, 200)}.`);
  }
}

function nestsDeeply(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 34) {
      // to the end of the string, over escaped signs
      for (i++; i < text.length && text.charCodeAt(i) !== 34; i++) if (text.charCodeAt(i) === 92) i++;
    } else if (c === 91 || c === 123) {
      if (++depth > MOST_DEPTH) return true;
    } else if (c === 93 || c === 125) depth--;
  }
  return false;
}

/** The own property of a parsed object; `undefined` for anything else. */
export function own(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

/** Reads a body of a governed action. @throws Refusal `REQUEST_INVALID` */
export function readBody<T extends z.ZodType>(schema: T, request: FastifyRequest): z.infer<T> {
  const body = request.body as Buffer | undefined;
  const parsed = schema.safeParse(body === undefined || body.length === 0 ? {} : parseJson(bodyText(body)));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Refusal('REQUEST_INVALID', `${issue?.path.join('.') || 'The body'} cannot be: ${issue?.message}.`);
}
