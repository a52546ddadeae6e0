import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import { MillwrightError } from '../../../core/errors.js';
import type { Policy } from '../../commands/registry/policy.js';
import { registerFacts } from '../../commands/registry/versions.js';
import type { ModelRecord, TagChange, VersionRecord } from '../../store/records.js';
import type { Store } from '../../store/store.js';
import { actorOf } from '../access.js';
import { type Route, sendJson } from '../route.js';
import { asked, callerOf, int64, mapOf, named, page, pair, refuseReserved, text } from './asked.js';
import { refuseOther } from './files.js';
import { matcher, sorter, type ValueOf } from './match.js';
import { govern, modelOf } from './models.js';
import { fileUri, STAGES, toldVersion } from './registry-answers.js';
import { factsOfSource } from './sources.js';

const FIELDS = ['name', 'version', 'version_number', 'run_id', 'source_path', 'creation_timestamp', 'last_updated_timestamp'];
const BASE = '/api/2.0/mlflow/model-versions';
const tag = pair(100_000);
const which = z.object({ name: named(100), version: int64.pipe(z.number().min(1)) });
const creating = z.object({
  name: named(100),
  source: named(2000),
  run_id: text(100).optional(),
  model_id: text(100).optional(),
  description: text(100_000).default(''),
  tags: z.array(tag).max(100).default([]),
});
const searching = z.object({
  filter: text(5000).default(''),
  max_results: int64.pipe(z.number().min(1).max(200_000)).default(10_000),
  order_by: z.array(text(500)).max(10).default([]),
  page_token: text(200).optional(),
});

const valueIn: ValueOf<VersionRecord> = (version, { kind, name }) => {
  if (kind === 'tag') return version.tags.get(name);
  if (kind !== 'field') return undefined;
  if (name === 'name') return version.model;
  if (name.startsWith('version')) return version.version;
  if (name === 'run_id') return version.run ?? '';
  return name === 'source_path' ? (version.source ?? fileUri(version)) : Date.parse(version.registeredAt);
};

/** Versions of registered models. */
export function versionRoutes(store: Store, policy: () => Promise<Policy>): Route[] {
  const found = async (request: FastifyRequest, { name, version }: z.infer<typeof which>): Promise<[VersionRecord, ModelRecord]> => {
    const model = await modelOf(store, request, name);
    const record = await store.models.version(name, version);
    if (!record) throw new MillwrightError('NOT_FOUND', `Model Version (name=${name}, version=${version}) not found.`);
    return [record, model];
  };
  const tell = async (request: FastifyRequest, said: z.infer<typeof which>): Promise<object> => ({
    model_version: toldVersion(...(await found(request, said))),
  });
  const change = (method: Route['method'], rest: string, summary: string, work: (request: FastifyRequest) => Promise<object>): Route => ({
    ...{ method, path: `${BASE}/${rest}`, need: 'register', summary },
    handle: async (request, reply) => sendJson(reply, await work(request)),
  });
  const describe = async (
    request: FastifyRequest,
    said: z.infer<typeof which>,
    changed: { description?: string; tags?: TagChange },
  ): Promise<object> => {
    const [{ model, version }] = await found(request, said);
    const subject = `model:${model}@${version}`;
    await govern(store, request, { permission: 'version.describe', action: 'version.describe', subject }, async ({ models }) => {
      refuseReserved(changed.tags?.keys() ?? []);
      await models.describeVersion(model, version, changed);
    });
    return tell(request, said);
  };
  const refuse = async (request: FastifyRequest, action: string, why: string, hint?: string): Promise<object> => {
    const [{ model, version }] = await found(request, asked(which, request));
    const subject = `model:${model}@${version}`;
    await govern(store, request, { permission: 'version.describe', action, subject }, async () => {
      throw new MillwrightError('NOT_ALLOWED', why, hint);
    });
    return {};
  };
  return [
    change('POST', 'create', 'Registers the files of a run or of a logged model as the next version.', async (request) => {
      const { name, source, run_id, description, tags } = asked(creating, request);
      refuseReserved(tags.map((t) => t.key));
      await modelOf(store, request, name);
      const actor = actorOf(callerOf(request));
      const facts = await factsOfSource(store, { source, run: run_id, user: actor.user }, (model) => refuseOther(request, model));
      const { version } = await registerFacts(store, actor, { name, description }, { ...facts, tags: mapOf(tags) }, await policy());
      return tell(request, { name, version });
    }),
    {
      method: 'GET',
      path: `${BASE}/get`,
      need: 'review',
      summary: 'Tells a version.',
      handle: async (request, reply) => sendJson(reply, await tell(request, asked(which, request))),
    },
    {
      method: 'GET',
      path: `${BASE}/search`,
      need: 'review',
      summary: 'Finds versions.',
      handle: async (request, reply) => {
        const { filter, max_results, order_by, page_token } = asked(searching, request);
        const matches = matcher(filter, FIELDS, valueIn);
        const { offset, next } = page(page_token, max_results);
        const models = (await store.models.list()).filter((m) => callerOf(request).models?.includes(m.name) ?? true);
        const all = (await Promise.all(models.map((m) => store.models.versions(m.name)))).flat().filter(matches);
        const orders = order_by.length ? order_by : ['name ASC', 'version_number DESC'];
        const part = all.sort(sorter(orders, FIELDS, valueIn)).slice(offset, offset + max_results);
        const byName = new Map(models.map((m) => [m.name, m]));
        return sendJson(reply, { model_versions: part.map((v) => toldVersion(v, byName.get(v.model))), ...next(all.length) });
      },
    },
    {
      method: 'GET',
      path: `${BASE}/get-download-uri`,
      need: 'review',
      summary: 'Tells where the files of a version are.',
      handle: async (request, reply) => sendJson(reply, { artifact_uri: fileUri((await found(request, asked(which, request)))[0]) }),
    },
    change('PATCH', 'update', 'Describes a version.', (request) => {
      const { description, ...said } = asked(which.extend({ description: text(100_000).default('') }), request);
      return describe(request, said, { description });
    }),
    change('POST', 'set-tag', 'Sets a tag of a version.', async (request) => {
      const { key, value, ...said } = asked(which.extend(tag.shape), request);
      await describe(request, said, { tags: new Map([[key, value]]) });
      return {};
    }),
    change('DELETE', 'delete-tag', 'Takes a tag of a version away.', async (request) => {
      const { key, ...said } = asked(which.extend({ key: named() }), request);
      await describe(request, said, { tags: new Map([[key, undefined]]) });
      return {};
    }),
    change('POST', 'transition-stage', `Refused: ${Object.values(STAGES).slice(1).join(', ')} take an approval.`, (request) =>
      refuse(
        request,
        'stage.set',
        'The stage of a version changes by an approved promotion alone.',
        'Ask with `millwright promote` or POST /v1/models/{name}/requests.',
      ),
    ),
    change('DELETE', 'delete', 'Refused: what was registered stays.', (request) =>
      refuse(request, 'version.delete', 'A registered version is never deleted: it is part of the record.'),
    ),
  ];
}
