import type { ColumnSchema } from '../../core/schema.js';
import type { Caller } from './access.js';
import type { Deployment } from './deployments.js';
import { bodyText, parseJson } from './json-body.js';
import { predictQuery } from './predict-query.js';
import { nameIn, type Route, sendJson } from './route.js';
import type { ServedModel } from './served-model.js';
import type { Service } from './service.js';
import type { ProcessMetrics } from './siblings.js';

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
export function modelRoutes(service: Service): Route[] {
  const { deployments, metrics, siblings } = service;
  return [
    {
      method: 'GET',
      path: '/v1/models',
      need: 'describe',
      summary: 'Lists the models that are served.',
      handle: (request, reply) => {
        const { models } = request.caller ?? {};
        return sendJson(reply, {
          models: deployments
            .list()
            .filter((d) => models?.includes(d.name) ?? true)
            .map(deploymentCard),
        });
      },
    },
    {
      method: 'GET',
      path: '/v1/models/:name',
      need: 'describe',
      summary: 'Tells versions and traffic of a model.',
      handle: (request, reply) => sendJson(reply, deploymentCard(deployments.get(nameIn(request)))),
    },
    {
      method: 'GET',
      path: '/v1/models/:name/schema',
      need: 'describe',
      summary: 'Tells the columns that a row should have.',
      handle: (request, reply) => {
        const { version } = predictQuery(request.query);
        const deployment = deployments.get(nameIn(request));
        return sendJson(reply, schemaCard(deployments.version(deployment, version ?? deployment.traffic.champion)));
      },
    },
    {
      method: 'GET',
      path: '/health',
      need: 'everyone',
      summary: 'Tells whether requests are taken.',
      handle: (_request, reply) => sendJson(reply, { status: service.ready ? 'ready' : 'ending' }, service.ready ? 200 : 503),
    },
    {
      method: 'GET',
      path: '/metrics',
      need: 'metrics',
      summary: 'Prometheus metrics.',
      handle: async (_request, reply) => {
        const others = ((await siblings?.ask({ kind: 'metrics' })) ?? []) as ProcessMetrics[];
        return reply.type(metrics.registry.contentType).send(await metrics.text(others));
      },
    },
    {
      method: 'PUT',
      path: '/v1/models/:name/traffic',
      need: 'operate',
      summary: 'Divides the requests of a model among its versions: a canary with its weight, versions asked beside.',
      handle: async (request, reply) => {
        const name = nameIn(request);
        const asked = parseJson(bodyText((request.body as Buffer | undefined) ?? Buffer.alloc(0)));
        await service.keepTraffic?.(request.caller as Caller, name, service.plannedTraffic(name, asked).traffic);
        const changed = service.setTraffic(name, asked);
        await siblings?.ask({ kind: 'traffic', traffic: [name, asked] });
        return sendJson(reply, deploymentCard(changed));
      },
    },
    {
      method: 'POST',
      path: '/v1/reload',
      need: 'operate',
      summary: 'Reads the models again; requests under way keep what they have.',
      handle: async (_request, reply) => {
        await service.reload();
        await siblings?.ask({ kind: 'reload' });
        return sendJson(reply, { models: deployments.list().map(deploymentCard) });
      },
    },
  ];
}
