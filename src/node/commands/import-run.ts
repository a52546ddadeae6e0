import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { MillwrightError } from '../../core/errors.js';
import type * as R from '../store/records.js';
import { readBundle } from './bundle-io.js';
import { ARTEFACTS, runId } from './output-folder.js';
import { withProject } from './project.js';
import { allow } from './registry/permissions.js';
import { factsOfBundle } from './registry/versions.js';

/**
 * Puts the run of a folder in the project's store, by what its bundle says and with its files. Whoever imports it counts as who ran it.
 * @param twin store it though another run made the very same model, under the name of its folder
 * @returns the run's id
 * @throws MillwrightError `STORE_CONFLICT` when it is there already, `NOT_ALLOWED`, `BUNDLE_…`
 */
export async function importRunFolder(folder: string, as: string | undefined, twin = false): Promise<string> {
  const bundle = await readBundle(folder);
  const facts = factsOfBundle(bundle);
  const startedAt = await startOf(folder);
  return withProject(as, async ({ store, actor }) => {
    const files: R.NamedArtefact[] = [];
    for (const name of ARTEFACTS)
      if ((await stat(join(folder, name)).catch(() => undefined))?.isFile())
        files.push({ name, ...(await store.artefacts.put(createReadStream(join(folder, name)))) });
    const model = files.find((f) => f.name === 'model.mill')?.sha256 as string;
    const known = twin ? undefined : await store.runs.withFile(model);
    if (known) throw new MillwrightError('STORE_CONFLICT', `That run is in the store already: ${known.id}.`, 'There is nothing to do.');
    const id = /^\d{8}T\d{6}Z-/.test(basename(folder)) ? basename(folder) : runId([basename(folder)]);
    await store.act(actor, { action: 'run.record', subject: `run:${id}` }, async ({ runs, note }) => {
      allow(actor, 'run.log');
      const { target = '', task, metric, dataHash } = facts;
      const score = metric === undefined ? undefined : facts.metrics.get(metric)?.value;
      await runs.create({
        ...{ id, experiment: target, name: `${target} · ${basename(folder)}`, status: 'finished' as const, startedAt, endedAt: startedAt },
        ...{ by: actor.user, source: 'millwright', dataHash, target, task, metric, score },
      });
      const metrics = [...facts.metrics].map(([name, { value }]) => ({ name, value, step: 0, at: startedAt }));
      const params = new Map([['seed', String(bundle.lineage.seed)]]);
      await runs.log(id, { metrics, params, tags: new Map([['imported', 'yes']]) });
      await runs.attach(id, files);
      await note({ action: 'run.record', subject: `run:${id}`, detail: { model, data: dataHash ?? null, imported: true } });
    });
    return id;
  });
}

/** When the run began, by its run.json; else when its bundle was written. */
async function startOf(folder: string): Promise<string> {
  try {
    const told = JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')) as { startedAt?: unknown };
    if (typeof told.startedAt === 'string' && !Number.isNaN(Date.parse(told.startedAt))) return new Date(told.startedAt).toISOString();
  } catch {
    // told by the file's time
  }
  return (await stat(join(folder, 'model.mill'))).mtime.toISOString();
}
