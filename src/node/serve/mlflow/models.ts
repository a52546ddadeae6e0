import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import { MillwrightError } from '../../../core/errors.js';
import { allow, type Permission } from '../../commands/registry/permissions.js';
import type { ModelRecord, TagChange } from '../../store/records.js';
import type { Governed, Store } from '../../store/store.js';
import { actorOf } from '../access.js';
import { type Route, sendJson } from '../route.js';
import { asked, callerOf, int64, mapOf, named, page, pair, refuseReserved, text } from './asked.js';
import { refuseOther } from './files.js';
import { matcher, sorter, type ValueOf } from './match.js';
import { latestVersions, toldModel, toldVersion } from './registry-answers.js';

const FIELDS = ['name', 'creation_timestamp', 'last_updated_timestamp', 'timestamp'];
/** What these mean is decided by approvals alone. */
const GOVERNED = /^(champion|challenger|former)$/i;
const BASE = '/api/2.0/mlflow/registered-models';
const tag = pair(100_000);
const model = z.object({ name: named(100) });
const alias = model.extend({ alias: named(100) });
const searching = z.object({
  filter: text(5000).default(''),
  max_results: int64.pipe(z.number().min(1).max(1000)).default(100),
  order_by: z.array(text(500)).max(10).default([]),
  page_token: text(200).optional(),
});

const valueIn: ValueOf<ModelRecord> = (model, { kind, name }) => {
  if (kind === 'tag') return model.tags.get(name);
  if (kind !== 'field') return undefined;
  return name === 'name' ? model.name : Date.parse(model.createdAt);
};

/** @throws MillwrightError `NOT_FOUND`, `NOT_ALLOWED` when the token is for other models */
export async function modelOf(store: Store, request: FastifyRequest, name: string): Promise<ModelRecord> {
  refuseOther(request, name);
  const found = await store.models.get(name);
  if (!found) throw new MillwrightError('NOT_FOUND', `Registered Model with name=${name} not found.`);
  return found;
}

/** Does something governed in the name of the caller, with its entry in the audit log. */
export function govern(
  store: Store,
  request: FastifyRequest,
  what: { permission: Permission; action: string; subject: string; detail?: Record<string, string> },
  work: (governed: Governed) => Promise<void>,
): Promise<void> {
  const actor = actorOf(callerOf(request));
  return store.act(actor, { action: what.action, subject: what.subject, detail: what.detail }, async (governed) => {
    allow(actor, what.permission);
    await work(governed);
  });
}

