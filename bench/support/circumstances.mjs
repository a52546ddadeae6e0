import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { PACKAGE } from './places.mjs';

/** What a reader must know to judge figures: versions, cores, and how busy the machine was. No names, no paths. */
export function circumstances() {
  const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'));
  return {
    millwright: version,
    commit: commit(),
    node: process.version,
    cores: availableParallelism(),
    loadBefore: Number(loadavg()[0].toFixed(2)),
  };
}

function commit() {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: PACKAGE, stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  } catch {
    return undefined;
  }
}

/** One sentence of it; a load near or above the cores means that others used them. */
export function circumstancesLine(c) {
  const busy = c.loadBefore > 0.5 ? ' The machine was busy with other work: timings are provisional.' : '';
  return `Millwright ${c.millwright}${c.commit ? ` (${c.commit})` : ''}, Node ${c.node}, ${c.cores} cores, load ${c.loadBefore} at the start.${busy}`;
}
