import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readArguments } from '../support/arguments.mjs';
import { runChild } from '../support/child.mjs';
import { circumstances } from '../support/circumstances.mjs';
import { figure, markdownTable } from '../support/markdown.mjs';
import { PACKAGE, scratchFolder, writeResult } from '../support/places.mjs';

export const HELP = `npm run bench -- size [--no-install] [--label x]
  dist/predict.js gzipped, the packed package, and what a production install takes on disk`;

export async function main(args) {
  const { options } = readArguments(args, { 'no-install': 'flag', label: 'size' });
  const folder = scratchFolder('size');
  const scorer = readFileSync(join(PACKAGE, 'dist/predict.js'));
  const rows = [['dist/predict.js, gzip', `${figure(gzipSync(scorer, { level: 9 }).length / 1024, 3)} KiB`, '30 KiB']];
  // --ignore-scripts: what is built now is what is measured
  const packed = JSON.parse(await npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], PACKAGE));
  const { filename, size, unpackedSize, entryCount } = Array.isArray(packed) ? packed[0] : Object.values(packed)[0];
  rows.push(
    ['npm pack', `${figure(size / 1024, 4)} KiB`, ''],
    ['unpacked', `${figure(unpackedSize / 1024, 4)} KiB in ${entryCount} files`, ''],
  );
  const result = { predictGzip: gzipSync(scorer, { level: 9 }).length, packed: size, unpacked: unpackedSize, files: entryCount };
  if (!options['no-install']) {
    const home = join(folder, 'home');
    mkdirSync(home);
    await npm(['init', '--yes'], home);
    await npm(['install', '--omit=dev', '--no-audit', '--no-fund', '--ignore-scripts', join(folder, filename)], home);
    const modules = join(home, 'node_modules');
    const parts = packagesOf(modules)
      .map((name) => ({ name, ...sizeOf(join(modules, name)) }))
      .sort((a, b) => b.disk - a.disk);
    const all = sizeOf(modules);
    Object.assign(result, { installedBytes: all.bytes, installedDisk: all.disk, packages: parts.slice(0, 15) });
    rows.push([
      'installed without development dependencies',
      `${figure(all.disk / 1e6, 4)} MB on disk (${figure(all.bytes / 1e6, 4)} MB of content), ${parts.length} packages`,
      '200 MB',
    ]);
    for (const p of parts.slice(0, 8)) rows.push([`— ${p.name}`, `${figure(p.disk / 1e6, 3)} MB`, '']);
  }
  const text = `# Size\n\nMillwright ${circumstances().millwright}.\n\n${markdownTable(['', 'size', 'limit'], rows)}\n`;
  writeResult(`${options.label}.json`, `${JSON.stringify(result, undefined, 1)}\n`);
  writeResult(`${options.label}.md`, text);
  console.log(text);
}

async function npm(args, cwd) {
  const { status, stdout, stderr } = await runChild('npm', args, { cwd, timeout: 600 });
  if (status !== 0) throw new Error(`npm ${args[0]} ended with ${status}: ${stderr.trim().split('\n').slice(-3).join(' | ')}`);
  return stdout;
}

function packagesOf(modules) {
  return readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) => (name.startsWith('@') ? readdirSync(join(modules, name)).map((n) => `${name}/${n}`) : [name]));
}

/** Bytes of content, and as the disk counts them (512-byte blocks). */
function sizeOf(path) {
  const own = lstatSync(path);
  if (own.isSymbolicLink()) return { bytes: 0, disk: 0 };
  if (!own.isDirectory()) return { bytes: statSync(path).size, disk: own.blocks * 512 };
  return readdirSync(path)
    .map((name) => sizeOf(join(path, name)))
    .reduce((a, b) => ({ bytes: a.bytes + b.bytes, disk: a.disk + b.disk }), { bytes: 0, disk: own.blocks * 512 });
}
