import { unpackBlobs } from '../../model/blobs.js';
import type { Bundle } from '../../model/bundle.js';
import { bundleFrom, type OpenedBundle, openBundle } from '../../model/bundle-file.js';
import { decodeModel } from '../../model/decode-model.js';
import { EnsembleModel } from '../../model/ensemble.js';
import { Fields } from '../../model/fields.js';
import type { Model } from '../../model/model.js';
import type { Decode } from '../../model/model-kinds.js';
import { OnnxModel } from '../onnx/onnx-model.js';

/** Milliseconds after which others get their turn. */
const TURN = 5;
const PAUSE = Symbol('the next member waits for its turn');

/**
 * Reads a bundle with a model of any kind. The members of an ensemble are decoded in turns with whatever else the process does, so that a server goes on answering
 * while it reads a large one.
 * @throws MillwrightError `BUNDLE_…`, `ONNX_UNUSABLE`
 */
export async function decodeAnyBundle(bytes: Uint8Array): Promise<Bundle> {
  const opened = await openBundle(bytes);
  const done: Model[] = [];
  while (!decodedSome(opened, done)) await nextTurn();
  return bundleFrom(opened, kinds(done));
}

/** Lets what waits be done. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Decodes members until the turn is over, or all are. @returns whether all are */
function decodedSome({ parts, bin }: OpenedBundle, done: Model[]): boolean {
  const head = new Fields(parts.model, 'model');
  const own = head.raw('head') as Record<string, unknown>;
  if (new Fields(own, 'model').text('kind') !== 'ensemble') return true;
  try {
    decodeModel(own, unpackBlobs(head, bin), kinds(done, performance.now() + TURN));
    return true;
  } catch (error) {
    if (error === PAUSE) return false;
    throw error;
  }
}

/** How models are read here: members of an ensemble that are done already are taken as they are, always in the same order. */
function kinds(done: Model[], until = Number.POSITIVE_INFINITY): ReadonlyMap<string, Decode> {
  const ensemble: Decode = (head, blobs, decode) => {
    let next = 0;
    const before = done.length;
    return EnsembleModel.decode(head, blobs, (own, arrays) => {
      const known = done[next++];
      if (known) return known;
      if (done.length > before && performance.now() > until) throw PAUSE;
      const model = decode(own, arrays);
      done.push(model);
      return model;
    });
  };
  return new Map([
    ['onnx', OnnxModel.decode],
    ['ensemble', ensemble],
  ]);
}
