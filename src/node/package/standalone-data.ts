import { packBlobs } from '../../model/blobs.js';
import type { Bundle } from '../../model/bundle.js';
import { deflate } from '../../model/deflate.js';
import { writeJson } from '../../model/json.js';
import type { Blobs } from '../../model/model.js';

/** Parts of trees that explain and do not score: as zeros they pack to next to nothing. */
const EXPLAINS = /(^|\.)(gain|cover|leafCover)$/;

/**
 * What a standalone file holds of a bundle, packed, in base64, and its size unpacked: what scoring reads, and nothing that tells of the training data otherwise
 * (statistics of columns, reasons, metrics, lineage). `openStandalone` reads it.
 */
export function standaloneData({ schema, task, recipe, model, threshold, costs }: Bundle): { packed: string; size: number } {
  const { head, blobs } = model.encode();
  const bare: Blobs = {};
  for (const [name, blob] of Object.entries(blobs))
    bare[name] = EXPLAINS.test(name) && blob instanceof Float32Array ? new Float32Array(blob.length) : blob;
  const arrays = packBlobs(bare);
  const columns = schema.columns.map(({ name, type, use, format, missing }) => ({
    ...{ name, type, use, format, missing, reason: '' },
    stats: { rows: 0, missing: 0, distinct: 0, top: [] },
  }));
  const json = new TextEncoder().encode(
    writeJson({
      schema: { columns },
      task: { ...task, reason: '' },
      recipe,
      model: { head: { ...head, kind: model.kind }, blobs: arrays.entries, threshold, costs },
    }),
  );
  const at = Math.ceil((4 + json.length) / 8) * 8;
  const bytes = new Uint8Array(at + arrays.bytes.length);
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 4);
  bytes.set(arrays.bytes, at);
  return { packed: Buffer.from(deflate(bytes)).toString('base64'), size: bytes.length };
}
