import { MillwrightError } from '../core/errors.js';
import { packBlobs } from './blobs.js';
import type { Bundle } from './bundle.js';
import { type BundleParts, bundleOf } from './bundle-of.js';
import { Fields, unreadable } from './fields.js';
import { readJson, writeJson } from './json.js';
import type { Decode } from './model-kinds.js';
import { sha256 } from './sha256.js';
import { readZip, tampered, unpack, type ZipEntry } from './zip-read.js';
import { writeZip } from './zip-write.js';

/** Raised when an older reader would misread a newer file: 2 has costs, which decide the class called. */
const VERSION = 2;
const MANIFEST = 'manifest.json';
const REFERENCE = 'reference.json';

/**
 * Writes a bundle as a `.mill` file: a ZIP file of JSON and one binary part, under a manifest with the SHA-256 of each.
 * Equal bundles give equal bytes.
 */
export async function encodeBundle(bundle: Bundle): Promise<Uint8Array> {
  const { head, blobs } = bundle.model.encode();
  const packed = packBlobs(blobs);
  const model = { head: { ...head, kind: bundle.model.kind }, blobs: packed.entries, threshold: bundle.threshold, costs: bundle.costs };
  const parts: [string, Uint8Array][] = [
    ['schema.json', jsonBytes(bundle.schema)],
    ['task.json', jsonBytes(bundle.task)],
    ['recipe.json', jsonBytes(bundle.recipe)],
    ['model.json', jsonBytes(model)],
    ['model.bin', packed.bytes],
    ['metrics.json', jsonBytes(bundle.metrics)],
    ['lineage.json', jsonBytes(bundle.lineage)],
  ];
  if (bundle.reference) parts.push([REFERENCE, jsonBytes(bundle.reference)]);
  const entries = await Promise.all(parts.map(async ([name, bytes]) => ({ name, sha256: await sha256(bytes), bytes: bytes.length })));
  return writeZip([[MANIFEST, jsonBytes({ format: 'millwright', version: bundle.costs ? VERSION : 1, entries })], ...parts]);
}

/**
 * Reads a `.mill` file. Every hash, size, index and field is checked before the model is returned.
 * @param largest bytes that it may unpack to; 512 MiB when absent
 * @param more kinds of model that take more than this layer has
 * @throws MillwrightError `BUNDLE_UNREADABLE` when it is cut short, too large or not a bundle, `BUNDLE_TAMPERED` when its content is not what was written,
 * `BUNDLE_TOO_NEW` when a later version wrote it
 */
export async function decodeBundle(bytes: Uint8Array, largest?: number, more?: ReadonlyMap<string, Decode>): Promise<Bundle> {
  return bundleFrom(await openBundle(bytes, largest), more);
}

/** The content of a `.mill` file: unpacked and checked against its manifest, not yet put together. */
export interface OpenedBundle {
  readonly parts: BundleParts;
  /** The typed arrays of the model. */
  readonly bin: Uint8Array;
  readonly reference?: unknown;
}

/** The first half of `decodeBundle`. */
export async function openBundle(bytes: Uint8Array, largest?: number): Promise<OpenedBundle> {
  const parts = await readParts(readZip(bytes, largest));
  const json = (name: string): unknown => readJson(textOf(name, parts), name);
  return {
    parts: {
      schema: json('schema.json'),
      task: json('task.json'),
      recipe: json('recipe.json'),
      model: json('model.json'),
      metrics: json('metrics.json'),
      lineage: json('lineage.json'),
    },
    bin: partOf('model.bin', parts),
    ...(parts.has(REFERENCE) && { reference: json(REFERENCE) }),
  };
}

/** The second half of `decodeBundle`. */
export function bundleFrom({ parts, bin, reference }: OpenedBundle, more?: ReadonlyMap<string, Decode>): Bundle {
  const bundle = bundleOf(parts, bin, more);
  if (reference !== undefined) bundle.reference = reference;
  return bundle;
}

function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(writeJson(value));
}

/** Unpacks what the manifest lists and checks it against the manifest; the version is looked at before anything else. */
async function readParts(zip: Map<string, ZipEntry>): Promise<Map<string, Uint8Array>> {
  const entry = zip.get(MANIFEST);
  if (!entry) throw unreadable('This is not a bundle: it has no manifest.');
  const manifest = new Fields(readJson(textOf(MANIFEST, new Map([[MANIFEST, await unpack(entry)]])), MANIFEST), MANIFEST);
  if (manifest.text('format') !== 'millwright') throw unreadable('This is not a bundle: its manifest is of another format.');
  const version = manifest.whole('version', 1, Number.MAX_SAFE_INTEGER);
  if (version > VERSION)
    throw new MillwrightError(
      'BUNDLE_TOO_NEW',
      `The bundle has version ${version}; this Millwright reads up to version ${VERSION}.`,
      'Install a newer Millwright to use it.',
    );
  const listed = manifest.list('entries', (f) => ({ name: f.text('name'), sha256: f.text('sha256'), bytes: f.whole('bytes', 0, 2 ** 32) }));
  if (listed.length !== zip.size - 1) throw tampered(MANIFEST);
  const parts = new Map<string, Uint8Array>();
  for (const { name, sha256: expected, bytes } of listed) {
    const found = zip.get(name);
    if (!found || found.size !== bytes || parts.has(name)) throw tampered(name);
    const content = await unpack(found);
    if ((await sha256(content)) !== expected) throw tampered(name);
    parts.set(name, content);
  }
  return parts;
}

function partOf(name: string, parts: Map<string, Uint8Array>): Uint8Array {
  const part = parts.get(name);
  if (!part) throw unreadable(`The bundle has no ${name}.`);
  return part;
}

function textOf(name: string, parts: Map<string, Uint8Array>): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(partOf(name, parts));
  } catch (cause) {
    throw unreadable(`${name} is not text.`, cause);
  }
}
