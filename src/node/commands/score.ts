import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import { predict } from '../../model/predict.js';
import { emptyReport } from '../../model/table-from-rows.js';
import { stepsOf, unseenCategories } from '../../model/unseen-categories.js';
import { postgresTypes } from '../data/databases.js';
import { findProject, openStore } from '../store/open-store.js';
import type { Store } from '../store/store.js';
import type { CommandContext } from './context.js';
import { splitNames } from './name-list.js';
import { nodeClock } from './node-clock.js';
import { parseInput, wholeNumber } from './options.js';
import { checkColumns, type PredictWarning, warningsOf } from './predict.js';
import { redact } from './redact.js';
import { commandLineActor } from './registry/identity.js';
import { FileSink } from './score/file-sink.js';
import type { Begun, ScoreJob } from './score/job.js';
import { JournalLedger, type Ledger, noLedger, StoreLedger } from './score/ledger.js';
import { type ScoredModel, scoredModel } from './score/scored-model.js';
import { type Beside, scoredColumns, scoredRows } from './score/scored-rows.js';
import { bare, openScored, type ScoredSource } from './score/scored-source.js';
import type { Sink } from './score/sink.js';
import { TableSink } from './score/table-sink.js';
import { isDatabase } from './score/target-table.js';
import { spareInputs } from './spare-inputs.js';
import { shareAsked, surenessOf } from './sureness.js';

const input = z.object({
  model: z.string(),
  data: z.array(z.string()).default([]),
  from: z.string().min(1).optional(),
  query: z.string().min(1).optional(),
  out: z.string().min(1).optional(),
  into: z.string().min(1).optional(),
  to: z.string().min(1).optional(),
  key: z.array(z.string()).default([]),
  reasons: wholeNumber('--reasons', 0, 1000).default(0),
  interval: shareAsked('--interval'),
  set: shareAsked('--set'),
  chunk: wholeNumber('--chunk', 1, 1_000_000).optional(),
  at: z.string().optional(),
  replace: z.boolean().default(false),
  resume: z.boolean().default(false),
  anew: z.boolean().default(false),
  as: z.string().optional(),
});

type Asked = z.infer<typeof input>;

/** Rows that are scored and written at once; fewer where they are explained, which takes a hundred times as long. */
const CHUNK = 20_000;
const EXPLAINED_CHUNK = 2000;

/** What a batch job came to. */
export interface ScoreSummary {
  /** A file, or a table of a database (without password). */
  target: string;
  model: string;
  version: string;
  rows: number;
  /** Rows that an earlier process had done. */
  resumedAt: number;
  /** Whether there was nothing left to do. */
  already: boolean;
  scoredAt: string;
  /** Of the rows that this process scored. */
  warnings: PredictWarning[];
  seconds: number;
}

/**
 * Scores all rows of files or a query into a file or a table: each row once, however often the process is killed and the same command given again.
 * @throws MillwrightError `USAGE`, `BUNDLE_…`, `DATA_…`, `SQL_FAILED`, `COLUMN_NOT_FOUND`, `SCHEMA_MISMATCH`, `OUTPUT_…`, `INTERRUPTED`, `NOT_ALLOWED`
 */
export async function scoreCommand(options: unknown, context: CommandContext): Promise<ScoreSummary> {
  const asked = parseInput(input, options);
  const from = sourceOf(asked);
  const url = tableUrl(asked, from);
  const at = momentOf(asked.at);
  const project = findProject();
  const store = project && (await openStore(project));
  let scored: ScoredSource | undefined;
  try {
    const model = await scoredModel(asked.model, store);
    if (url === undefined) await spareInputs(asked.out as string, from, asked.model);
    scored = await openScored(from, asked.query, splitNames(asked.key, new Set()), context.signal);
    checkColumns(model.bundle, scored.source);
    return await new Scoring(asked, model, scored, url, at).run(store, context);
  } finally {
    await scored?.source.close();
    await store?.close();
  }
}

class Scoring {
  readonly #key: string[];
  readonly #chunk: number;
  readonly #beside: Beside;

