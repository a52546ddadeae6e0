import { createHash } from 'node:crypto';
import type { FitOutcome, NoFit } from '../../engine/automl/fit-team.js';
import type { NamedJob } from '../../engine/automl/kept-work.js';
import { packBlobs, unpackBlobs } from '../../model/blobs.js';
import { decodeModel } from '../../model/decode-model.js';
import { Fields, unreadable } from '../../model/fields.js';
import { readJson, writeJson } from '../../model/json.js';
import { parseRecipe } from '../../model/recipe.js';

/** Bytes before the head: a mark, and the head's length. */
const MARK = Buffer.from('MILLFIT1');
const PREFIX = MARK.length + 8;
const HASH = 32;
const NO_FIT: readonly NoFit[] = ['memory', 'columns'];

/** A name for a job that only the very same job has: its place, rows, learner, parameters and limits. */
export function jobName(job: NamedJob): string {
  const { train, validation, taught, ...rest } = job;
  const hash = createHash('sha256').update(writeJson(rest));
  for (const rows of [train, validation, ...(taught ? [taught.rows, taught.target, taught.weights] : [])])
    hash.update(`|${rows.length}|`).update(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength));
  return hash.digest('hex').slice(0, 40);
}

/** A finished fit as the bytes of a file, the last of which are a SHA-256 of the rest. */
export function encodeKeptFit(outcome: FitOutcome | NoFit, spent: number): Uint8Array {
  if (typeof outcome === 'string') return framed(writeJson({ spent, none: outcome }), []);
  const { model, recipe, work, cut, predicted, trainRows, columns, milliseconds } = outcome;
  const { head, blobs } = model.encode();
  const packed = packBlobs(blobs);
  const told = { spent, work, cut, trainRows, columns, milliseconds, recipe, predicted: predicted.length };
  const text = writeJson({ ...told, model: { ...head, kind: model.kind }, blobs: packed.entries, bytes: packed.bytes.length });
  return framed(text, [packed.bytes, new Uint8Array(predicted.buffer, predicted.byteOffset, predicted.byteLength)]);
}

/** Everything at multiples of 8 bytes, so that arrays can be looked at where they lie. */
function framed(text: string, parts: readonly Uint8Array[]): Uint8Array {
  const length = Buffer.byteLength(text);
  const start = padded(PREFIX + length);
  const bytes = Buffer.alloc(start + parts.reduce((sum, p) => sum + p.length, 0) + HASH);
  MARK.copy(bytes);
  bytes.writeDoubleLE(length, MARK.length);
  bytes.write(text, PREFIX);
  let at = start;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  createHash('sha256').update(bytes.subarray(0, at)).digest().copy(bytes, at);
  return bytes;
}

function padded(length: number): number {
  return Math.ceil(length / 8) * 8;
}

/** A fit that was kept, and milliseconds that its run had taken when it was. */
export interface KeptFit {
  readonly outcome: FitOutcome | NoFit;
  readonly spent: number;
}

/** @throws MillwrightError `BUNDLE_UNREADABLE` when it is not whole */
export function decodeKeptFit(file: Uint8Array): KeptFit {
  const bytes = Buffer.from(new Uint8Array(file).buffer); // begins at a multiple of 8
  const end = bytes.length - HASH;
  if (end < PREFIX || !bytes.subarray(0, MARK.length).equals(MARK)) throw unreadable('This is no kept fit.');
  if (!createHash('sha256').update(bytes.subarray(0, end)).digest().equals(bytes.subarray(end)))
    throw unreadable('The kept fit is not whole.');
  const length = bytes.readDoubleLE(MARK.length);
  const fields = new Fields(readJson(bytes.toString('utf8', PREFIX, PREFIX + length), 'kept fit'), 'kept fit');
  const spent = fields.number('spent');
  if (fields.has('none')) return { outcome: fields.choice('none', NO_FIT), spent };
  const start = padded(PREFIX + length);
  const size = fields.whole('bytes', 0, end - start);
  const predicted = fields.whole('predicted', 0, (end - start - size) / 8);
  const took = fields.object('milliseconds');
  const blobs = unpackBlobs(fields, new Uint8Array(bytes.buffer, start, size));
  return {
    spent,
    outcome: {
      model: decodeModel(fields.object('model').all(), blobs),
      recipe: parseRecipe(fields.raw('recipe')),
      work: fields.object('work').all() as Record<string, number>,
      cut: fields.boolean('cut'),
      predicted: new Float64Array(bytes.buffer, start + size, predicted),
      trainRows: fields.number('trainRows'),
      columns: fields.number('columns'),
      milliseconds: { prepare: took.number('prepare'), fit: took.number('fit'), predict: took.number('predict') },
    },
  };
}
