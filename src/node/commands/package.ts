import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import { dockerFiles } from '../package/docker.js';
import { githubFiles } from '../package/github.js';
import { kserveFiles, kubernetesFiles } from '../package/kubernetes.js';
import { lambdaFiles } from '../package/lambda.js';
import { readme } from '../package/readme.js';
import { standaloneText, standaloneTypes } from '../package/standalone.js';
import { namesOf, type Subject } from '../package/subject.js';
import { readBundleFile, titleOf } from './bundle-io.js';
import { type FileSet, writeFileSet } from './file-set.js';
import { parseInput } from './options.js';
import { spareInputs } from './spare-inputs.js';
import { packageVersion } from './version.js';

type Files = Map<string, string | Uint8Array>;

const TARGETS: ReadonlyMap<string, (subject: Subject) => Files> = new Map<string, (subject: Subject) => Files>([
  ['docker', dockerFiles],
  ['kubernetes', kubernetesFiles],
  ['kserve', kserveFiles],
  ['lambda', lambdaFiles],
  ['github', githubFiles],
  ['js', jsFiles],
]);

const input = z.object({
  bundle: z.string(),
  to: z.array(z.string()).default([]),
  out: z.string().min(1).optional(),
  force: z.boolean().default(false),
  name: z.string().min(1).max(200).optional(),
  image: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._:/@-]{0,254}$/i, '--image is not the name of a container image, such as registry.example.com/team/churn:3')
    .optional(),
  tarball: z.string().min(1).optional(),
});

/** What was written. */
export interface PackageSummary {
  /** The folder or file. */
  out?: string;
  files: { name: string; bytes: number }[];
}

/**
 * Writes what runs a model elsewhere.
 * @returns the text to print when no place was named
 * @throws MillwrightError `USAGE`, `BUNDLE_…`, `DATA_NOT_FOUND` for the tarball, `OUTPUT_…`
 */
export async function packageCommand(options: unknown): Promise<PackageSummary & { text?: string }> {
  const { bundle: path, to, out, force, name, image, tarball } = parseInput(input, options);
  const targets = parseTargets(to);
  const { bundle, bytes } = await readBundleFile(path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const alone = targets.size === 1 && targets.has('js');
  const trainedHere = ['js', 'lambda', 'github'].find((target) => targets.has(target));
  if (bundle.model.kind === 'onnx' && trainedHere !== undefined)
    throw new MillwrightError(
      'USAGE',
      `A model trained elsewhere cannot be packaged for ${trainedHere}.`,
      'Write --to docker, kubernetes or kserve, or give on its .onnx file.',
    );
  if (alone && out === undefined) return { text: standaloneText(bundle, sha256), files: [] };
  if (out === undefined) throw new MillwrightError('USAGE', 'No folder was named for the package.', 'Name it with --out.');
  // a file of a name of one's own, or a folder
  const [, folder = '.', file, kind] = /^(.*[/\\])?([^/\\]+)\.(js|mjs)$/.exec(out) ?? [];
  if (alone && file !== undefined) {
    const types = `${file}.d.${kind === 'js' ? 'ts' : 'mts'}`;
    await spareInputs(out, [], path);
    const files = new Map([
      [`${file}.${kind}`, standaloneText(bundle, sha256)],
      [types, standaloneTypes(bundle)],
    ]);
    return save(folder, files, force, out);
  }
  const title = name ?? titleOf(path);
  const names = namesOf(title);
  const version = sha256.slice(0, 12);
  const subject: Subject = {
    ...{ bundle, bytes, sha256, version, title, ...names },
    image: image ?? `${names.label}:${version}`,
    millwright: { version: packageVersion(), ...(tarball !== undefined && { tarball: await readTarball(tarball) }) },
  };
  const files: Files = new Map<string, string | Uint8Array>([['README.md', readme(subject, targets)]]);
  for (const target of targets) for (const [at, data] of TARGETS.get(target)?.(subject) ?? []) files.set(at, data);
  return save(out, files, force);
}

async function save(folder: string, files: FileSet, force: boolean, out = folder): Promise<PackageSummary> {
  await writeFileSet(folder, files, force);
  return { out, files: [...files].map(([name, data]) => ({ name, bytes: Buffer.byteLength(data) })) };
}

function jsFiles({ bundle, sha256 }: Subject): Files {
  return new Map([
    ['js/model.js', standaloneText(bundle, sha256)],
    ['js/model.d.ts', standaloneTypes(bundle)],
    ['js/package.json', '{ "type": "module" }\n'],
  ]);
}

/** @throws MillwrightError `DATA_NOT_FOUND`, `OPTION_INVALID` */
async function readTarball(path: string): Promise<{ name: string; bytes: Uint8Array }> {
  const name = basename(path);
  if (!/^[\w.-]+\.tgz$/.test(name))
    throw new MillwrightError('OPTION_INVALID', `--tarball ${path} is not a file that npm pack makes.`, 'Name millwright-….tgz.');
  try {
    return { name, bytes: await readFile(path) };
  } catch (cause) {
    throw new MillwrightError('DATA_NOT_FOUND', `The tarball ${path} cannot be read.`, 'Make it with npm pack.', { cause });
  }
}

/** @throws MillwrightError `USAGE` */
function parseTargets(to: readonly string[]): Set<string> {
  const known = [...TARGETS.keys()];
  const named = to.flatMap((list) => list.split(',')).map((target) => target.trim());
  const unknown = named.find((target) => target !== 'all' && !TARGETS.has(target));
  if (unknown !== undefined || named.length === 0)
    throw new MillwrightError(
      'USAGE',
      unknown === undefined ? 'It was not said for what to package the model.' : `--to ${unknown} is not known.`,
      `Write --to with ${known.join(', ')}, several divided by commas, or all.`,
    );
  return new Set(named.includes('all') ? known : named);
}
