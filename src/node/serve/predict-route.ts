import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { predict } from '../../model/predict.js';
import { type RowExtras, warningsOf } from './answer-writer.js';
import { ARROW_TYPE } from './arrow/arrow-types.js';
import { readArrow } from './arrow/read-arrow.js';
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
import { type AnswerForm, formOf, type TableAnswer, tableAnswer } from './table-answer.js';
import { traceParent } from './trace-parent.js';

const ROUTE = '/v1/models/{name}/predict';
const TABLE_HEADERS = ['x-content-type-options', 'nosniff', 'cache-control', 'no-store'];

/** A request that is being answered. */
interface Asked {
  readonly reply: FastifyReply;
  readonly chosen: Chosen;
  readonly query: PredictQuery;
  readonly notes: RowNotes;
  readonly rows: AskedRows;
  /** The rows as JSON, for the log; may be empty without one. */
  readonly text: string;
  /** Id of the caller's trace. */
  readonly trace: string | undefined;
  /** On the clock of `performance`. */
  readonly began: number;
  readonly form: AnswerForm;
}

/** Answers `POST /v1/models/{name}/predict`. */
export function predictRoute(service: Service): (request: FastifyRequest, reply: FastifyReply) => void | Promise<void> {
  const { box, deployments, metrics, gate } = service;

  const fail = (reply: FastifyReply, error: unknown): void => {
    const { status, body } = failureBody(error);
    if (status === 500) reply.log.error(error);
    metrics.request(ROUTE, status);
    service.watcher?.request((reply.request.params as { name: string }).name, status, Number.NaN);
    box.send(reply.raw, status, body);
  };

  const done = (asked: Asked, id: string, body: string, rows: number, table?: TableAnswer): void => {
    const { reply, chosen, notes, text, began } = asked;
    const { model } = chosen;
    if (chosen.shadow.length > 0) askBeside(asked, id);
    const seconds = (performance.now() - began) / 1000;
    const counts = metrics.of(model.name, model.version);
    counts.answered(rows, seconds);
    if (notes.issueCount > 0 || notes.unseen.size > 0 || notes.missing.length > 0 || notes.extra.size > 0)
      for (const { kind, count } of warningsOf(notes, rows)) counts.warned(kind, count);
    metrics.request(ROUTE, 200);
    service.watcher?.request(model.name, 200, seconds);
    const line = service.log ? logLine(id, chosen, text, body, seconds, asked.trace) : '';
    if (!table) box.send(reply.raw, 200, body, line);
    else {
      const headers = ['content-type', table.type, ...TABLE_HEADERS, 'x-answer-id', id, 'x-model-version', model.version];
      box.send(reply.raw, 200, table.body, line, headers);
    }
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
    const { chosen, form, query, notes } = asked;
    const table = form === 'json' ? undefined : tableAnswer(form, chosen.model, id, query, values, rows);
    // beside a table JSON is for the log alone
    const json = table && !service.log ? '' : chosen.model.writer.many(id, { values }, rows, notes, extras);
    done(asked, id, json, rows, table);
  };

  const answer = (asked: Asked): void | Promise<void> => {
    const { rows, notes, query, chosen } = asked;
    const { model } = chosen;
    const id = service.nextId();
    if (rows.kind === 'one' && asked.form === 'json' && query.reasons === 0) {
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
    if (rows.kind === 'one' && asked.form === 'json') done(asked, id, model.writer.one(id, values, notes, extras), 1);
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
        service.watcher?.request((request.params as { name: string }).name, 503, Number.NaN);
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
      const form = formOf(request.headers.accept, csvBody);
      if (form !== 'json' && query.reasons > 0)
        throw new Refusal('REQUEST_INVALID', 'Reasons are told in JSON alone.', 'Ask with accept: application/json.');
      const { maxRows, maxBody } = service.settings;
      const body = (request.body as Buffer | undefined) ?? Buffer.alloc(0);
      const begin = (rows: AskedRows, text: string): void | Promise<void> =>
        answer({ reply, chosen, query, notes, rows, text, trace, began, form });
      let result: void | Promise<void>;
      if (type === undefined || type.startsWith('application/json')) {
        const text = bodyText(body);
        result = begin(askedRows(parseJson(text), maxRows), text);
      } else if (csvBody) {
        const [columns = [], ...cells] = csvCells(bodyText(body));
        const rows = checkCount({ kind: 'lists', columns, rows: cells }, maxRows);
        result = begin(rows, service.log ? JSON.stringify({ columns, data: cells }) : '');
      } else if (type.startsWith(ARROW_TYPE)) {
        const { columns, rows: count } = readArrow(body, { rows: maxRows, body: maxBody });
        const rows = checkCount({ kind: 'columns', columns, count }, maxRows);
        result = begin(rows, service.log ? columnsText(columns, count) : '');
      } else
        throw new Refusal(
          'MEDIA_TYPE',
          'The body is of a type that this route does not read.',
          `Send application/json, text/csv, application/x-ndjson or ${ARROW_TYPE}.`,
        );
      return result?.catch((error: unknown) => fail(reply, error));
    } catch (error) {
      fail(reply, error);
    }
  };
}

/** Columns as JSON of rows. */
function columnsText(columns: ReadonlyMap<string, readonly unknown[]>, rows: number): string {
  const cells = [...columns.values()];
  return JSON.stringify({ columns: [...columns.keys()], data: Array.from({ length: rows }, (_, r) => cells.map((c) => c[r])) });
}
