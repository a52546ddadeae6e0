import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import { ArtefactFiles } from '../store/artefact-files.js';
import { findProject, makeProject, openStore } from '../store/open-store.js';
import type { TransferRow } from '../store/transfer.js';
import { SHAPE } from '../store/transfer.js';
import { prettyJson } from './artefacts.js';
import { AtomicFile, outputFailed, writeWhole } from './atomic-file.js';
import { importRunFolder } from './import-run.js';
import { parseInput } from './options.js';
import { withProject } from './project.js';
import { allow } from './registry/permissions.js';

const input = z.object({ folder: z.string().optional(), as: z.string().optional() });
const manifest = z.object({ format: z.literal('millwright-store'), shape: z.number().int(), store: z.string().min(1), audit: z.unknown() });

const BATCH = 1000;

/** What was moved. */
export interface Transferred {
  folder: string;
  store: string;
  /** Rows and files. */
  rows: number;
  files: number;
}

/**
 * Writes the whole store into a new folder: a file of JSON lines for each table, and the files that runs and versions name.
 * @throws MillwrightError `OUTPUT_EXISTS`, `OUTPUT_FAILED`, `NOT_ALLOWED`
 */
export function exportCommand(options: unknown): Promise<Transferred> {
  const { folder: given, as } = parseInput(input, options);
  if (given === undefined) throw new MillwrightError('USAGE', 'No folder was named.', 'Write `millwright export <folder>`.');
  const folder = resolve(given);
  return withProject(as, async ({ store, actor }) => {
    await makeEmpty(folder);
    const files = new ArtefactFiles(join(folder, 'artefacts'));
    let rows = 0;
    const { named, head } = await store.act(actor, { action: 'export', subject: `store:${store.id}` }, async (governed) => {
      allow(actor, 'export');
      await governed.note({ action: 'export', subject: `store:${store.id}` });
      const open = new Map<string, AtomicFile>();
      await governed.dump(async (table, batch) => {
        const file = open.get(table) ?? (await AtomicFile.create(join(folder, `${table}.jsonl`)));
        open.set(table, file);
        rows += batch.length;
        if (batch.length) await file.write(`${batch.map((row) => JSON.stringify(row)).join('\n')}\n`);
      });
      for (const file of open.values()) await file.commit();
      return { named: await governed.named(), head: await governed.audit.head() };
    });
    for (const sha256 of named) await files.put(await store.artefacts.get(sha256));
    // last, so that a folder with it is a whole export
    await writeWhole(join(folder, 'export.json'), prettyJson({ format: 'millwright-store', shape: SHAPE, store: store.id, audit: head }));
    return { folder, store: store.place, rows, files: named.size };
  });
}

/**
 * Makes a store of an export, audit chain included; or, of the folder of a run, puts that run in the project's store.
 * @throws MillwrightError `STORE_CONFLICT` when there is something in the store, `AUDIT_BROKEN`, `ARTEFACT_DAMAGED`, `DATA_NOT_FOUND`
 */
export async function importCommand(options: unknown): Promise<Transferred | { run: string }> {
  const { folder: given, as } = parseInput(input, options);
  if (given === undefined) throw new MillwrightError('USAGE', 'No folder was named.', 'Write `millwright import <folder>`.');
  const folder = resolve(given);
  if (await isFile(join(folder, 'model.mill'))) return { run: await importRunFolder(folder, as) };
  const told = await readManifest(folder);
  await makeProject(process.cwd());
  const store = await openStore(findProject());
  try {
    let rows = 0;
    const source = new ArtefactFiles(join(folder, 'artefacts'));
    const names = await artefactsIn(join(folder, 'artefacts'));
    for (const sha256 of names) await store.artefacts.put(await source.get(sha256));
    await store.fill(told.store, async function* (table) {
      for await (const batch of readRows(join(folder, `${table}.jsonl`))) {
        rows += batch.length;
        yield batch;
      }
    });
    return { folder, store: store.place, rows, files: names.length };
  } finally {
    await store.close();
  }
}

async function makeEmpty(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    if ((await readdir(folder)).length === 0) return;
  } catch (cause) {
    throw outputFailed(folder, cause);
  }
  throw new MillwrightError('OUTPUT_EXISTS', `${folder} is not empty.`, 'Name a new folder.');
}

async function readManifest(folder: string): Promise<z.infer<typeof manifest>> {
  const text = await readFile(join(folder, 'export.json'), 'utf8').catch((cause: unknown) => {
    throw new MillwrightError(
      'DATA_NOT_FOUND',
      `${folder} is neither an export nor the folder of a run.`,
      'An export holds an export.json.',
      { cause },
    );
  });
  const parsed = manifest.safeParse(parseJson(text, 'export.json'));
  if (!parsed.success)
    throw new MillwrightError('DATA_UNREADABLE', `${join(folder, 'export.json')} is not one of Millwright.`, 'Take another copy.');
  if (parsed.data.shape !== SHAPE)
    throw new MillwrightError(
      parsed.data.shape > SHAPE ? 'STORE_TOO_NEW' : 'DATA_UNREADABLE',
      `The export has shape ${parsed.data.shape}, this version writes ${SHAPE}.`,
      'Import it with the version that wrote it; opening the store with this one brings it to the present shape.',
    );
  return parsed.data;
}

async function* readRows(path: string): AsyncGenerator<TransferRow[]> {
  if (!(await isFile(path)))
    throw new MillwrightError('DATA_NOT_FOUND', `${path} is missing.`, 'The export is not whole: take another copy.');
  let batch: TransferRow[] = [];
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line === '') continue;
    batch.push(parseJson(line, path) as TransferRow);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length) yield batch;
}

function parseJson(text: string, path: string): unknown {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // told below
  }
  throw new MillwrightError('DATA_UNREADABLE', `${path} holds a line that is no JSON object.`, 'Take another copy.');
}

async function artefactsIn(folder: string): Promise<string[]> {
  const names = (path: string): Promise<string[]> => readdir(path).catch(() => []);
  const heads = (await names(folder)).filter((name) => /^[0-9a-f]{2}$/.test(name));
  const all = await Promise.all(heads.map(async (head) => (await names(join(folder, head))).map((rest) => head + rest)));
  return all.flat().filter((name) => /^[0-9a-f]{64}$/.test(name));
}

const isFile = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined))?.isFile() ?? false;
