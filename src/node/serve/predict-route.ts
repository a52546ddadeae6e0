import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { calledClass, predict } from '../../model/predict.js';
import { rowWriter } from '../commands/prediction-rows.js';
import { type RowExtras, warningsOf } from './answer-writer.js';
import { csvCells } from './csv-body.js';
import type { Chosen } from './deployments.js';
import { rowExtras } from './extras.js';
import { bodyText, parseJson } from './json-body.js';
import { logLine } from './log-line.js';
import { answerStream } from './ndjson-route.js';
import { type AskedRows, askedRows, checkCount, readAsked } from './predict-body.js';
import { type PredictQuery, predictQuery } from './predict-query.js';
import { failureBody, Refusal } from './refusal.js';
import { newNotes, type RowNotes } from './row-reader.js';
import { scoreTable } from './scoring.js';
import type { Service } from './service.js';
import { traceParent } from './trace-parent.js';

const ROUTE = '/v1/models/{name}/predict';
const CSV_HEADERS = ['content-type', 'text/csv; charset=utf-8', 'x-content-type-options', 'nosniff', 'cache-control', 'no-store'];

/** A request that is being answered. */
interface Asked {
  readonly reply: FastifyReply;
  readonly chosen: Chosen;
  readonly query: PredictQuery;
  readonly notes: RowNotes;
  readonly rows: AskedRows;
  /** The rows as JSON, for the log. */
  readonly text: string;
  /** Id of the caller's trace. */
  readonly trace: string | undefined;
  /** On the clock of `performance`. */
  readonly began: number;
  /** The answer is wanted as CSV. */
  readonly csv: boolean;
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

  const done = (asked: Asked, id: string, body: string, rows: number, csv?: string): void => {
    const { reply, chosen, notes, text, began } = asked;
    const { model } = chosen;
    if (chosen.shadow.length > 0) askBeside(asked, id);
    const seconds = (performance.now() - began) / 1000;
    const counts = metrics.of(model.name, model.version);
    counts.answered(rows, seconds);
    if (notes.issueCount > 0 || notes.unseen.size > 0 || notes.missing.length > 0 || notes.extra.size > 0)
      for (const { kind, count } of warningsOf(notes, rows)) counts.warned(kind, count);
    metrics.request(ROUTE, 200);
    const line = service.log ? logLine(id, chosen, text, body, seconds, asked.trace) : '';
    if (csv === undefined) box.send(reply.raw, 200, body, line);
    else box.send(reply.raw, 200, csv, line, [...CSV_HEADERS, 'x-answer-id', id, 'x-model-version', model.version]);
  };

  /** Asks other versions for the same rows, for the log alone, once the answer has left. */
  const askBeside = ({ chosen, rows, text }: Asked, id: string): void => {
    for (const model of chosen.shadow)
      setImmediate(() => {
        const began = performance.now();
        // those who wait for an answer come first
        if (!gate.admits()) return;
        try {
          const notes = newNotes(true);
          const table = readAsked(model.reader, rows, notes);
          const predicted = predict(model.bundle, table);
          service.watcher?.many(model, table, predicted.values);
          const body = model.writer.many(id, predicted, table.rows, notes);
          const seconds = (performance.now() - began) / 1000;
          metrics.of(model.name, model.version, 'shadow').answered(table.rows, seconds);
          if (service.log) box.note(logLine(`${id}~${model.version}`, { model, route: 'shadow' }, text, body, seconds));
        } catch (error) {
          service.onShadowFailure(model, error);
        }
      });
  };

  const answerMany = (asked: Asked, id: string, values: Float64Array, rows: number, extras?: RowExtras): void => {
    const { model } = asked.chosen;
    const body = model.writer.many(id, { values }, rows, asked.notes, extras);
    done(asked, id, body, rows, asked.csv ? csvAnswer(asked.chosen, values, rows) : undefined);
  };

  const answer = (asked: Asked): void | Promise<void> => {
    const { rows, notes, query, chosen } = asked;
    const { model } = chosen;
    const id = service.nextId();
    if (rows.kind === 'one' && !asked.csv && query.reasons === 0) {
      model.reader.readOne(rows.row, notes);
      const values = model.reader.scoreOne();
      done(asked, id, model.writer.one(id, values, notes, rowExtras(model, query, values)), 1);
      service.watcher?.one(model, values);
      return;
    }
    const table = readAsked(model.reader, rows, notes);
    const values = scoreTable(model.bundle, table, gate);
    if (values instanceof Promise)
      return values.then((later) => {
        answerMany(asked, id, later, table.rows, rowExtras(model, query, later, table));
        service.watcher?.many(model, table, later);
      });
    const extras = rowExtras(model, query, values, table);
    if (rows.kind === 'one' && !asked.csv) done(asked, id, model.writer.one(id, values, notes, extras), 1);
    else answerMany(asked, id, values, table.rows, extras);
    service.watcher?.many(model, table, values);
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
      const query = predictQuery(request.query);
      const { name } = request.params as { name: string };
      if (request.body instanceof Readable)
        return answerStream(service, name, query, request, reply).catch((error: unknown) => fail(reply, error));
      const chosen = deployments.choose(name, query.version, query.key);
      const type = request.headers['content-type'];
      const csvBody = type?.startsWith('text/csv') === true;
      const notes = newNotes(query.lenient, query.lenient || csvBody);
      const trace = traceParent(request.headers.traceparent)?.trace;
      const text = bodyText((request.body as Buffer | undefined) ?? Buffer.alloc(0));
      let result: void | Promise<void>;
      if (type === undefined || type.startsWith('application/json')) {
        const rows = askedRows(parseJson(text), service.settings.maxRows);
        result = answer({ reply, chosen, query, notes, rows, text, trace, began, csv: false });
      } else if (csvBody) {
        const [columns = [], ...cells] = csvCells(text);
        const rows = checkCount({ kind: 'lists', columns, rows: cells }, service.settings.maxRows);
        const csv = request.headers.accept?.includes('application/json') !== true;
        result = answer({ reply, chosen, query, notes, rows, text: JSON.stringify({ columns, data: cells }), trace, began, csv });
      } else
        throw new Refusal(
          'MEDIA_TYPE',
          'The body is of a type that this route does not read.',
          'Send application/json, text/csv or application/x-ndjson.',
        );
      return result?.catch((error: unknown) => fail(reply, error));
    } catch (error) {
      fail(reply, error);
    }
  };
}

/** Rows as `millwright predict` writes them. */
function csvAnswer({ model }: Chosen, values: Float64Array, rows: number): string {
  const { task, threshold } = model.bundle;
  const writer = rowWriter(task, 'csv');
  if (task.kind === 'regression') return writer.header([]) + writer.rows([], { outputs: 1, values }, rows);
  const labels = Array.from({ length: rows }, (_, r) => task.classes[calledClass(task, values, r, threshold)] as string);
  return writer.header([]) + writer.rows([], { outputs: task.classes.length, values, labels }, rows);
}