  constructor(
    private readonly asked: Asked,
    private readonly model: ScoredModel,
    private readonly scored: ScoredSource,
    private readonly url: string | undefined,
    private readonly at: string | undefined,
  ) {
    this.#key = keyOf(asked, scored);
    this.#chunk = asked.chunk ?? (asked.reasons > 0 ? EXPLAINED_CHUNK : CHUNK);
    this.#beside = { reasons: asked.reasons, sureness: surenessOf(model.bundle, asked) };
  }

  async run(store: Store | undefined, context: CommandContext): Promise<ScoreSummary> {
    const { asked } = this;
    const sink = await this.#sink();
    let left: 'done' | 'nothing' | 'unfinished' = 'unfinished';
    try {
      const ledger: Ledger = store
        ? new StoreLedger(store, await commandLineActor(store, asked.as), this.model)
        : sink instanceof FileSink
          ? new JournalLedger(sink.journal)
          : noLedger;
      const job = this.#job();
      const known = await ledger.begin(job, asked.anew);
      left = known.resumed ? 'unfinished' : 'nothing';
      let begun = known;
      try {
        begun = await sink.begin(known, job, asked.resume);
        left = begun.resumed ? 'unfinished' : 'nothing';
        const resumedAt = begun.progress.rows;
        if (begun.resumed && !begun.done) context.onNote?.(`Going on after ${resumedAt.toLocaleString('en')} rows.`);
        const progress = { last: begun.progress };
        const warnings = begun.done
          ? []
          : await this.#score(sink, ledger, begun, progress, context, () => {
              left = 'unfinished';
            });
        if (!begun.done) await sink.finish((at) => ledger.advance(at));
        await ledger.finish(progress.last);
        left = 'done';
        const { target, model, version, scoredAt } = begun.job;
        const seconds = (nodeClock.now() - context.startedAt) / 1000;
        return { target, model, version, rows: progress.last.rows, resumedAt, already: begun.done === true, scoredAt, warnings, seconds };
      } catch (error) {
        await ledger.fail(redact((error as Error).message), left === 'unfinished').catch(() => undefined);
        throw error;
      }
    } finally {
      await sink.close(left);
    }
  }

  async #score(
    sink: Sink,
    ledger: Ledger,
    begun: Begun,
    progress: { last: Begun['progress'] },
    context: CommandContext,
    onPut: () => void,
  ): Promise<PredictWarning[]> {
    const { bundle } = this.model;
    const { source, byKey, check } = this.scored;
    const report = emptyReport();
    const unseen = new Map<string, number>();
    const neighbours = new KeyOrder(this.#key);
    let chunk = 0;
    let rows = 0;
    for await (const { table, kept } of source.batches(bundle.schema, this.#chunk, { keep: this.#key, report })) {
      if (byKey) neighbours.check(kept, table.rows);
      if (chunk >= begun.progress.chunks) {
        if (context.signal?.aborted)
          throw new MillwrightError(
            'INTERRUPTED',
            `Scoring was interrupted after ${progress.last.rows} rows.`,
            'The same command goes on from there.',
          );
        const scored = predict(bundle, table);
        for (const [name, count] of unseenCategories(stepsOf(bundle), table)) unseen.set(name, (unseen.get(name) ?? 0) + count);
        const cells = scoredRows(bundle, table, kept, scored, this.#beside, begun.job);
        await check();
        progress.last = await sink.put(chunk, cells);
        onPut();
        await ledger.advance(progress.last);
        rows += table.rows;
      }
      chunk++;
      await nodeClock.pause();
    }
    return warningsOf(report, unseen, rows);
  }

  async #sink(): Promise<Sink & { journal?: string }> {
    const { asked, url, model } = this;
    const columns = scoredColumns(model.bundle.task, this.#key, this.#beside);
    if (url === undefined) return FileSink.open(asked.out as string, columns);
    const sameDatabase = asked.query !== undefined && url === asked.from && url.startsWith('postgres');
    const types = sameDatabase ? await postgresTypes(url, bare(asked.query as string)) : new Map<string, string>();
    const { replace, anew } = asked;
    return TableSink.open({ url, table: asked.into as string, key: this.#key, columns, types, replace, anew });
  }

  #job(): ScoreJob {
    const { asked, model, url } = this;
    const target = url === undefined ? resolve(asked.out as string) : `${asked.into} of ${redact(url)}`;
    const { interval, set } = asked;
    const options = sha256([
      this.#key,
      asked.reasons,
      this.#chunk,
      asked.replace,
      this.at ?? null,
      ...((interval ?? set) ? [interval, set] : []),
    ]);
    // several jobs may write into one table, but one at a time into a file
    const id =
      url === undefined ? sha256([target]) : sha256([target, model.sha256, redact(sourceOf(asked).join('\n')), asked.query ?? null]);
    return {
      ...{ id, target, model: model.name, version: model.version, bundle: model.sha256 },
      ...{ source: this.scored.hash, options, scoredAt: this.at ?? new Date().toISOString() },
    };
  }
}

const sha256 = (what: unknown): string => createHash('sha256').update(JSON.stringify(what)).digest('hex');

/** Finds keys that rows share, in rows that are ordered by it. */
class KeyOrder {
  #last: string | undefined;
  constructor(private readonly key: readonly string[]) {}

  check(kept: readonly string[][], rows: number): void {
    for (let row = 0; row < rows; row++) {
      const cells = kept.map((column) => column[row] as string);
      const mark = JSON.stringify(cells);
      const shown = this.key.map((name, i) => `${name} = ${cells[i]}`).join(', ');
      if (cells.includes(''))
        throw new MillwrightError(
          'OPTION_INVALID',
          `A row has no key (${shown}).`,
          'Name a --key that every row has, or leave such rows out.',
        );
      if (mark === this.#last)
        throw new MillwrightError(
          'OPTION_INVALID',
          `Two rows share the key ${shown}.`,
          'Name a --key that tells all rows apart; several columns are divided by commas.',
        );
      this.#last = mark;
    }
  }
}

function sourceOf({ from, data }: Asked): string[] {
  if ((from === undefined) === (data.length === 0))
    throw new MillwrightError(
      'USAGE',
      'Name the data once: as files, or with --from.',
      'For example `millwright score model.mill data.parquet -o out.parquet`.',
    );
  return from === undefined ? data : [from];
}

/** The database that rows go to; `undefined` for a file. */
function tableUrl({ out, into, to, from }: Asked, sources: readonly string[]): string | undefined {
  if ((out === undefined) === (into === undefined))
    throw new MillwrightError('USAGE', 'Say where the rows go: a file with -o, or a table with --into.', 'See `millwright score --help`.');
  if (into === undefined) {
    if (to !== undefined) throw new MillwrightError('USAGE', '--to names a database, but no --into a table of it.', 'Add --into TABLE.');
    return undefined;
  }
  const url = to ?? from ?? (sources[0] as string);
  if (isDatabase(url)) return url;
  throw new MillwrightError('USAGE', `--into ${into} needs a database.`, 'Name it with --to: postgres://… or sqlite:path.');
}

function keyOf({ key, into }: Asked, { source }: ScoredSource): string[] {
  const names = splitNames(key, new Set(source.columns));
  const absent = names.find((name) => !source.columns.includes(name));
  if (absent !== undefined)
    throw new MillwrightError(
      'COLUMN_NOT_FOUND',
      `${source.label} has no column "${absent}" for --key.`,
      `Its columns are ${source.columns.slice(0, 20).join(', ')}.`,
    );
  if (into !== undefined && names.length === 0)
    throw new MillwrightError('USAGE', 'Rows in a table need a key.', 'Name the column that tells rows apart with --key.');
  return names;
}

function momentOf(at: string | undefined): string | undefined {
  if (at === undefined) return undefined;
  const time = Date.parse(at);
  if (Number.isNaN(time) || !/(Z|[+-]\d\d:?\d\d)$/.test(at))
    throw new MillwrightError('OPTION_INVALID', `--at "${at}" is no moment with a time zone.`, 'Write for example 2026-11-23T07:00:00Z.');
  return new Date(time).toISOString();
}