/** Registered models. */
export function modelRoutes(store: Store): Route[] {
  const change = (method: Route['method'], rest: string, summary: string, work: (request: FastifyRequest) => Promise<object>): Route => ({
    ...{ method, path: `${BASE}/${rest}`, need: 'register', summary },
    handle: async (request, reply) => sendJson(reply, await work(request)),
  });
  const describe = async (request: FastifyRequest, name: string, said: { description?: string; tags?: TagChange }): Promise<object> => {
    const subject = `model:${(await modelOf(store, request, name)).name}`;
    await govern(store, request, { permission: 'version.describe', action: 'model.describe', subject }, async ({ models }) => {
      refuseReserved(said.tags?.keys() ?? []);
      await models.describe(name, said);
    });
    return { registered_model: await toldModel(store, await modelOf(store, request, name)) };
  };
  const setAlias = async (request: FastifyRequest, name: string, which: string, version?: number): Promise<object> => {
    const subject = `model:${(await modelOf(store, request, name)).name}${version === undefined ? '' : `@${version}`}`;
    await govern(
      store,
      request,
      { permission: 'alias.set', action: 'alias.set', subject, detail: { alias: which } },
      async ({ models }) => {
        if (GOVERNED.test(which))
          throw new MillwrightError(
            'NOT_ALLOWED',
            `The alias "${which}" is set by an approved promotion alone.`,
            'Ask with `millwright promote` or POST /v1/models/{name}/requests; another alias can be set freely.',
          );
        if (version !== undefined && !(await models.version(name, version)))
          throw new MillwrightError('NOT_FOUND', `Model Version (name=${name}, version=${version}) not found.`);
        await models.setAlias(name, which, version);
      },
    );
    return {};
  };
  const latest = (method: 'GET' | 'POST'): Route => ({
    ...{ method, path: `${BASE}/get-latest-versions`, need: 'review', summary: 'Tells the latest version of each stage.' },
    handle: async (request, reply) => {
      const { name, stages } = asked(model.extend({ stages: z.array(text(50)).max(10).optional() }), request);
      const found = await modelOf(store, request, name);
      const versions = await latestVersions(store, name, stages?.length ? stages : undefined);
      return sendJson(reply, { model_versions: versions.map((v) => toldVersion(v, found)) });
    },
  });
  return [
    change('POST', 'create', 'Makes a registered model.', async (request) => {
      const said = asked(model.extend({ tags: z.array(tag).max(100).default([]), description: text(100_000).optional() }), request);
      const { name, description, tags } = said;
      refuseReserved(tags.map((t) => t.key));
      refuseOther(request, name);
      await govern(
        store,
        request,
        { permission: 'version.register', action: 'model.create', subject: `model:${name}` },
        async ({ models }) => {
          if (await models.get(name)) throw new MillwrightError('STORE_CONFLICT', `Registered Model (name=${name}) already exists.`);
          await models.ensure({ name, by: callerOf(request).user, description });
          await models.describe(name, { tags: mapOf(tags) });
        },
      );
      return { registered_model: await toldModel(store, await modelOf(store, request, name)) };
    }),
    {
      method: 'GET',
      path: `${BASE}/get`,
      need: 'review',
      summary: 'Tells a registered model.',
      handle: async (request, reply) =>
        sendJson(reply, { registered_model: await toldModel(store, await modelOf(store, request, asked(model, request).name)) }),
    },
    {
      method: 'GET',
      path: `${BASE}/search`,
      need: 'review',
      summary: 'Finds registered models.',
      handle: async (request, reply) => {
        const { filter, max_results, order_by, page_token } = asked(searching, request);
        const matches = matcher(filter, FIELDS, valueIn);
        const { offset, next } = page(page_token, max_results);
        const found = (await store.models.list()).filter((m) => (callerOf(request).models?.includes(m.name) ?? true) && matches(m));
        const part = found.sort(sorter(order_by.length ? order_by : ['name'], FIELDS, valueIn)).slice(offset, offset + max_results);
        return sendJson(reply, { registered_models: await Promise.all(part.map((m) => toldModel(store, m))), ...next(found.length) });
      },
    },
    latest('GET'),
    latest('POST'),
    change('PATCH', 'update', 'Describes a registered model.', (request) => {
      const { name, description } = asked(model.extend({ description: text(100_000).default('') }), request);
      return describe(request, name, { description });
    }),
    change('POST', 'set-tag', 'Sets a tag of a registered model.', async (request) => {
      const { name, key, value } = asked(model.extend(tag.shape), request);
      await describe(request, name, { tags: new Map([[key, value]]) });
      return {};
    }),
    change('DELETE', 'delete-tag', 'Takes a tag of a registered model away.', async (request) => {
      const { name, key } = asked(model.extend({ key: named() }), request);
      await describe(request, name, { tags: new Map([[key, undefined]]) });
      return {};
    }),
    change('POST', 'alias', 'Sets an alias; `champion` and `challenger` take an approval instead.', (request) => {
      const said = asked(alias.extend({ version: int64.pipe(z.number().min(1)) }), request);
      return setAlias(request, said.name, said.alias, said.version);
    }),
    change('DELETE', 'alias', 'Takes an alias away, but for `champion` and `challenger`.', (request) => {
      const said = asked(alias, request);
      return setAlias(request, said.name, said.alias);
    }),
    {
      method: 'GET',
      path: `${BASE}/alias`,
      need: 'review',
      summary: 'Tells the version of an alias.',
      handle: async (request, reply) => {
        const said = asked(alias, request);
        const found = await modelOf(store, request, said.name);
        const version = await store.models.version(said.name, found.aliases.get(said.alias) ?? 0);
        if (!version) throw new MillwrightError('OPTION_INVALID', `Registered model alias ${said.alias} not found.`);
        return sendJson(reply, { model_version: toldVersion(version, found) });
      },
    },
    change('POST', 'rename', 'Refused: names are in the audit log.', (request) => refuse(store, request, 'model.rename')),
    change('DELETE', 'delete', 'Refused: what was registered stays.', (request) => refuse(store, request, 'model.delete')),
  ];
}

async function refuse(store: Store, request: FastifyRequest, action: string): Promise<object> {
  const { name } = await modelOf(store, request, asked(model, request).name);
  await govern(store, request, { permission: 'version.register', action, subject: `model:${name}` }, async () => {
    throw new MillwrightError('NOT_ALLOWED', 'A registered model keeps its name and is never deleted: it is part of the record.');
  });
  return {};
}
