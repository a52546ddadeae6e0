import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { MillwrightError } from '../../core/errors.js';
import { type FileData, outputFailed, writeWhole } from './atomic-file.js';
import { BEST_SO_FAR } from './best-so-far.js';
import { FolderLock, isDeadLock } from './folder-lock.js';
import { keptFits, UNFINISHED } from './unfinished-run.js';

/** What a run leaves in its folder, the model first; run.json comes last and goes first, so that it tells a finished run. */
export const ARTEFACTS = [
  'model.mill',
  'plan.json',
  'metrics.json',
  'leaderboard.csv',
  'predictions.csv',
  'report.html',
  'run.json',
] as const;
export type Artefact = (typeof ARTEFACTS)[number];

/** `20261123T070102Z-titanic-1a2b`: sorts by time, says what it is about. */
export function runId(data: readonly string[], now = new Date()): string {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const name = basename(data[0] ?? '')
    .replace(/(\.(csv|tsv|txt|json|ndjson|jsonl|parquet|gz|zst|db|sqlite\d?))+$/i, '')
    .replace(/[^A-Za-z0-9_]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  return [time, name || 'data', randomBytes(2).toString('hex')].join('-');
}

/** The folder of one run: kept from other runs while open, never holding a half-written file under a result's name. */
export class OutputFolder {
  readonly #lock: FolderLock;
  readonly #made: string[];
  #begun = false;

  /**
   * @param replace allows the results of a finished run, or the work of a killed one, to be replaced
   * @param resume keeps what a killed run left, to go on with it
   * @throws MillwrightError `OUTPUT_EXISTS`, `OUTPUT_BUSY`, `OUTPUT_FAILED`
   */
  constructor(
    readonly path: string,
    options: { replace?: boolean; resume?: boolean } = {},
  ) {
    this.#made = makeFolder(path);
    try {
      this.#lock = new FolderLock(path);
    } catch (cause) {
      this.#removeMade();
      throw cause instanceof MillwrightError ? cause : outputFailed(path, cause);
    }
    const present = readdirSync(path);
    const results = ARTEFACTS.filter((name) => present.includes(name));
    const finished = results.includes('run.json') || !this.#lock.tookOver;
    const refuse = (message: string, hint: string): never => {
      this.#lock.release();
      throw new MillwrightError('OUTPUT_EXISTS', message, hint);
    };
    const kept = keptFits(path);
    if (kept > 0 && !results.includes('run.json') && !options.resume && !options.replace)
      refuse(
        `${path} holds a run that did not end, with ${kept} finished fits.`,
        'Go on with it with `millwright run --resume <folder>`, replace it with --force, or choose another folder with --out.',
      );
    if (results.length > 0 && finished && !options.resume && !options.replace)
      refuse(`${path} already holds a run (${results.join(', ')}).`, 'Choose another folder with --out, or replace it with --force.');
    for (const name of present) if (isLeftover(name) || isDeadLock(join(path, name))) rmSync(join(path, name), { force: true });
    if (options.resume) return;
    rmSync(join(path, UNFINISHED), { recursive: true, force: true });
    rmSync(join(path, BEST_SO_FAR), { force: true });
    if (!finished) this.#clear(); // what a killed run left is no result
  }

  file(name: Artefact): string {
    return join(this.path, name);
  }

  /** @throws MillwrightError `OUTPUT_FAILED` */
  async write(name: Artefact, data: FileData): Promise<void> {
    if (!this.#begun) this.#clear(); // a replaced run stays until there is something to replace it with
    this.#begun = true;
    await writeWhole(this.file(name), data);
  }

  /** Ends the run and lets others in. */
  close(): void {
    this.#lock.release();
  }

  /** Ends a run that has no result, and removes the folders it made. */
  abandon(): void {
    if (this.#begun) this.#clear();
    this.#lock.release();
    this.#removeMade();
  }

  #clear(): void {
    for (const name of ARTEFACTS.toReversed()) rmSync(this.file(name), { force: true });
  }

  #removeMade(): void {
    for (const folder of this.#made) {
      try {
        rmdirSync(folder);
      } catch {
        return; // something else lives there by now
      }
    }
  }
}

function isLeftover(name: string): boolean {
  return [...ARTEFACTS, BEST_SO_FAR].some((a) => name.startsWith(`.${a}.`) && name.endsWith('.tmp'));
}

function existing(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    throw outputFailed(path, cause);
  }
}

/** Makes a folder and its parents; returns those that were new, innermost first. */
function makeFolder(path: string): string[] {
  const present = existing(path);
  if (present?.isDirectory()) return [];
  if (present) throw new MillwrightError('OUTPUT_EXISTS', `${path} is a file, not a folder.`, 'Choose another folder with --out.');
  let first: string | undefined;
  try {
    first = mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw outputFailed(path, cause);
  }
  const made: string[] = [];
  for (let at = path; first !== undefined; at = join(at, '..')) {
    made.push(at);
    if (statSync(at).ino === statSync(first).ino) break;
  }
  return made;
}
