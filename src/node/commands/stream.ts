import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import { metric } from '../../engine/evaluate/metrics/registry.js';
import { inferStream } from '../../engine/online/infer-stream.js';
import { ONLINE_LEARNERS, type StreamAnswer, StreamModel } from '../../engine/online/stream-model.js';
import { openRows, type RowStream } from '../data/row-stream.js';
import { AtomicFile, writeWhole } from './atomic-file.js';
import type { CommandContext } from './context.js';
import { csvNumber, csvText } from './csv-cell.js';
import { duckShare } from './duck-share.js';
import { MessageRows } from './live/message-rows.js';
import { openInflow } from './live/open-inflow.js';
import { isStreamAddress } from './live/stream-address.js';
import { parseTypes, splitNames } from './name-list.js';
import { nodeClock } from './node-clock.js';
import { dataOptions, parseInput, questionOptions, wholeNumber } from './options.js';
import { redact } from './redact.js';
import { spareInputs } from './spare-inputs.js';
import { writeOut } from './write-out.js';

const { target, task, drop, metric: metricOption, time, seed } = questionOptions;
const input = z.object({
  data: z.array(z.string()).default([]),
  from: z.string().min(1).optional(),
  sql: dataOptions.sql,
  type: dataOptions.type,
  ...{ target, task, drop, time, seed, metric: metricOption },
  learner: z.enum(ONLINE_LEARNERS, `--learner is ${ONLINE_LEARNERS.join(', ')}`).optional(),
  out: z.string().min(1).optional(),
  resume: z.boolean().default(false),
  force: z.boolean().default(false),
  predictions: z.string().min(1).optional(),
  every: wholeNumber('--every', 1, 1e9).default(10_000),
  look: wholeNumber('--look', 1, 100_000).default(1000),
});
type Asked = z.infer<typeof input>;

/** Bytes that a state may have. */
const LARGEST_STATE = 512 * 1024 * 1024;
/** Milliseconds between two savings of the state while the stream goes on. */
const SAVE_EVERY = 10_000;

/** Scores by metric, the asked one first. */
export interface StreamScores {
  /** Rows of the whole stream so far, earlier commands included. */
  rows: number;
  /** Over all rows. */
  scores: Record<string, number>;
  /** Since the last report. */
  recent: Record<string, number>;
  /** Older rows fading: half of it is of the last 693. */
  fading: Record<string, number>;
}

/** What a stream came to. */
export interface StreamSummary extends StreamScores {
  learner: string;
  target: string;
  predicts: 'classes' | 'number';
  metric: string;
  /** Rows without an answer to learn. */
  unanswered: number;
  classes: readonly string[];
  facts: Record<string, number>;
  /** Rows of this command. */
  taken: number;
  /** Of a broker: messages that are no rows, and those that came again. */
  messages?: { faults: number; already: number };
  out?: string;
  interrupted: boolean;
  seconds: number;
}

/**
 * Predicts each row of a stream, scores that, and learns the row afterwards. What was learned is saved at the end, at an interrupt and before an error of the data.
 * @param onScores hears the scores every so many rows
 * @throws MillwrightError `USAGE`, `OPTION_INVALID`, `DATA_…`, `TARGET_…`, `NO_FEATURES`, `BUNDLE_…`, `OUTPUT_EXISTS`, `OUTPUT_FAILED`
 */
