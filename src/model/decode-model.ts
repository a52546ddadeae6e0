import { MillwrightError } from '../core/errors.js';
import { Fields, unreadable } from './fields.js';
import type { Blobs, Model } from './model.js';
import { type Decode, modelKinds } from './model-kinds.js';

/**
 * Reads back a model from its head, which names its `kind`, and its typed arrays.
 * @param more kinds that are read in another way, or take more than this layer has, such as a runtime of others
 * @throws MillwrightError `BUNDLE_UNREADABLE`, `RUNTIME_MISSING`
 */
export function decodeModel(head: Record<string, unknown>, blobs: Blobs, more?: ReadonlyMap<string, Decode>): Model {
  const kind = new Fields(head, 'model').text('kind');
  const decode = more?.get(kind) ?? modelKinds.get(kind);
  if (!decode && kind === 'onnx')
    throw new MillwrightError('RUNTIME_MISSING', 'ONNX models need Millwright in Node.', 'Use the command line or the service.');
  if (!decode) throw unreadable(`The bundle holds a model of unknown kind "${kind}".`);
  return decode(head, blobs, decodeModel);
}
