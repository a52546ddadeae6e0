import type { ColumnSchema } from '../../core/schema.js';
import { cellReader } from '../../model/parse-cell.js';
import { JOB_STATES } from '../commands/jobs.js';
import { sharesOf } from '../commands/sureness.js';
import { packageVersion } from '../commands/version.js';
import { ALERT_STATES } from '../store/alerts.js';
import type { Deployment } from './deployments.js';
import { NEEDS } from './needs.js';
import type { Route } from './route.js';
import type { ServedModel } from './served-model.js';

type Json = Record<string, unknown>;

/** Routes whose bodies JSON Schema cannot describe: they speak a protocol that is published elsewhere. */
const ELSEWHERE = /\/infer$|^\/(api\/|version$)/;

/** A column's cells in JSON. */
function cellSchema(column: ColumnSchema): Json {
  const { name, type, format, reason, stats } = column;
  const told: Json = { description: reason };
  if (type === 'number') {
    const point = format?.kind !== 'number' || (format.decimal === '.' && !format.percent);
    const text = point ? [{ type: 'string', pattern: '^-?(0|[1-9][0-9]{0,14})(\\.[0-9]{1,9})?$' }] : [];
    return { ...told, anyOf: [{ type: 'number' }, { type: 'null' }, ...text], examples: stats.mean === undefined ? [] : [stats.mean] };
  }
  if (type === 'boolean') {
    const spelled = format?.kind === 'boolean' ? [...format.true, ...format.false] : ['yes', 'no'];
    return { ...told, enum: [true, false, null, ...spelled] };
  }
  if (type === 'datetime') {
    const read = cellReader(column);
    const examples = stats.top.map((t) => t.value).filter((text) => read(text) !== undefined);
    // milliseconds since 1970, but where numbers are dates in another way
    const numbers = format?.kind === 'datetime' && format.patterns.some((p) => !/[^a-z-]|iso/.test(p) && p !== 'iso');
    const milliseconds = numbers ? [] : [{ type: 'number', minimum: -8_640_000_000_000_000, maximum: 8_640_000_000_000_000 }];
    return { ...told, anyOf: [...milliseconds, { type: 'null' }, ...(examples.length > 0 ? [{ enum: examples }] : [])], examples };
  }
  return {
    ...told,
    type: ['string', 'number', 'boolean', 'null'],
    examples: type === 'category' ? stats.top.map((t) => t.value) : [],
    title: name,
  };
}

function rowSchema(model: ServedModel): Json {
  const read = new Set(model.reader.columns);
  const columns = model.bundle.schema.columns.filter((c) => read.has(c.name));
  return {
    type: 'object',
    properties: Object.fromEntries(columns.map((c) => [c.name, cellSchema(c)])),
    additionalProperties: { type: ['string', 'number', 'boolean', 'null'] },
    // a row without a single column of the model is refused
    ...(columns.length > 0 && { anyOf: columns.map((c) => ({ required: [c.name] })) }),
  };
}

function predictionSchema({ bundle: { task } }: ServedModel): Json {
  if (task.kind === 'regression') return { prediction: { type: ['number', 'null'] }, interval: { type: 'object' } };
  const probability = { type: ['number', 'null'], minimum: 0, maximum: 1 };
  return {
    prediction: { enum: task.classes },
    probabilities: { type: 'object', properties: Object.fromEntries(task.classes.map((c) => [c, probability])), required: task.classes },
    set: { type: 'object', properties: { share: { type: 'number' }, classes: { type: 'array', items: { enum: task.classes } } } },
  };
}

function actualSchema({ bundle: { task } }: ServedModel): Json {
  return task.kind === 'regression' ? { type: 'number' } : { enum: task.classes };
}

function answerSchema(model: ServedModel): Json {
  const head = {
    model: { const: model.name },
    version: { type: 'string' },
    id: { type: 'string' },
    warnings: { type: 'array', items: { type: 'object' } },
  };
  const one = predictionSchema(model);
  return {
    anyOf: [
      { type: 'object', properties: { ...head, ...one }, required: ['model', 'version', 'id', 'prediction'] },
      {
        type: 'object',
        properties: { ...head, predictions: { type: 'array', items: { type: 'object', properties: one, required: ['prediction'] } } },
        required: ['model', 'version', 'id', 'predictions'],
      },
    ],
  };
}

