import { mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { MillwrightError } from '../../core/errors.js';
import { prettyJson } from './artefacts.js';
import { outputFailed, writeWhole } from './atomic-file.js';
import { FolderLock } from './folder-lock.js';

/** What decides a search's trials: to go on with it, all of it must be the same. */
export type TuneSettings = Record<string, unknown>;

const FILES = ['tune.json', 'trials.csv', 'best.json', 'plan.json'] as const;
type TuneFile = (typeof FILES)[number];

/** The folder of one search, kept from others while open; every file in it is whole. */
export class TuneFolder {
  readonly #lock: FolderLock;
  readonly #made: string | undefined;
  /** Whether it holds an earlier search. */
  readonly begun: boolean;

  /**
   * @param use `resume`: there is a search to go on with; `force`: it may be replaced
   * @throws MillwrightError `OUTPUT_EXISTS`, `OUTPUT_BUSY`, `OUTPUT_FAILED`
   */
  constructor(
    readonly path: string,
    use: { resume: boolean; force: boolean },
  ) {
    try {
      this.#made = mkdirSync(path, { recursive: true }) === undefined ? undefined : path;
      this.#lock = new FolderLock(path);
    } catch (cause) {
      if (cause instanceof MillwrightError) throw cause;
      throw outputFailed(path, cause);
    }
    const present = readdirSync(path);
    const found = FILES.filter((name) => present.includes(name));
    const refuse = (message: string, hint: string): never => {
      this.#lock.release();
      throw new MillwrightError('OUTPUT_EXISTS', message, hint);
    };
    if (present.includes('run.json') || present.includes('model.mill'))
      refuse(`${path} holds a run, not a search.`, 'Choose another folder with --out.');
    this.begun = present.includes('tune.json') && present.includes('trials.csv');
    if (found.length > 0 && !use.resume && !use.force)
      refuse(
        `${path} already holds a search (${found.join(', ')}).`,
        'Go on with it with --resume, replace it with --force, or choose another --out.',
      );
  }

  file(name: TuneFile): string {
    return join(this.path, name);
  }

  /** @throws MillwrightError `OUTPUT_FAILED` */
  write(name: TuneFile, data: string): Promise<void> {
    return writeWhole(this.file(name), data);
  }

  /**
   * Checks that the search in the folder is this one.
   * @throws MillwrightError `OPTION_INVALID` naming what differs
   */
  checkSame(settings: TuneSettings): void {
    let before: TuneSettings;
    try {
      before = JSON.parse(readFileSync(this.file('tune.json'), 'utf8')) as TuneSettings;
    } catch (cause) {
      throw new MillwrightError('DATA_UNREADABLE', `${this.file('tune.json')} cannot be read.`, 'Begin anew with another --out.', {
        cause,
      });
    }
    for (const [name, value] of Object.entries(settings)) {
      const [was, is] = [prettyJson(before[name]), prettyJson(value)];
      if (was === is) continue;
      const short = (text: string): string => (text.length < 60 ? text.trim() : 'something else');
      throw new MillwrightError(
        'OPTION_INVALID',
        `The search in ${this.path} cannot be gone on with: its ${name} was ${short(was)}, now it is ${short(is)}.`,
        'Give the options that it was begun with (--trials and --budget may differ), or begin anew with another --out.',
      );
    }
  }

  readTrials(): string {
    try {
      return readFileSync(this.file('trials.csv'), 'utf8');
    } catch (cause) {
      throw new MillwrightError('DATA_UNREADABLE', `${this.file('trials.csv')} cannot be read.`, 'Begin anew with another --out.', {
        cause,
      });
    }
  }

  /** Lets others in; a folder that was made and is empty goes. */
  close(): void {
    this.#lock.release();
    if (this.#made === undefined) return;
    try {
      rmdirSync(this.#made);
    } catch {
      // it holds results
    }
  }
}
