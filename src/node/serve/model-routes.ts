import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ColumnSchema } from '../../core/schema.js';
import type { Deployment } from './deployments.js';
import type { ServedModel } from './served-model.js';
import type { Service } from './service.js';

/** What the world may know of a column. */
function columnCard({ name, type, use, format, stats }: ColumnSchema): object {
  const { min, max, top } = stats;
  const examples = type === 'category' || type === 'boolean' ? { examples: top.map((t) => t.value) } : {};
  return { name, type, use, ...(format && { format }), ...(min !== undefined && { min, max }), ...examples };
}

function deploymentCard({ name, versions, traffic }: Deployment): object {
  const champion = versions.get(traffic.champion) as ServedModel;
  const { task } = champion.bundle;
  return { name, version: traffic.champion, versions: [...versions.keys()], task: task.kind, target: task.target, traffic };
}

function schemaCard(model: ServedModel): object {
  const { bundle } = model;
  const read = new Set(model.reader.columns);
  return {
    model: model.name,
    version: model.version,
    sha256: model.sha256,
    task: bundle.task.kind,
    target: bundle.task.target,
    classes: bundle.task.classes,
    ...(bundle.threshold !== undefined && { threshold: bundle.threshold }),
    columns: bundle.schema.columns.filter((c) => read.has(c.name)).map(columnCard),
  };
}

/** Routes that tell of models and of the server's health. */
export function registerModelRoutes(app: FastifyInstance, service: Service): void {
  const { deployments, metrics } = service;
  const answer = (reply: FastifyReply, body: object) => reply.type('application/json; charset=utf-8').send(JSON.stringify(body));
  app.get('/v1/models', (_request, reply) => answer(reply, { models: deployments.list().map(deploymentCard) }));
  app.get('/v1/models/:name', (request, reply) =>
    answer(reply, deploymentCard(deployments.get((request.params as { name: string }).name))),
  );
  app.get('/v1/models/:name/schema', (request, reply) => {
    const { version } = request.query as { version?: string };
    const deployment = deployments.get((request.params as { name: string }).name);
    return answer(reply, schemaCard(deployments.version(deployment, version ?? deployment.traffic.champion)));
  });
  app.get('/health', (_request, reply) => answer(reply.code(service.ready ? 200 : 503), { status: service.ready ? 'ready' : 'ending' }));
  app.get('/metrics', async (_request, reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()));
}