const json = (schema: Json): Json => ({ 'application/json': { schema } });
const ERROR: Json = { description: 'Refused; the body says why.', content: json({ $ref: '#/components/schemas/Error' }) };

/** What an action that the registry governs is told. */
function governedBody({ method, path }: Route): Json {
  if (method !== 'POST') return {};
  const reason = { type: 'string', maxLength: 10_000 };
  const version = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
  const asked = {
    type: 'object',
    properties: { version, to: { enum: ['staging', 'production', 'challenger'] }, reason },
    required: ['version'],
  };
  const seed = { type: 'integer', minimum: 0, maximum: 0xffffffff };
  const budget = { type: 'string', pattern: '^[1-9][0-9]{0,3}(ms|s|m|h)$', description: 'Time of a full search, as 10m.' };
  const bodies: [RegExp, Json][] = [
    [/\/requests$/, asked],
    [/\/rollback$/, { type: 'object', properties: { to: version, reason } }],
    [/\/retrain$/, { type: 'object', properties: { reason: { ...reason, maxLength: 2000 }, budget, seed } }],
    [/^\/v1\/jobs\//, { type: 'object', properties: {} }],
    [/^\/v1\/alerts\/.*\/snooze$/, { type: 'object', properties: { note: reason, for: { type: 'string', examples: ['4h', '2d'] } } }],
    [/^\/v1\/alerts\//, { type: 'object', properties: { note: reason } }],
  ];
  const body = bodies.find(([pattern]) => pattern.test(path))?.[1] ?? { type: 'object', properties: { reason } };
  return { requestBody: { content: json({ ...body, additionalProperties: false }) } };
}

/** How sure an answer is may be asked of models that know it. */
function surenessQueries({ bundle }: ServedModel): Json[] {
  const most = Math.max(...sharesOf(bundle));
  if (!(most >= 0.5)) return [];
  const [name, description] =
    bundle.task.kind === 'regression'
      ? ['interval', 'Share of rows that the interval around the number should hold.']
      : ['set', 'Share of rows whose right class should be in the set.'];
  return [{ name, in: 'query', schema: { type: 'number', minimum: 0.5, maximum: Math.min(most, 0.99) }, description }];
}

/** What lists of the registry may be asked for. */
function listed({ path }: Route): Json {
  const query = (name: string, schema: Json): Json => ({ name, in: 'query', schema });
  if (path === '/v1/alerts') return { parameters: [query('state', { enum: [...ALERT_STATES, 'all'] })] };
  if (path !== '/v1/jobs') return {};
  const limit = query('limit', { type: 'integer', minimum: 1, maximum: 1000 });
  return { parameters: [query('state', { enum: JOB_STATES }), query('kind', { type: 'string', maxLength: 100 }), limit] };
}

/** What is known of a route of one model beyond its summary. */
function details(route: Route, deployment: Deployment): Json {
  const model = deployment.versions.get(deployment.traffic.champion) as ServedModel;
  const version = { name: 'version', in: 'query', schema: { enum: [...deployment.versions.keys()] } };
  const query = (name: string, schema: Json, description: string): Json => ({ name, in: 'query', schema, description });
  switch (`${route.method} ${route.path}`) {
    case 'POST /v1/models/:name/predict': {
      const row = rowSchema(model);
      return {
        description:
          'Also {"columns": […], "data": [[…]]}, text/csv and application/x-ndjson, answered in kind, and Arrow streams (application/vnd.apache.arrow.stream), which are the answer too for whoever accepts them. With ?lenient=true, cells that cannot be read count as missing.',
        parameters: [
          version,
          query('key', { type: 'string' }, 'Requests with the same key go to the same version.'),
          ...surenessQueries(model),
          query('reasons', { type: 'integer', minimum: 0, maximum: 100 }, 'Columns to name for each row, those that moved it most.'),
        ],
        requestBody: { required: true, content: json({ anyOf: [row, { type: 'array', items: row, minItems: 1 }] }) },
        responses: { 200: { description: 'The answer.', content: json(answerSchema(model)) }, '4XX': ERROR, 503: ERROR },
      };
    }
    case 'POST /v1/models/:name/explain': {
      const row = rowSchema(model);
      return {
        parameters: [version, query('key', { type: 'string' }, 'As for predict.')],
        requestBody: {
          required: true,
          content: json({ anyOf: [row, { type: 'array', items: row, minItems: 1 }] }),
        },
      };
    }
    case 'POST /v1/models/:name/feedback': {
      const entry = {
        type: 'object',
        properties: {
          prediction: { type: 'string', pattern: '^[0-9a-f]{16}-[0-9a-z]{1,12}$', description: 'Id of the answer.' },
          row: { type: 'integer', minimum: 0, maximum: 1e9 },
          actual: actualSchema(model),
          id: { type: 'string', pattern: '^[A-Za-z0-9_.:-]{1,100}$', description: 'Sent twice, it counts once.' },
        },
        required: ['prediction', 'actual'],
      };
      return {
        requestBody: {
          required: true,
          content: json({ anyOf: [entry, { type: 'array', items: entry, minItems: 1 }] }),
        },
        responses: {
          202: {
            description: 'On disk.',
            content: json({ type: 'object', properties: { accepted: { type: 'integer' } }, required: ['accepted'] }),
          },
          '4XX': ERROR,
        },
      };
    }
    case 'PUT /v1/models/:name/traffic': {
      const known = { enum: [...deployment.versions.keys()] };
      const weight = { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 };
      const canary = {
        type: 'object',
        properties: { version: known, weight },
        required: ['version', 'weight'],
        additionalProperties: false,
      };
      const body = {
        type: 'object',
        properties: { canary, shadow: { type: 'array', items: known, maxItems: 4 } },
        additionalProperties: false,
      };
      return { requestBody: { required: true, content: json(body) } };
    }
    case 'POST /v1/models/:name/requests':
    case 'POST /v1/models/:name/rollback':
      return governedBody(route);
    case 'POST /v1/models/:name/retrain': {
      const made = { type: 'object', properties: { job: { type: 'object' } }, required: ['job'] };
      return { ...governedBody(route), responses: { 202: { description: 'On the queue.', content: json(made) }, '4XX': ERROR } };
    }
    case 'GET /v1/models/:name/schema':
      return { parameters: [version] };
    default:
      return {};
  }
}

/**
 * The OpenAPI 3.1 document of the models that are served: each has paths of its own, with the columns of its schema.
 */
export function openApi(routes: readonly Route[], deployments: readonly Deployment[]): Json {
  const paths = new Map<string, Json>();
  const add = (route: Route, path: string, more: Json): void => {
    const open = NEEDS[route.need] === undefined;
    const text = route.path === '/metrics' || route.path === '/monitor' || route.path === '/';
    const fine = { description: 'Done.', content: text ? { 'text/*': { schema: { type: 'string' } } } : json({ type: 'object' }) };
    const operation = {
      operationId: `${route.method} ${path}`.replace(/[^A-Za-z0-9]+/g, '_'),
      summary: route.summary,
      security: open ? [] : [{}, { token: [] }],
      responses: {
        200: fine,
        '4XX': route.path.startsWith('/v2') ? { ...ERROR, content: json({ $ref: '#/components/schemas/Error2' }) } : ERROR,
        503: { description: 'Not now.' },
      },
      ...more,
    };
    paths.set(path, { ...paths.get(path), [route.method.toLowerCase()]: operation });
  };
  for (const route of routes) {
    if (ELSEWHERE.test(route.path)) continue;
    if (!route.path.includes(':name')) {
      const id = { name: 'id', in: 'path', required: true, schema: { type: 'string', pattern: '^[\\w-]{1,100}$' } };
      add(
        route,
        route.path.replace(':id', '{id}'),
        route.path.includes(':id') ? { parameters: [id], ...governedBody(route) } : listed(route),
      );
      continue;
    }
    for (const deployment of deployments)
      for (const version of route.path.includes(':version') ? deployment.versions.keys() : [''])
        add(route, route.path.replace(':name', deployment.name).replace(':version', version), details(route, deployment));
  }
  const error = {
    type: 'object',
    properties: {
      code: { type: 'string' },
      message: { type: 'string' },
      hint: { type: 'string' },
      fields: { type: 'array', items: { type: 'object' } },
    },
    required: ['code', 'message'],
  };
  return {
    openapi: '3.1.0',
    info: { title: 'Millwright', version: packageVersion(), description: 'Models over HTTP.' },
    paths: Object.fromEntries(paths),
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: {
        Error: { type: 'object', properties: { error }, required: ['error'] },
        Error2: { type: 'object', properties: { error: { type: 'string' } }, required: ['error'] },
      },
    },
  };
}
