import type { Readable, Writable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { surenessOf } from '../commands/sureness.js';
import { rowExtras } from './extras.js';
import { bodyText, parseJson } from './json-body.js';
import { logLine } from './log-line.js';
import type { PredictQuery } from './predict-query.js';
import { failureBody, Refusal } from './refusal.js';
import { newNotes } from './row-reader.js';
import type { Service } from './service.js';

/** Rows that are answered before other requests get their turn. */
const TURN = 256;

/** Cuts a stream into lines. @throws Refusal `REQUEST_TOO_LARGE` for a line beyond `most` bytes */
async function* linesOf(stream: Readable, most: number): AsyncGenerator<Buffer[]> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const all = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const lines: Buffer[] = [];
    let at = 0;
    for (let end = all.indexOf(10, at); end >= 0; end = all.indexOf(10, at)) {
      lines.push(all.subarray(at, end));
      at = end + 1;
    }
    rest = all.subarray(at);
    if (rest.length > most) throw new Refusal('REQUEST_TOO_LARGE', `A line is longer than ${most} bytes.`);
    yield lines;
  }
  yield [rest];
}

/** Resolves when there is room again, or nobody listens any more. */
function drained(out: Writable): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      out.off('drain', end);
      out.off('close', end);
      resolve();
    };
    out.on('drain', end);
    out.on('close', end);
  });
}

/**
 * Answers a stream of rows, a line each, with a line each, in order and while they come: however many. A row that is wrong gets its error in its place.
 */
export async function answerStream(
  service: Service,
  name: string,
  query: PredictQuery,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const chosen = service.deployments.choose(name, query.version, query.key);
  const { model } = chosen;
  if (query.reasons > 0)
    throw new Refusal('REQUEST_INVALID', 'Reasons are not told line by line.', 'Ask for them in JSON, or by /v1/models/{name}/explain.');
  // what the model does not give is refused before the first line
  surenessOf(model.bundle, query);
  const counts = service.metrics.of(model.name, model.version);
  const out = reply.raw;
  out.writeHead(200, { 'content-type': 'application/x-ndjson', 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
  try {
    for await (const lines of linesOf(request.body as Readable, service.settings.maxBody)) {
      for (let from = 0; from < lines.length; from += TURN) {
        let answers = '';
        let log = '';
        for (const line of lines.slice(from, from + TURN)) {
          if (line.length === 0 || line.toString('latin1').trim() === '') continue;
          const began = performance.now();
          try {
            const text = bodyText(line);
            const notes = newNotes(query.lenient);
            model.reader.readOne(parseJson(text), notes);
            const id = service.nextId();
            const values = model.reader.scoreOne();
            const answer = model.writer.one(id, values, notes, rowExtras(model, query, values));
            answers += `${answer}\n`;
            service.watcher?.one(model, values);
            const seconds = (performance.now() - began) / 1000;
            counts.answered(1, seconds);
            if (service.log) log += logLine(id, chosen, text, answer, seconds);
          } catch (error) {
            const { status, body } = failureBody(error);
            if (status === 500) reply.log.error(error);
            answers += `${body}\n`;
          }
        }
        if (log !== '') service.box.note(log);
        if (answers !== '' && !out.write(answers)) await drained(out);
        if (out.destroyed) return;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    out.end();
    service.watcher?.request(model.name, 200, Number.NaN);
  } catch (error) {
    // the head has left: the last line tells
    const { status, body } = failureBody(error);
    service.watcher?.request(model.name, status, Number.NaN);
    out.end(`${body}\n`);
  }
}
