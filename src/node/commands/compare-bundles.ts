import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { readZip, unpack } from '../../model/zip-read.js';

const WORDS: ReadonlyMap<string, string> = new Map([
  ['schema.json', 'schema'],
  ['task.json', 'task'],
  ['recipe.json', 'preparation'],
  ['model.json', 'model'],
  ['model.bin', 'numbers of the model'],
]);
/** Parts that are told by their fields. */
const TOLD_BY_FIELD: ReadonlyMap<string, string> = new Map([
  ['metrics.json', 'metrics'],
  ['lineage.json', 'lineage'],
]);

/**
 * What differs between two bundles, in words such as `model`, `metrics.holdout`, `lineage.millwright`; nothing when their bytes are the same.
 * @throws MillwrightError `BUNDLE_UNREADABLE`, `BUNDLE_TAMPERED`
 */
export async function compareBundles(a: string, b: string): Promise<string[]> {
  const [ours, theirs] = [await parts(a), await parts(b)];
  const found: string[] = [];
  for (const name of new Set([...ours.keys(), ...theirs.keys()])) {
    if (name === 'manifest.json') continue;
    const [one, other] = [ours.get(name), theirs.get(name)];
    if (one && other && Buffer.from(one).equals(other)) continue;
    const title = TOLD_BY_FIELD.get(name);
    if (title === undefined || !one || !other) found.push(WORDS.get(name) ?? name);
    else found.push(...fieldsThatDiffer(one, other).map((field) => `${title}.${field}`));
  }
  return found;
}

async function parts(path: string): Promise<Map<string, Uint8Array>> {
  const zip = readZip(await readFile(path));
  return new Map(await Promise.all([...zip].map(async ([name, entry]) => [name, await unpack(entry)] as const)));
}

function fieldsThatDiffer(one: Uint8Array, other: Uint8Array): string[] {
  const read = (bytes: Uint8Array) => new Map(Object.entries(JSON.parse(new TextDecoder().decode(bytes)) as object));
  const [a, b] = [read(one), read(other)];
  return [...new Set([...a.keys(), ...b.keys()])].filter((name) => !isDeepStrictEqual(a.get(name), b.get(name)));
}
