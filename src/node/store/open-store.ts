import { existsSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { MillwrightError } from '../../core/errors.js';
import { outputFailed } from '../commands/atomic-file.js';
import { redact } from '../commands/redact.js';
import { ArtefactBucket } from './artefact-bucket.js';
import { ArtefactFiles } from './artefact-files.js';
import type { Artefacts } from './artefacts.js';
import { PostgresDb } from './sql/postgres-db.js';
import { SqliteDb } from './sql/sqlite-db.js';
import { SqlStore } from './sql-store.js';
import type { Store } from './store.js';

/** Name of the folder that makes a folder a project. */
export const PROJECT = '.millwright';

/** Where a project keeps what it knows. */
export interface Project {
  /** The `.millwright` folder, where there is one: the policy, and unless said otherwise database and artefacts. */
  folder?: string;
  /** `postgres://…`, else an SQLite file. */
  database: string;
  /** A folder, or `s3://bucket/prefix`. */
  artefacts: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The project that a folder belongs to: `.millwright` in it or above it, and what MILLWRIGHT_STORE and MILLWRIGHT_ARTEFACTS say. */
export function findProject(from = process.cwd(), environment: Environment = process.env): Project | undefined {
  const { MILLWRIGHT_STORE: said, MILLWRIGHT_ARTEFACTS: files } = environment;
  const remote = said !== undefined && /^postgres(ql)?:\/\//.test(said);
  const folder = said && !remote ? projectIn(resolve(from, said)) : folderAbove(resolve(from));
  if (!remote)
    return folder === undefined ? undefined : { folder, database: join(folder, 'store.db'), artefacts: files ?? join(folder, 'artefacts') };
  const artefacts = files ?? (folder === undefined ? undefined : join(folder, 'artefacts'));
  if (artefacts === undefined)
    throw new MillwrightError(
      'STORE_MISSING',
      'MILLWRIGHT_STORE names a database, but nothing says where files go.',
      'Make a project with `millwright init`, or set MILLWRIGHT_ARTEFACTS.',
    );
  return { folder, database: said, artefacts };
}

/**
 * Opens the store of a project. @throws MillwrightError `STORE_MISSING`, `STORE_UNREACHABLE`, `STORE_TOO_NEW`, `STORE_DAMAGED`
 * @example const store = await openStore(findProject());
 */
export async function openStore(project: Project | undefined): Promise<Store> {
  if (project === undefined)
    throw new MillwrightError('STORE_MISSING', 'There is no project here.', 'Make one with `millwright init`, or set MILLWRIGHT_STORE.');
  const artefacts = openArtefacts(project.artefacts);
  if (/^postgres(ql)?:\/\//.test(project.database))
    return SqlStore.over(await PostgresDb.open(project.database), artefacts, redact(project.database));
  return SqlStore.over(await SqliteDb.open(project.database), artefacts, project.database);
}

/** Makes the folder of a project in another; one that is there stays. @throws MillwrightError `OUTPUT_FAILED` */
export async function makeProject(parent: string): Promise<string> {
  const folder = join(resolve(parent), PROJECT);
  try {
    await mkdir(folder, { recursive: true });
    // a store is no source: it holds people's data
    await writeFile(join(folder, '.gitignore'), '*\n!.gitignore\n!policy.yaml\n', { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } catch (cause) {
    throw outputFailed(folder, cause);
  }
  return folder;
}

/**
 * A folder of a project for what is under way.
 * @param need who needs one, for the message
 * @throws MillwrightError `STORE_MISSING` when there is none, because all is elsewhere
 */
export function workPlace({ folder, artefacts }: Project, need: string): string {
  if (folder === undefined && artefacts.startsWith('s3:'))
    throw new MillwrightError('STORE_MISSING', `${need}, and there is none.`, 'Make one with `millwright init`.');
  return folder ?? artefacts;
}

function openArtefacts(place: string): Artefacts {
  return place.startsWith('s3:') ? ArtefactBucket.open(place) : new ArtefactFiles(resolve(place));
}

function projectIn(path: string): string {
  const inside = join(path, PROJECT);
  const folder = existsSync(inside) ? inside : path;
  if (!isFolder(folder))
    throw new MillwrightError('STORE_MISSING', `MILLWRIGHT_STORE names ${path}, which is no folder.`, 'Name a project, or postgres://….');
  return folder;
}

function folderAbove(from: string): string | undefined {
  for (let at = from; ; at = dirname(at)) {
    if (isFolder(join(at, PROJECT))) return join(at, PROJECT);
    if (dirname(at) === at) return undefined;
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
