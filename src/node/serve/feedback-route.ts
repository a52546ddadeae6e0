import type { FastifyReply, FastifyRequest } from 'fastify';
import { cellReader } from '../../model/parse-cell.js';
import { bodyText, own, parseJson } from './json-body.js';
import { type FieldIssue, Refusal } from './refusal.js';
import type { ServedModel } from './served-model.js';
import type { Service } from './service.js';

/** What really happened for a row that was answered. */
interface Feedback {
  /** Chosen by the caller, so that sending it twice counts once. */
  readonly id: string;
  /** Id of the answer. */
  readonly prediction: string;
  /** Place of the row in its request. */
  readonly row: number;
  readonly actual: string | number;
}

/** @throws Refusal `REQUEST_INVALID`, `SCHEMA_MISMATCH` naming every entry that is wrong */
function readFeedback(body: unknown, model: ServedModel, mostRows: number): Feedback[] {
  const entries = Array.isArray(body) ? body : [body];
  if (entries.length === 0 || entries.length > mostRows)
    throw new Refusal('REQUEST_INVALID', `1 to ${mostRows} entries are taken at a time.`);
  const { task, schema } = model.bundle;
  const target = schema.columns.find((c) => c.name === task.target);
  const read = target && cellReader(target);
  const spelled = (cell: unknown): string | number | undefined => {
    if (typeof cell === 'object' || cell === undefined) return undefined;
    if (task.kind === 'regression') return typeof cell === 'number' ? cell : undefined;
    const text = String(cell).trim();
    if (task.classes.includes(text)) return text;
    // a class may be spelled in another way that the schema reads alike, for instance 1 and 1.0
    const value = read?.(cell);
    return value === undefined ? undefined : task.classes.find((c) => read?.(c) === value);
  };
  const issues: FieldIssue[] = [];
  const feedback = entries.map((entry: unknown, row): Feedback => {
    const id = own(entry, 'id');
    const prediction = own(entry, 'prediction');
    const told = own(entry, 'row');
    const place = told === undefined ? 0 : told;
    const actual = spelled(own(entry, 'actual'));
    const bad = (column: string, message: string) => issues.length < 100 && issues.push({ row, column, message });
    if (id !== undefined && (typeof id !== 'string' || !/^[\w.:-]{1,100}$/.test(id)))
      bad('id', 'is not a text of up to 100 letters, digits, . : _ -');
    if (typeof prediction !== 'string' || !/^[0-9a-f]{16}-[0-9a-z]{1,12}$/.test(prediction))
      bad('prediction', 'is not the id of an answer');
    if (!Number.isInteger(place) || (place as number) < 0 || (place as number) > 1e9) bad('row', 'is not the place of a row, from 0');
    if (actual === undefined) bad('actual', task.kind === 'regression' ? 'is not a number' : `is none of the classes`);
    return {
      id: (id as string | undefined) ?? `${String(prediction)}/${String(place)}`,
      prediction: prediction as string,
      row: place as number,
      actual: actual as string | number,
    };
  });
  if (issues.length > 0) throw new Refusal('SCHEMA_MISMATCH', 'The feedback does not fit the model.', 'Nothing of it was taken.', issues);
  return feedback;
}

/** Answers `POST /v1/models/{name}/feedback` once the feedback is on disk. */
export function feedbackRoute(service: Service): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply> {
  return async (request, reply) => {
    const { name } = request.params as { name: string };
    const deployment = service.deployments.get(name);
    const model = service.deployments.version(deployment, deployment.traffic.champion);
    const feedback = readFeedback(
      parseJson(bodyText((request.body as Buffer | undefined) ?? Buffer.alloc(0))),
      model,
      service.settings.maxRows,
    );
    if (!service.log) throw new Refusal('NOT_FOUND', 'This server keeps no feedback.', 'Start it with --log, or from a project.');
    service.log.write(feedback.map((f) => `${JSON.stringify({ feedback: f, at: Date.now(), model: name })}\n`).join(''));
    await service.log.flush();
    return reply
      .code(202)
      .type('application/json; charset=utf-8')
      .send(JSON.stringify({ accepted: feedback.length }));
  };
}
