import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

/** The package that is measured: this repository, or an unpacked one (`MILLWRIGHT_BENCH_PACKAGE`). */
export const PACKAGE = resolve(process.env.MILLWRIGHT_BENCH_PACKAGE ?? REPOSITORY);

/** A module of the built package, as an address for `import`. */
export const built = (path) => new URL(`file://${join(PACKAGE, 'dist', path)}`).href;

export const COMMAND = join(PACKAGE, 'bin/millwright.js');

/** Python with the peers in it; bench/setup.sh makes one. */
export function python() {
  const path = process.env.MILLWRIGHT_BENCH_PYTHON ?? join(REPOSITORY, 'build/bench-python/bin/python');
  if (!existsSync(path)) throw new Error('no Python with the peers: run bench/setup.sh, or name one in MILLWRIGHT_BENCH_PYTHON');
  return path;
}

/** A file of results, with its folder made. */
export function resultFile(name) {
  const folder = process.env.MILLWRIGHT_BENCH_RESULTS ?? join(REPOSITORY, 'bench/results');
  mkdirSync(folder, { recursive: true });
  return join(folder, name);
}

export function writeResult(name, text) {
  writeFileSync(resultFile(name), text);
}

/** A new folder that goes away with the process. */
export function scratchFolder(label) {
  const folder = mkdtempSync(join(tmpdir(), `millwright-bench-${label}-`));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
])
  process.once(signal, () => process.exit(status));
