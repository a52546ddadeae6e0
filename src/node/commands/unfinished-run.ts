import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MillwrightError } from '../../core/errors.js';
import type { FitOutcome, NoFit } from '../../engine/automl/fit-team.js';
import type { KeptWork, NamedJob } from '../../engine/automl/kept-work.js';
import { type Plan, parsePlan } from '../../engine/automl/plan.js';
import { decodeKeptFit, encodeKeptFit, jobName } from './kept-fit.js';
import type { ReadWork } from './read-table.js';
import { packageVersion } from './version.js';

/** Where a run keeps what it has finished, inside its folder, until it ends. */
export const UNFINISHED = '.unfinished';
/** Bytes that kept fits may take; further ones are not kept, and are done again when the run goes on. */
const MOST_BYTES = 2 ** 30;

/** How many finished fits an unfinished run left in a folder. */
export function keptFits(runFolder: string): number {
  try {
    return readdirSync(join(runFolder, UNFINISHED)).filter((name) => name.endsWith('.fit')).length;
  } catch {
    return 0;
  }
}

/** What a run has settled so far, as it is kept. */
interface Progress {
  millwright: string;
  /** The options as given, passwords taken out. */
  asked: Record<string, unknown>;
  workingFolder: string;
  plan?: Plan;
  dataHash?: string;
  read?: ReadWork;
  settled: Record<string, Record<string, number> | null>;
}

/**
 * The finished work of a run that has not ended: each fit a file of its own that is whole or not there. Written to the system's memory of the disk, which
 * outlives the process; after a power failure a damaged file is told by its hash, and its fit is done again.
 */
export class UnfinishedRun implements KeptWork {
  readonly #folder: string;
  #progress: Progress;
  readonly #fits = new Map<string, FitOutcome | NoFit>();
  #bytes = 0;
  #kept = 0;
  #full = false;
  #written = false;
  /** Milliseconds that earlier parts took. */
  spent = 0;

  private constructor(
    runFolder: string,
    progress: Progress,
    readonly elapsed: () => number,
  ) {
    this.#folder = join(runFolder, UNFINISHED);
    this.#progress = progress;
  }

  /** @param elapsed milliseconds since the command began */
  static begin(runFolder: string, asked: Record<string, unknown>, elapsed: () => number): UnfinishedRun {
    const made = new UnfinishedRun(runFolder, { millwright: packageVersion(), asked, workingFolder: process.cwd(), settled: {} }, elapsed);
    made.#write();
    return made;
  }

  /**
   * Reads what a killed run kept. Fits of another version of Millwright are not used.
   * @throws MillwrightError `OUTPUT_EXISTS` when there is nothing to go on with
   */
  static reopen(runFolder: string, elapsed: () => number): UnfinishedRun {
    const path = join(runFolder, UNFINISHED, 'progress.json');
    if (!existsSync(path)) {
      const finished = existsSync(join(runFolder, 'run.json'));
      throw new MillwrightError(
        'OUTPUT_EXISTS',
        finished ? `The run in ${runFolder} is finished.` : `${runFolder} holds no unfinished run.`,
        finished ? 'Repeat it with `millwright replay`, or begin anew with --force.' : 'Name the folder of a run that was killed.',
      );
    }
    const made = new UnfinishedRun(runFolder, readProgress(path), elapsed);
    if (made.#progress.millwright !== packageVersion()) made.#progress = { ...made.#progress, millwright: packageVersion(), settled: {} };
    else made.#readFits();
    made.#written = true;
    return made;
  }

  /** The options that it was begun with. */
  get asked(): Readonly<Record<string, unknown>> {
    return this.#progress.asked;
  }
  get workingFolder(): string {
    return this.#progress.workingFolder;
  }
  /** Absent when it was killed before there was one. */
  get plan(): Plan | undefined {
    return this.#progress.plan;
  }
  get dataHash(): string | undefined {
    return this.#progress.dataHash;
  }
  get read(): ReadWork | undefined {
    return this.#progress.read;
  }
  /** Fits that are there. */
  get count(): number {
    return this.#fits.size;
  }

  /** Whether so much is kept that it is worth going on with. */
  get worthy(): boolean {
    return this.#kept > 0;
  }

  /** Keeps what was read and planned, once. */
  prepared({ plan, dataHash, read }: { plan: Plan; dataHash: string; read?: ReadWork }): void {
    this.#progress = { ...this.#progress, plan, dataHash, read };
    this.#write();
  }

  recall(job: NamedJob): FitOutcome | NoFit | undefined {
    return this.#fits.size > 0 ? this.#fits.get(jobName(job)) : undefined;
  }

  keep(job: NamedJob, outcome: FitOutcome | NoFit): void {
    if (this.#full) return;
    const bytes = encodeKeptFit(outcome, this.spent + this.elapsed());
    if (this.#bytes + bytes.length > MOST_BYTES) return;
    this.#bytes += bytes.length;
    this.#kept++;
    this.#put(`${jobName(job)}.fit`, bytes);
  }

  settled(place: string): { counts?: Record<string, number> } | undefined {
    const found = Object.hasOwn(this.#progress.settled, place) ? this.#progress.settled[place] : undefined;
    return found === undefined ? undefined : { counts: found ?? undefined };
  }

  settle(place: string, counts: Record<string, number> | undefined): void {
    this.#progress.settled[place] = counts ?? null;
    this.#write();
  }

  /** Removes it all: the run has ended. */
  remove(): void {
    if (this.#written) rmSync(this.#folder, { recursive: true, force: true });
  }

  #write(): void {
    this.#put('progress.json', JSON.stringify(this.#progress));
  }

  /** A file that is whole or not there. A full disk must not end a run: what does not fit is not kept. */
  #put(name: string, data: string | Uint8Array): void {
    if (this.#full) return;
    const temporary = join(this.#folder, `${name}.tmp`);
    try {
      mkdirSync(this.#folder, { recursive: true });
      writeFileSync(temporary, data);
      renameSync(temporary, join(this.#folder, name));
      this.#written = true;
    } catch {
      this.#full = true;
      rmSync(temporary, { force: true });
    }
  }

  #readFits(): void {
    for (const file of readdirSync(this.#folder)) {
      if (!file.endsWith('.fit')) continue;
      try {
        const bytes = readFileSync(join(this.#folder, file));
        const { outcome, spent } = decodeKeptFit(bytes);
        this.#fits.set(file.slice(0, -'.fit'.length), outcome);
        this.#bytes += bytes.length;
        this.spent = Math.max(this.spent, spent);
      } catch (error) {
        if (!(error instanceof MillwrightError)) throw error;
        rmSync(join(this.#folder, file), { force: true }); // half-written: it is done again
      }
    }
  }
}

function readProgress(path: string): Progress {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Progress;
    const { plan, settled, asked, workingFolder, millwright } = value;
    if (typeof settled !== 'object' || typeof asked !== 'object' || typeof workingFolder !== 'string' || typeof millwright !== 'string')
      throw new Error('a part is missing');
    return { ...value, ...(plan && { plan: parsePlan(plan) }) };
  } catch (cause) {
    throw new MillwrightError('DATA_UNREADABLE', `${path} cannot be read.`, 'Begin anew in another folder with --out.', { cause });
  }
}
