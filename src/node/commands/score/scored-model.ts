import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { MillwrightError } from '../../../core/errors.js';
import type { Bundle } from '../../../model/bundle.js';
import type { Store } from '../../store/store.js';
import { readBundleFile } from '../bundle-io.js';
import { decodeAnyBundle } from '../decode-any-bundle.js';

/** A model and what it is called in the rows that it scored. */
export interface ScoredModel {
  bundle: Bundle;
  name: string;
  /** The registry's number, or the first 12 digits of the file's SHA-256. */
  version: string;
  sha256: string;
  /** What the audit log calls it. */
  subject: string;
  /** Whether it is of the registry, whose versions only those may use who may predict. */
  registered: boolean;
}

/** A bundle by its path, or in a project a version of the registry. @throws MillwrightError `BUNDLE_…`, `NOT_FOUND` */
export async function scoredModel(reference: string, store: Store | undefined): Promise<ScoredModel> {
  if (store && !existsSync(reference) && !/[/\\]|\.mill$/.test(reference)) {
    const { model, version, bundle, format } = await store.models.resolve(reference);
    if (format !== 'mill')
      throw new MillwrightError(
        'BUNDLE_UNREADABLE',
        `${model}@${version} was made elsewhere (${format}); only Millwright's own models are scored here.`,
        'Ask the service for its predictions.',
      );
    const bytes = await store.artefacts.get(bundle.sha256);
    return {
      bundle: await decodeAnyBundle(bytes),
      name: model,
      version: String(version),
      sha256: bundle.sha256,
      subject: `model:${model}@${version}`,
      registered: true,
    };
  }
  const { bundle, bytes } = await readBundleFile(reference);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    bundle,
    name: basename(reference).replace(/\.mill$/, ''),
    version: sha256.slice(0, 12),
    sha256,
    subject: `bundle:${sha256}`,
    registered: false,
  };
}
