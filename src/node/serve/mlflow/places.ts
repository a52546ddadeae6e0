import { MillwrightError } from '../../../core/errors.js';
import type { NamedArtefact } from '../../store/records.js';
import type { Store } from '../../store/store.js';

// Clients name files by paths. Here these are names in the store alone: content lies under its hash, and no path from outside reaches the disk.

/** What a path of a client means. */
export type Place = { rest: string } & (
  | { kind: 'run'; id: string }
  | { kind: 'model'; id: string }
  | { kind: 'version'; model: string; version: number }
);

/**
 * Reads `<experiment>/<run>/artifacts/…`, `<experiment>/models/<model>/artifacts/…` and `versions/<name>/<version>/…`.
 * @throws MillwrightError `OPTION_INVALID` for paths that climb, `NOT_FOUND` for others
 */
export function placeOf(path: string): Place {
  const parts = checkPath(path).split('/');
  const [first = '', second = '', third = '', fourth = ''] = parts;
  if (first === 'versions' && /^\d{1,9}$/.test(third))
    return { kind: 'version', model: second, version: Number(third), rest: parts.slice(3).join('/') };
  if (second === 'models' && fourth === 'artifacts') return { kind: 'model', id: third, rest: parts.slice(4).join('/') };
  if (third === 'artifacts') return { kind: 'run', id: second, rest: parts.slice(3).join('/') };
  throw new MillwrightError('NOT_FOUND', `There is no place "${path.slice(0, 200)}" for files.`);
}

/** A path without a slash at its ends. @throws MillwrightError `OPTION_INVALID` when it could mean anything but a name below */
export function checkPath(path: string): string {
  const plain = path.replace(/\/$/, '');
  if (path.length > 1000 || /[\p{Cc}\\]/u.test(path) || plain.split('/').some((part) => part === '' || part === '.' || part === '..'))
    if (plain !== '') throw new MillwrightError('OPTION_INVALID', `"${path.slice(0, 200)}" is no path for a file here.`);
  return plain;
}

/** Every file of what a path names, by its whole name there. @throws MillwrightError `NOT_FOUND` */
export async function filesOf(store: Store, place: Place): Promise<NamedArtefact[]> {
  if (place.kind === 'run') {
    if (!(await store.runs.get(place.id))) throw new MillwrightError('NOT_FOUND', `Run with id=${place.id.slice(0, 100)} not found.`);
    return store.runs.artefacts(place.id);
  }
  if (place.kind === 'model') {
    const found = await store.logged.get(place.id);
    if (!found || found.deleted) throw new MillwrightError('NOT_FOUND', `Logged model with ID '${place.id.slice(0, 100)}' not found.`);
    return store.logged.files(place.id);
  }
  const version = await store.models.version(place.model, place.version);
  if (!version) throw new MillwrightError('NOT_FOUND', `Model Version (name=${place.model}, version=${place.version}) not found.`);
  const files = await store.models.files(place.model, place.version);
  if (files.length > 0) return files;
  // registered by our own commands
  return [{ name: 'model.mill', ...version.bundle }, ...(version.report ? [{ name: 'report.html', ...version.report }] : [])];
}

/** An entry of a folder in MLflow's words. */
export interface Entry {
  path: string;
  is_dir: boolean;
  file_size?: number;
}

/** What lies directly in a folder; a file lists itself. @param whole paths from the root instead of names alone */
export function entriesIn(files: readonly NamedArtefact[], folder: string, whole: boolean): Entry[] {
  const prefix = folder === '' ? '' : `${folder}/`;
  const entries = new Map<string, Entry>();
  for (const { name, bytes } of files) {
    if (!name.startsWith(prefix)) continue;
    const [head = '', ...below] = name.slice(prefix.length).split('/');
    const path = whole ? prefix + head : head;
    entries.set(head, below.length > 0 ? { path, is_dir: true } : { path, is_dir: false, file_size: bytes });
  }
  return [...entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Files of a folder (or the one of that name), named from it. */
export function filesBelow(files: readonly NamedArtefact[], folder: string): NamedArtefact[] {
  if (folder === '') return [...files];
  return files.flatMap((file) => {
    if (file.name === folder) return [{ ...file, name: folder.split('/').at(-1) as string }];
    return file.name.startsWith(`${folder}/`) ? [{ ...file, name: file.name.slice(folder.length + 1) }] : [];
  });
}
