import { createHash } from 'node:crypto';
import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import { standaloneText, standaloneTypes } from '../package/standalone.js';
import { readBundleFile } from './bundle-io.js';
import { type FileSet, writeFileSet } from './file-set.js';
import { parseInput } from './options.js';
import { spareInputs } from './spare-inputs.js';

const TARGETS = ['js'] as const;

const input = z.object({
  bundle: z.string(),
  to: z.array(z.string()).default([]),
  out: z.string().min(1).optional(),
  force: z.boolean().default(false),
});

/** What was written. */
export interface PackageSummary {
  /** The folder or file; absent when the text is to be printed. */
  out?: string;
  files: { name: string; bytes: number }[];
}

/**
 * Writes what runs a model elsewhere.
 * @returns the text to print when no place was named
 * @throws MillwrightError `USAGE`, `BUNDLE_…`, `OUTPUT_…`
 */
export async function packageCommand(options: unknown): Promise<PackageSummary & { text?: string }> {
  const { bundle: path, to, out, force } = parseInput(input, options);
  const targets = parseTargets(to);
  const { bundle, bytes } = await readBundleFile(path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const files = new Map<string, string | Uint8Array>();
  const alone = targets.size === 1 && targets.has('js');
  if (targets.has('js') && bundle.model.kind === 'onnx')
    throw new MillwrightError('USAGE', 'A model trained elsewhere cannot be a JavaScript file.', 'Give on its .onnx file instead.');
  if (targets.has('js')) {
    const text = standaloneText(bundle, sha256);
    if (alone && out === undefined) return { text, files: [] };
    // a file of a name of one's own, or a folder
    const [, folder = '', file, kind] = /^(.*[/\\])?([^/\\]+)\.(js|mjs)$/.exec(out ?? '') ?? [];
    if (alone && file !== undefined) {
      const types = `${file}.d.${kind === 'js' ? 'ts' : 'mts'}`;
      await spareInputs(out as string, [], path);
      return save(
        folder || '.',
        new Map([
          [`${file}.${kind}`, text],
          [types, standaloneTypes(bundle)],
        ]),
        force,
        out,
      );
    }
    files.set('js/model.js', text).set('js/model.d.ts', standaloneTypes(bundle)).set('js/package.json', '{ "type": "module" }\n');
  }
  if (out === undefined) throw new MillwrightError('USAGE', 'No folder was named for the package.', 'Name it with --out.');
  return save(out, files, force);
}

async function save(folder: string, files: FileSet, force: boolean, out = folder): Promise<PackageSummary> {
  await writeFileSet(folder, files, force);
  return { out, files: [...files].map(([name, data]) => ({ name, bytes: Buffer.byteLength(data) })) };
}

/** @throws MillwrightError `USAGE` */
function parseTargets(to: readonly string[]): Set<string> {
  const known: readonly string[] = TARGETS;
  const named = to.flatMap((list) => list.split(',')).map((name) => name.trim());
  const unknown = named.find((name) => name !== 'all' && !known.includes(name));
  if (unknown !== undefined || named.length === 0)
    throw new MillwrightError(
      'USAGE',
      unknown === undefined ? 'It was not said for what to package the model.' : `--to ${unknown} is not known.`,
      `Write --to with ${known.join(', ')}, several divided by commas, or all.`,
    );
  return new Set(named.includes('all') ? known : named);
}
