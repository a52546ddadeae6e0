import { Fields, unreadable } from './fields.js';
import type { Blobs, Model } from './model.js';
import { modelKinds } from './model-kinds.js';

/** Reads back a model from its head, which names its `kind`, and its typed arrays. @throws MillwrightError `BUNDLE_UNREADABLE` */
export function decodeModel(head: Record<string, unknown>, blobs: Blobs): Model {
  const kind = new Fields(head, 'model').text('kind');
  const decode = modelKinds.get(kind);
  if (!decode) throw unreadable(`The bundle holds a model of unknown kind "${kind}".`);
  return decode(head, blobs, decodeModel);
}