export async function streamCommand(
  options: unknown,
  context: CommandContext,
  onScores: (scores: StreamScores) => void,
): Promise<StreamSummary> {
  const asked = parseInput(input, options);
  const from = sourceOf(asked);
  const state = await stateOf(asked);
  if (asked.target === undefined && state === undefined)
    throw new MillwrightError('USAGE', 'No target was given.', 'Name the column to predict with --target.');
  if (asked.time !== undefined && asked.sql !== undefined)
    throw new MillwrightError('USAGE', '--time orders the rows and --sql says what they are.', 'Write ORDER BY into the query instead.');
  for (const out of [asked.out, asked.predictions]) if (out !== undefined && out !== '-') await spareInputs(out, asked.data);
  const sql = asked.time === undefined ? asked.sql : inOrder(asked.time);
  // a saved state knows its columns; what it does not name is of no use to it
  const kept = state === undefined ? undefined : StreamModel.load(state, []);
  const known = kept?.stream.schema.columns.map((c) => c.name);
  const rows =
    from === undefined
      ? await openRows(asked.data, sql, asked.look, known, { ...duckShare(), signal: context.signal })
      : new MessageRows(
          await openInflow([from], `millwright-stream-${basename(asked.out as string).replace(/\.\w+$/, '')}`, context.signal),
          asked.look,
          known,
          kept?.marks,
          () => nodeClock.now(),
        );
  const session = new Session(asked, rows, state, context, onScores);
  try {
    return await session.run();
  } finally {
    await rows.close();
  }
}

/** The same order for equal times, whatever the number of threads. */
function inOrder(time: string): string {
  const name = `"${time.replaceAll('"', '""')}"`;
  return `SELECT * EXCLUDE ("millwright row") FROM (SELECT *, row_number() OVER () AS "millwright row" FROM data) ORDER BY ${name}, "millwright row"`;
}

/** The address of the broker whose messages are the rows. @throws MillwrightError `USAGE` */
function sourceOf({ data, from, sql, time, out, predictions }: Asked): string | undefined {
  const where = from ?? data.find(isStreamAddress);
  const usage = (what: string, hint: string): MillwrightError => new MillwrightError('USAGE', what, hint);
  if (where === undefined) {
    if (data.length > 0) return undefined;
    throw usage('There is no stream.', 'Name files, - for standard input, or a broker with --from.');
  }
  if (!isStreamAddress(where))
    throw usage(`--from ${redact(where)} is no stream.`, 'Write nats://host/subject or kafka://host/topic?group=name.');
  if (data.length > (from === undefined ? 1 : 0)) throw usage('One stream can be learned from at a time.', 'Leave the files out.');
  if (sql !== undefined || time !== undefined) throw usage('Messages are taken as they come.', 'Leave --sql and --time out.');
  if (out === undefined) throw usage('What was learned of messages must outlast a kill.', 'Name a file for it with --out.');
  if (predictions !== undefined && predictions !== '-')
    throw usage('A stream without an end has no finished file of predictions.', 'Write them to standard output: --predictions -');
  return where;
}

async function stateOf({ out, resume, force, from, data }: Asked): Promise<string | undefined> {
  if (resume && out === undefined) throw new MillwrightError('USAGE', '--resume needs the saved state.', 'Name it with --out.');
  if (out === undefined) return undefined;
  const found = await stat(out).catch(() => undefined);
  if (!resume) {
    const there = found?.isFile() === true && !force;
    // the same command goes on with what it learned of the same broker, as a service that is started again does
    if (found && there && (from !== undefined || data.some(isStreamAddress)) && found.size <= LARGEST_STATE) {
      const text = await readFile(out, 'utf8');
      if (StreamModel.load(text, []).marks !== undefined) return text;
    }
    if (there)
      throw new MillwrightError(
        'OUTPUT_EXISTS',
        `${out} is there already.`,
        'Go on from it with --resume, replace it with --force, or name another file.',
      );
    return undefined;
  }
  if (!found?.isFile()) throw new MillwrightError('DATA_NOT_FOUND', `There is no saved state ${out}.`, 'Leave --resume out to begin anew.');
  if (found.size > LARGEST_STATE)
    throw new MillwrightError(
      'DATA_TOO_LARGE',
      `${out} is larger than ${LARGEST_STATE / 2 ** 20} MB.`,
      'Name a state that `millwright stream` saved.',
    );
  return readFile(out, 'utf8');
}

