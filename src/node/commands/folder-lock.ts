import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { MillwrightError } from '../../core/errors.js';

const LOCK = '.millwright.lock';
/** Milliseconds after which a lock that names nobody is taken for one whose writing was cut off. */
const HALF_MADE = 60_000;

/** Who holds a folder: a process id alone would be mistaken when ids are used again. */
export interface Holder {
  pid: number;
  started: string;
}

/** Clock ticks at which a process began (Linux); empty elsewhere, where the id alone must do. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/** Whether that very process still runs on this machine. */
export function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return startOf(holder.pid) === holder.started;
}

export const thisProcess = (): Holder => ({ pid: process.pid, started: startOf(process.pid) });

function readHolder(path: string): Holder | undefined {
  try {
    const { pid, started } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>;
    return typeof pid === 'number' && typeof started === 'string' ? { pid, started } : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps other runs out of a folder; a lock whose process is gone is taken over. */
export class FolderLock {
  /** True when an earlier run left this folder without finishing (killed, or out of power). */
  readonly tookOver: boolean;
  readonly #path: string;

  /** @throws MillwrightError `OUTPUT_BUSY` when another run works there */
  constructor(folder: string) {
    this.#path = join(folder, LOCK);
    const mark = randomBytes(4).toString('hex');
    const mine = `${this.#path}.${mark}`;
    let tookOver = false;
    writeFileSync(mine, JSON.stringify(thisProcess()));
    try {
      for (let tries = 0; ; tries++) {
        if (take(mine, this.#path)) break;
        const holder = readHolder(this.#path);
        if ((holder && isAlive(holder)) || tries > 4) throw busy(folder, holder);
        tookOver = this.#removeStale(`${mine}.old`, folder) || tookOver;
      }
    } finally {
      rmSync(mine, { force: true });
    }
    this.tookOver = tookOver;
  }

  /** Moves the stale lock aside and looks again, since another run may have replaced it meanwhile. */
  #removeStale(aside: string, folder: string): boolean {
    try {
      renameSync(this.#path, aside);
    } catch {
      return false;
    }
    const holder = readHolder(aside);
    if (holder && isAlive(holder)) {
      renameSync(aside, this.#path);
      throw busy(folder, holder);
    }
    rmSync(aside, { force: true });
    return true;
  }

  release(): void {
    rmSync(this.#path, { force: true });
  }
}

/** Puts a finished lock in its place, unless there is one. */
function take(mine: string, path: string): boolean {
  try {
    linkSync(mine, path); // a link is made whole or not at all, and never over another
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
  }
  try {
    writeFileSync(path, readFileSync(mine), { flag: 'wx' }); // a file system without hard links
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Whether a file of a folder is the lock, whole or half made, of a run that is gone. */
export function isDeadLock(path: string): boolean {
  if (!/^\.millwright\.lock\.[0-9a-f]+(\.old)?$/.test(basename(path))) return false;
  const holder = readHolder(path);
  if (holder) return !isAlive(holder);
  const written = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return written !== undefined && Date.now() - written > HALF_MADE;
}

function busy(folder: string, holder: Holder | undefined): MillwrightError {
  return new MillwrightError(
    'OUTPUT_BUSY',
    `Another run${holder ? ` (process ${holder.pid})` : ''} is working in ${folder}.`,
    'Wait for it to end, or choose another folder with --out.',
  );
}
