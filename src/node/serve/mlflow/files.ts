import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import { MillwrightError } from '../../../core/errors.js';
import type { Store } from '../../store/store.js';
import { Refusal } from '../refusal.js';
import { type Route, sendJson } from '../route.js';
import { asked, callerOf, named, text } from './asked.js';
import { artefactRoot, idsByName } from './experiments.js';
import { checkPath, entriesIn, filesOf, type Place, placeOf } from './places.js';
import { RUN, runOf } from './runs.js';

const FILES = '/api/2.0/mlflow-artifacts/artifacts';

/** A token for certain models reads the files of no others. @throws MillwrightError `NOT_ALLOWED` */
export function refuseOther(request: FastifyRequest, model: string): void {
  if (callerOf(request).models?.includes(model) ?? true) return;
  throw new MillwrightError('NOT_ALLOWED', 'The token is not for this model.', 'Ask whoever gave you the token.');
}

function placeIn(request: FastifyRequest, path: string): Place {
  const place = placeOf(path);
  if (place.kind === 'version') refuseOther(request, place.model);
  return place;
}

/** Files of runs, logged models and versions. @param most bytes of an upload */
export function fileRoutes(store: Store, most: number): Route[] {
  const wildcard = (request: FastifyRequest): Place => placeIn(request, (request.params as { '*': string })['*']);
  return [
    {
      method: 'PUT',
      path: `${FILES}/*`,
      need: 'log',
      summary: 'Takes a file of a run or of a logged model, however large, up to `--max-upload`.',
      streams: true,
      handle: async (request, reply) => {
        const place = wildcard(request);
        if (place.kind === 'version' || place.rest === '')
          throw new MillwrightError('NOT_ALLOWED', 'Files are logged with runs and models; those of a version never change.');
        if (Number(request.headers['content-length'] ?? 0) > most) throw tooLarge(most);
        const files = await filesOf(store, place);
        refuseShadow(files, place.rest);
        const ref = await store.artefacts.put(bounded(request.body as Readable | undefined, most));
        await (place.kind === 'run' ? store.runs : store.logged).attach(place.id, [{ name: place.rest, ...ref }]);
        return sendJson(reply, {});
      },
    },
    {
      method: 'GET',
      path: `${FILES}/*`,
      need: 'review',
      summary: 'Gives a file.',
      handle: async (request, reply) => {
        const place = wildcard(request);
        const file = (await filesOf(store, place)).find(({ name }) => name === place.rest);
        if (!file) throw new MillwrightError('NOT_FOUND', `There is no file "${place.rest.slice(0, 200)}".`);
        const parts = await store.artefacts.read(file.sha256);
        // never shown by a browser: whoever logs files may not script this site
        reply.header('content-disposition', 'attachment').header('content-security-policy', "sandbox; default-src 'none'");
        return reply.header('content-length', file.bytes).type('application/octet-stream').send(Readable.from(parts));
      },
    },
    {
      method: 'GET',
      path: FILES,
      need: 'review',
      summary: 'Lists files.',
      handle: async (request, reply) => {
        const place = placeIn(request, asked(z.object({ path: named(1000) }), request).path);
        return sendJson(reply, { files: entriesIn(await filesOf(store, place), place.rest, false) });
      },
    },
    {
      method: 'GET',
      path: '/api/2.0/mlflow/artifacts/list',
      need: 'review',
      summary: 'Lists files of a run.',
      handle: async (request, reply) => {
        const { path, ...which } = asked(z.object({ ...RUN, path: text(1000).default('') }), request);
        const run = await runOf(store, which);
        const root_uri = artefactRoot((await idsByName(store)).get(run.experiment) ?? '', run.id);
        return sendJson(reply, { root_uri, files: entriesIn(await store.runs.artefacts(run.id), checkPath(path), true) });
      },
    },
  ];
}

/** @throws MillwrightError `OPTION_INVALID` when a name would be a file and a folder at once, which no disk can hold */
function refuseShadow(files: readonly { name: string }[], name: string): void {
  const other = files.find((f) => f.name.startsWith(`${name}/`) || name.startsWith(`${f.name}/`));
  if (other) throw new MillwrightError('OPTION_INVALID', `"${name.slice(0, 200)}" cannot be a file beside "${other.name.slice(0, 200)}".`);
}

async function* bounded(body: Readable | undefined, most: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const part of body ?? []) {
    bytes += (part as Buffer).length;
    if (bytes > most) throw tooLarge(most);
    yield part as Buffer;
  }
}

const tooLarge = (most: number): Refusal =>
  new Refusal('REQUEST_TOO_LARGE', `A file may have ${most} bytes at most.`, '--max-upload sets the limit.');