class Session {
  #model: StreamModel | undefined;
  #file: AtomicFile | undefined;
  #text = '';
  #taken = 0;
  #saved = nodeClock.now();
  #metric = '';
  readonly #feed: MessageRows | undefined;

  constructor(
    private readonly asked: Asked,
    private readonly rows: RowStream,
    private readonly state: string | undefined,
    private readonly context: CommandContext,
    private readonly onScores: (scores: StreamScores) => void,
  ) {
    this.#feed = rows instanceof MessageRows ? rows : undefined;
  }

  async run(): Promise<StreamSummary> {
    const { asked, context } = this;
    if (asked.predictions !== undefined && asked.predictions !== '-') this.#file = await AtomicFile.create(asked.predictions);
    let interrupted = false;
    try {
      let waiting: (readonly unknown[])[] = [];
      for await (const batch of this.rows.batches()) {
        interrupted = context.signal?.aborted ?? false;
        // messages that were handed out are learned; the broker hands out no more
        if (interrupted && !this.#feed) break;
        if (this.#model === undefined && this.state === undefined) {
          for (const row of batch) waiting.push(row);
          if (waiting.length < asked.look) continue;
        }
        await this.#take(waiting.length > 0 ? waiting : batch);
        waiting = [];
        if (this.#feed?.due() && this.#model) await this.#save(this.#model);
      }
      if (waiting.length > 0) await this.#take(waiting);
    } catch (error) {
      if (!context.signal?.aborted || this.#feed) throw await this.#kept(error);
      interrupted = true;
    }
    // an interrupt is how a stream of messages ends
    if (this.#feed) interrupted = false;
    const model = this.#model;
    if (!model) {
      await this.#file?.discard();
      if (interrupted || context.signal?.aborted)
        throw new MillwrightError('INTERRUPTED', 'Interrupted before any row was learned; nothing was saved.', 'Run again.');
      throw new MillwrightError('DATA_EMPTY', `${this.rows.label} has no rows.`, 'Give at least one row.');
    }
    const scores = this.#scores(model);
    await this.#save(model);
    await this.#file?.commit();
    return {
      ...scores,
      learner: model.learnerId,
      target: model.stream.target,
      predicts: model.stream.predicts,
      metric: this.#metric,
      unanswered: model.unanswered,
      classes: model.classes,
      facts: model.facts(),
      taken: this.#taken,
      ...(this.#feed && { messages: { faults: this.#feed.faults, already: this.#feed.already } }),
      ...(asked.out !== undefined && { out: asked.out }),
      interrupted,
      seconds: (nodeClock.now() - context.startedAt) / 1000,
    };
  }

  async #take(rows: readonly (readonly unknown[])[]): Promise<void> {
    const { asked } = this;
    const model = this.#model ?? this.#open(rows);
    this.#model = model;
    for (const row of rows) {
      this.#answer(model, model.take(row));
      this.#taken++;
      if (model.rows % asked.every !== 0) continue;
      this.onScores(this.#scores(model));
      model.turn();
      // messages are saved as they were handed out: all of a batch, or none
      if (this.#feed || nodeClock.now() - this.#saved < SAVE_EVERY) continue;
      await this.#save(model);
    }
    await this.#flush();
    await nodeClock.pause();
  }

  #open(rows: readonly (readonly unknown[])[]): StreamModel {
    const { asked, state } = this;
    const { names } = this.rows;
    const model =
      state === undefined
        ? new StreamModel(
            names,
            inferStream(names, rows.slice(0, asked.look), this.#question(names)),
            asked.learner ?? ONLINE_LEARNERS[0],
            asked.seed ?? 0,
          )
        : StreamModel.load(state, names);
    if (state !== undefined) sameQuestion(asked, model);
    this.#metric = metricOf(asked.metric, model);
    return model;
  }

  #question(names: readonly string[]) {
    const { asked } = this;
    return {
      target: asked.target as string,
      task: asked.task,
      drop: splitNames(asked.drop, new Set(names)),
      types: parseTypes(asked.type),
    };
  }

  #scores(model: StreamModel): StreamScores {
    const { all, fading, recent } = model.scores;
    const named = (scores: ReadonlyMap<string, number>) =>
      Object.fromEntries([...scores].sort(([a], [b]) => Number(b === this.#metric) - Number(a === this.#metric)));
    return { rows: model.rows, scores: named(all.scores()), recent: named(recent.scores()), fading: named(fading.scores()) };
  }

  #answer(model: StreamModel, { predicted, probability, actual }: StreamAnswer): void {
    const { predictions } = this.asked;
    if (predictions === undefined) return;
    if (predictions === '-' || /\.(ndjson|jsonl)$/i.test(predictions)) {
      this.#text += `${JSON.stringify({ row: model.rows, actual: actual ?? null, predicted: predicted ?? null, ...(probability !== undefined && { probability }) })}\n`;
      return;
    }
    const cell = (value: string | number | undefined) => (typeof value === 'string' ? csvText(value) : csvNumber(value ?? Number.NaN));
    if (this.#taken === 0) this.#text += 'row,actual,predicted,probability\n';
    this.#text += `${model.rows},${cell(actual)},${cell(predicted)},${cell(probability)}\n`;
  }

  async #flush(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    if (text === '') return;
    if (this.#file) await this.#file.write(text);
    else await writeOut(text);
  }

  async #save(model: StreamModel): Promise<void> {
    if (this.#feed) model.marks = this.#feed.marks();
    if (this.asked.out !== undefined) await writeWhole(this.asked.out, model.save());
    await this.#feed?.acknowledge();
    this.#saved = nodeClock.now();
  }

  /** What was learned before the data failed is not lost. */
  async #kept(error: unknown): Promise<unknown> {
    const model = this.#model;
    // what is not acknowledged comes again
    if (!model || this.#taken === 0 || this.#feed) {
      await this.#file?.discard();
      return error;
    }
    await this.#flush();
    await this.#save(model);
    await this.#file?.commit();
    if (!(error instanceof MillwrightError) || this.asked.out === undefined) return error;
    const hint = `${error.hint ?? ''} The ${this.#taken} rows before it were learned and saved: --resume goes on after them.`.trim();
    return new MillwrightError(error.code, error.message, hint, { cause: error });
  }
}

function metricOf(asked: string | undefined, model: StreamModel): string {
  const names = [...model.scores.all.scores().keys()];
  const found = asked === undefined ? names[0] : metric(asked).id;
  if (found !== undefined && names.includes(found)) return found;
  throw new MillwrightError(
    'OPTION_INVALID',
    `A stream of ${model.stream.predicts} is not scored by "${asked}".`,
    `Its metrics are ${names.join(', ')}.`,
  );
}

/** What is asked of a saved state must be what it was begun with. */
function sameQuestion(asked: Asked, { stream, learnerId, seed }: StreamModel): void {
  const settled = { target: stream.target, learner: learnerId, seed } as const;
  for (const [name, value] of Object.entries(settled)) {
    const wish = asked[name as keyof typeof settled];
    if (wish !== undefined && wish !== value)
      throw new MillwrightError(
        'OPTION_INVALID',
        `The saved state was begun with --${name} ${value}, not ${wish}.`,
        `Leave --${name} out with --resume, or begin anew.`,
      );
  }
  if (asked.task !== undefined && (asked.task === 'regression') !== (stream.predicts === 'number'))
    throw new MillwrightError(
      'OPTION_INVALID',
      `The saved state predicts ${stream.predicts}.`,
      'Leave --task out with --resume, or begin anew.',
    );
  if (asked.drop.length > 0 || asked.type.length > 0)
    throw new MillwrightError(
      'OPTION_INVALID',
      'The saved state has settled what its columns are.',
      'Leave --drop and --type out with --resume, or begin anew.',
    );
}
