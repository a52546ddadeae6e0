import type { FastifyInstance } from 'fastify';
import type { Service } from './service.js';

/** The Open Inference Protocol V2 over REST. */
export function registerV2Routes(app: FastifyInstance, service: Service): void {
  app.get('/v2/health/live', (_request, reply) => reply.type('application/json').send('{"live":true}'));
  app.get('/v2/health/ready', (_request, reply) =>
    reply
      .code(service.ready ? 200 : 503)
      .type('application/json')
      .send(`{"ready":${service.ready}}`),
  );
}
