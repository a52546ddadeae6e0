import { MillwrightError } from '../../core/errors.js';
import { sha256 as hashOf } from '../../model/sha256.js';
import { bundleBytes, decodeFile, titleOf } from '../commands/bundle-io.js';
import { signatureBeside } from '../commands/sign.js';
import { type Signers, verifySignature } from '../commands/signature.js';
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
  const name = (given ?? titleOf(path)).replace(/[^\w.-]+/g, '-').slice(0, 100);
  if (!/^\w[\w.-]*$/.test(name))
    throw new MillwrightError('OPTION_INVALID', `"${argument}" gives no name for the model.`, 'Write name=path/to/model.mill.');
  return { name, path };
}

/** Loads a bundle; of a run's folder, its `model.mill`. The version is the beginning of the file's hash. */
async function load({ name, path }: BundleFile, before: readonly Deployment[], signers: Signers | undefined): Promise<ServedModel> {
  const bytes = await bundleBytes(path);
  const sha256 = await hashOf(bytes);
  if (signers) verifySignature(await signatureBeside(path), sha256, signers, path);
  const version = sha256.slice(0, 12);
  const known = before.find((d) => d.name === name)?.versions.get(version);
  return known?.sha256 === sha256 ? known : ServedModel.prepare(name, version, sha256, await decodeFile(path, bytes));
}

/**
 * Loads all of them, or fails. Several files of one name are versions of one model, and the first is its champion. Versions that are loaded already are kept as they
 * are.
 * @param signers one of whom must have signed each
 * @throws MillwrightError `BUNDLE_…`, `SIGNATURE_REFUSED`, `OPTION_INVALID` when two are the same
 */
export async function loadBundleFiles(
  files: readonly BundleFile[],
  before: readonly Deployment[],
  signers?: Signers,
): Promise<Deployment[]> {
  const byName = new Map<string, Map<string, ServedModel>>();
  for (const file of files) {
    const model = await load(file, before, signers);
    const versions = byName.get(file.name) ?? new Map<string, ServedModel>();
    if (versions.has(model.version)) throw new MillwrightError('OPTION_INVALID', `${file.path} is given twice for "${file.name}".`);
    byName.set(file.name, versions.set(model.version, model));
  }
  return [...byName].map(([name, versions]) => ({ name, versions, traffic: { champion: [...versions.keys()][0] as string, shadow: [] } }));
}
