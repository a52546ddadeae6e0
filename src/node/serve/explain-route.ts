import type { FastifyReply, FastifyRequest } from 'fastify';
import { predict } from '../../model/predict.js';
import { explainTable } from './explain-text.js';
import { bodyText, parseJson } from './json-body.js';
import { askedRows, readAsked } from './predict-body.js';
import { predictQuery } from './predict-query.js';
import { Refusal } from './refusal.js';
import { nameIn, sendJson } from './route.js';
import { newNotes } from './row-reader.js';
import type { Service } from './service.js';

/** Answers `POST /v1/models/{name}/explain`: what each raw column did to the prediction of each row. */
export function explainRoute(service: Service): (request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  return (request, reply) => {
    const query = predictQuery(request.query);
    const { model } = service.deployments.choose(nameIn(request), query.version, query.key);
    const asked = askedRows(parseJson(bodyText((request.body as Buffer | undefined) ?? Buffer.alloc(0))), service.settings.maxRows);
    if (!service.gate.enter()) throw new Refusal('OVERLOADED', 'Too many large requests are being answered.', 'Try again in a second.');
    try {
      const table = readAsked(model.reader, asked, newNotes(query.lenient));
      const { values, labels } = predict(model.bundle, table);
      const explained = explainTable(model, table, values);
      const rows = Array.from({ length: table.rows }, (_, r) => ({
        prediction: labels ? labels[r] : values[r],
        ...(explained.of(r) !== undefined && { of: explained.of(r) }),
        base: explained.base(r),
        contributions: explained.contributions(r),
      }));
      const { method, scale } = explained;
      return sendJson(reply, { model: model.name, version: model.version, method, scale, rows });
    } finally {
      service.gate.leave();
    }
  };
}
