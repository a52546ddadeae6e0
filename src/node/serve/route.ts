import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Need } from './needs.js';

/** A route of the service: data, so that the check at the door, the table of roles and the OpenAPI document come from one list. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Parameters as `:name`; `*` at the end for all that follows. */
  readonly path: string;
  readonly need: Need;
  /** What it does, in a sentence for people. */
  readonly summary: string;
  handle(request: FastifyRequest, reply: FastifyReply): unknown;
  /** Its body is not read into memory but handed over as it comes. */
  readonly streams?: true;
  /** It counts its answers itself. */
  readonly counts?: true;
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** Sends an object as JSON. */
export function sendJson(reply: FastifyReply, body: object, status = 200): FastifyReply {
  return reply.code(status).type(JSON_TYPE).send(JSON.stringify(body));
}

/** The name of the model in the address. */
export function nameIn(request: FastifyRequest): string {
  return (request.params as { name: string }).name;
}
