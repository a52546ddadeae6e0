import type { FastifyReply, FastifyRequest } from 'fastify';
import { Table } from '../../core/table.js';
import { predict } from '../../model/predict.js';
import { warningsOf } from './answer-writer.js';
import type { Chosen } from './deployments.js';
import { bodyText, parseJson } from './json-body.js';
import { askedRows, readAsked } from './predict-body.js';
import { failureBody, Refusal } from './refusal.js';
import { newNotes, type RowNotes } from './row-reader.js';
import type { Service } from './service.js';

/** Rows that are scored before other requests get their turn. */
const CHUNK = 2048;
const ROUTE = '/v1/models/{name}/predict';

/** What the address asks beside the rows. */
export interface PredictQuery {
  readonly version?: string;
  readonly key?: string;
  readonly lenient: boolean;
}

/** @throws Refusal `REQUEST_INVALID` for a parameter that is not known or not well-formed */
export function predictQuery(query: unknown): PredictQuery {
  let version: string | undefined;
  let key: string | undefined;
  let lenient = false;
  for (const name in query as Record<string, unknown>) {
    const value = (query as Record<string, unknown>)[name];
    if (typeof value !== 'string') throw new Refusal('REQUEST_INVALID', `The parameter "${name.slice(0, 60)}" is given twice.`);
    if (name === 'version') version = value;
    else if (name === 'key') key = value;
    else if (name === 'lenient' && (value === 'true' || value === 'false')) lenient = value === 'true';
    else throw new Refusal('REQUEST_INVALID', `The parameter "${name.slice(0, 60)}" is not known, or has a value that it cannot have.`);
  }
  return { version, key, lenient };
}

/** Answers `POST /v1/models/{name}/predict`. */
export function predictRoute(service: Service): (request: FastifyRequest, reply: FastifyReply) => void | Promise<void> {
  const { box, deployments, metrics, gate } = service;
  const fail = (reply: FastifyReply, error: unknown): void => {
    const { status, body } = failureBody(error);
    if (status === 500) reply.log.error(error);
    metrics.request(ROUTE, status);
    box.send(reply.raw, status, body);
  };

  return (request, reply) => {
    reply.hijack();
    const began = performance.now();
    try {
      if (!gate.admits()) {
        metrics.turnedAway('overload');
        metrics.request(ROUTE, 503);
        box.turnAway(reply.raw);
        return;
      }
      const { version, key, lenient } = predictQuery(request.query);
      const chosen = deployments.choose((request.params as { name: string }).name, version, key);
      const text = bodyText(request.body as Buffer);
      const asked = askedRows(parseJson(text), service.settings.maxRows);
      const notes = newNotes(lenient);
      const { model } = chosen;
      const id = service.nextId();
      const done = (body: string, rows: number): void => {
        const seconds = (performance.now() - began) / 1000;
        const counts = metrics.of(model.name, model.version);
        counts.answered(rows, seconds);
        if (notes.issueCount > 0 || notes.unseen.size > 0 || notes.missing.length > 0 || notes.extra.size > 0)
          for (const { kind, count } of warningsOf(notes, rows)) counts.warned(kind, count);
        metrics.request(ROUTE, 200);
        box.send(reply.raw, 200, body, service.log ? logLine(id, chosen, text, body, seconds) : '');
      };
      if (asked.kind === 'one') {
        model.reader.readOne(asked.row, notes);
        done(model.writer.one(id, model.reader.scoreOne(), notes), 1);
        return;
      }
      const table = readAsked(model.reader, asked, notes);
      if (table.rows <= CHUNK) {
        done(model.writer.many(id, predict(model.bundle, table), table.rows, notes), table.rows);
        return;
      }
      if (!gate.enter()) throw new Refusal('OVERLOADED', 'Too many large requests are being answered.', 'Try again in a second.');
      return scoreInChunks(chosen, table, notes)
        .then((values) => done(model.writer.many(id, { values }, table.rows, notes), table.rows))
        .catch((error: unknown) => fail(reply, error))
        .finally(() => gate.leave());
    } catch (error) {
      fail(reply, error);
    }
  };
}

async function scoreInChunks({ model }: Chosen, table: Table, _notes: RowNotes): Promise<Float64Array> {
  const parts: Float64Array[] = [];
  for (let from = 0; from < table.rows; from += CHUNK) {
    parts.push(predict(model.bundle, slice(table, from, Math.min(table.rows, from + CHUNK))).values);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function slice(table: Table, from: number, to: number): Table {
  return new Table(
    table.columns.map((c) =>
      c.kind === 'numeric' ? { ...c, values: c.values.subarray(from, to) } : { ...c, codes: c.codes.subarray(from, to) },
    ),
    to - from,
  );
}

/** One line for the prediction log: the rows and the answer as they went over the wire. */
function logLine(id: string, { model, route }: Chosen, request: string, answer: string, seconds: number): string {
  // JSON has line breaks between its signs only
  const rows = request.includes('\n') || request.includes('\r') ? request.replace(/[\r\n]+/g, ' ') : request;
  const head = `{"id":"${id}","at":${Date.now()},"model":${JSON.stringify(model.name)},"version":"${model.version}","route":"${route}"`;
  return `${head},"ms":${(seconds * 1000).toFixed(3)},"request":${rows},"answer":${answer}}\n`;
}
