// Packs the package, installs it into an empty folder without development dependencies, and uses it as a stranger would.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LIMIT = 200 * 1000 * 1000;
const root = new URL('..', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'millwright-package-'));
const run = (file, args, cwd = folder) => execFileSync(file, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

/** Bytes on disk of a folder, links not followed. */
function sizeOf(path) {
  return readdirSync(path, { withFileTypes: true }).reduce((sum, entry) => {
    const inner = join(path, entry.name);
    return sum + (entry.isDirectory() ? sizeOf(inner) : entry.isFile() ? statSync(inner).size : 0);
  }, 0);
}

try {
  const tarball = run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], root).trim().split('\n').at(-1);
  writeFileSync(join(folder, 'package.json'), '{"name":"stranger","private":true,"type":"module"}');
  run('npm', ['install', '--omit=dev', '--no-audit', '--no-fund', '--silent', join(folder, tarball)]);
  const bytes = sizeOf(join(folder, 'node_modules'));
  console.log(`packed ${(statSync(join(folder, tarball)).size / 1e6).toFixed(2)} MB, installed ${(bytes / 1e6).toFixed(0)} MB`);
  if (bytes > LIMIT) throw new Error(`the installed package is larger than ${LIMIT / 1e6} MB`);

  const bin = join(folder, 'node_modules/.bin/millwright');
  const rows = Array.from({ length: 200 }, (_, i) => `${i},${(i * 7) % 50},${i % 3 ? 'red' : 'blue'},${(i * 7) % 50 > 24 ? 'yes' : 'no'}`);
  writeFileSync(join(folder, 'in.csv'), `id,size,colour,sold\n${rows.join('\n')}\n`);
  run(bin, ['run', 'in.csv', '--target', 'sold', '--budget', '4s', '--out', 'out', '--quiet']);
  run(bin, ['predict', 'out/model.mill', 'in.csv', '-o', 'scored.csv', '--keep', 'id']);
  const scored = readFileSync(join(folder, 'scored.csv'), 'utf8').trim().split('\n');
  if (scored.length !== 201 || scored[0] !== 'id,prediction,probability_no,probability_yes')
    throw new Error(`unexpected predictions: ${scored.length} lines, ${scored[0]}`);
  writeFileSync(
    join(folder, 'use.mjs'),
    `import { readFileSync } from 'node:fs';\nimport { load } from 'millwright';\nimport * as scorer from 'millwright/predict';\nconst bundle = await load('out/model.mill');\nif (bundle.task.target !== 'sold' || (await scorer.loadBundle(readFileSync('out/model.mill'))).predict({ size: 40 }).prediction !== 'yes') throw new Error('the library does not load');\n`,
  );
  run(process.execPath, ['use.mjs']);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
