import { createHash } from 'node:crypto';
import { basename, dirname, resolve } from 'node:path';
import { MillwrightError } from '../../core/errors.js';
import { readBundleFile } from '../commands/bundle-io.js';
import type { Deployment } from './deployments.js';
import { ServedModel } from './served-model.js';

/** A bundle to serve, as named on the command line. */
export interface BundleFile {
  readonly name: string;
  readonly path: string;
}

/**
 * Reads `path` or `name=path`. Without a name it is that of the file, and of its folder when the file is called `model.mill`.
 * @throws MillwrightError `OPTION_INVALID`
 */
export function parseBundleArgument(argument: string): BundleFile {
  const [, given, path = argument] = /^([A-Za-z0-9][\w.-]*)=(.+)$/.exec(argument) ?? [];
  const stem = basename(path).replace(/\.mill$/, '');
  const name = (given ?? (stem === 'model' ? basename(dirname(resolve(path))) : stem)).replace(/[^\w.-]+/g, '-').slice(0, 100);
  if (!/^\w[\w.-]*$/.test(name))
    throw new MillwrightError('OPTION_INVALID', `"${argument}" gives no name for the model.`, 'Write name=path/to/model.mill.');
  return { name, path };
}

/** Loads a bundle; of a run's folder, its `model.mill`. The version is the beginning of the file's hash. */
async function load({ name, path }: BundleFile): Promise<ServedModel> {
  const { bundle, bytes } = await readBundleFile(path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return new ServedModel(name, sha256.slice(0, 12), sha256, bundle);
}

/** Loads all of them, or fails. @throws MillwrightError `BUNDLE_…`, `OPTION_INVALID` when two have one name */
export async function loadBundleFiles(files: readonly BundleFile[]): Promise<Deployment[]> {
  const seen = new Set<string>();
  for (const { name } of files) {
    if (seen.has(name)) throw new MillwrightError('OPTION_INVALID', `Two models are called "${name}".`, 'Name one with name=path.');
    seen.add(name);
  }
  const deployments: Deployment[] = [];
  for (const file of files) {
    const model = await load(file);
    deployments.push({ name: file.name, versions: new Map([[model.version, model]]), traffic: { champion: model.version, shadow: [] } });
  }
  return deployments;
}
