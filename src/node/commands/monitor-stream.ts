import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import { predictionsAsColumns, timesOf } from '../../engine/monitor/build-reference.js';
import { ExpectationCheck } from '../../engine/monitor/expectations.js';
import { Monitor } from '../../engine/monitor/monitor.js';
import { codeRows } from '../../engine/monitor/observer.js';
import { predict } from '../../model/predict.js';
import { writeWhole } from './atomic-file.js';
import type { CommandContext } from './context.js';
import { DoneMarks } from './live/done-marks.js';
import type { Delivery, Inflow } from './live/inflow.js';
import { openInflow } from './live/open-inflow.js';
import { RowsReader } from './live/read-rows.js';
import { type Monitoring, type MonitorSummary, monitorOptions, prepareMonitoring, summaryOf } from './monitor.js';
import { nodeClock } from './node-clock.js';
import { parseInput } from './options.js';
import { writeOut } from './write-out.js';

const input = z.object({
  ...monitorOptions,
  data: z.array(z.string()).default([]),
  from: z.string().min(1).optional(),
  state: z.string().min(1).optional(),
});
type Asked = z.infer<typeof input>;
/** Options of `monitor` that mean nothing for a stream. */
const NOT_HERE = ['sql', 'labels', 'key', 'by', 'html', 'store', 'value', 'as'];

/** What watching a stream came to, until it ended or was interrupted. */
export interface MonitorStreamSummary extends MonitorSummary {
  source: string;
  messages: number;
  /** Messages that are no row of the model; each has its line. */
  faults: number;
}

/**
 * Watches the rows of a stream while they come. To standard output goes a line of JSON for each alert the moment it is raised (`type` alert), for each
 * message that is no row (error), and at the end one with the summary (result).
 * @throws MillwrightError as `monitorCommand`
 */
export async function monitorStreamCommand(options: unknown, context: CommandContext): Promise<MonitorStreamSummary> {
  const asked = parseInput(input, options);
  const extra = NOT_HERE.find((name) => (options as Record<string, unknown>)[name] !== undefined);
  if (extra !== undefined) throw new MillwrightError('USAGE', `--${extra} does not go with --stream.`, 'Leave it out, or watch a file.');
  const inflow = await openInflow(
    asked.from === undefined ? asked.data : [asked.from, ...asked.data],
    `millwright-monitor-${basename(asked.bundle, '.mill')}`,
    context.signal,
  );
  try {
    if (inflow.again && asked.state === undefined)
      throw new MillwrightError('USAGE', `What was seen of ${inflow.label} must outlast a kill.`, 'Name a file for it with --state.');
    const how = await prepareMonitoring(asked, [], context);
    const watch = new Watch(how, asked, inflow.again, asked.state === undefined ? undefined : await readState(asked.state));
    let held: Delivery[] = [];
    let saved = nodeClock.now();
    // a message is acknowledged once a file remembers it; until then it comes again
    const save = async (): Promise<void> => {
      if (asked.state !== undefined) await writeWhole(asked.state, watch.state());
      for (const delivery of held) await delivery.acknowledge();
      await watch.settle(inflow);
      held = [];
      saved = nodeClock.now();
    };
    for await (const delivery of inflow.deliveries()) {
      const lines = watch.take(delivery);
      await writeOut(lines);
      held.push(delivery);
      if (lines !== '' || held.length >= SAVE_AFTER || nodeClock.now() - saved > SAVE_EVERY) await save();
    }
    // with a state the last window goes on another time
    if (asked.state === undefined) await writeOut(watch.close());
    await save();
    const summary = { ...watch.summary(context), source: inflow.label };
    await writeOut(record('result', summary));
    return summary;
  } finally {
    await inflow.close();
  }
}

const record = (type: string, what: object): string => `${JSON.stringify({ type, ...what })}\n`;

/** Milliseconds, and deliveries, between two savings of the state. */
const SAVE_EVERY = 5000;
const SAVE_AFTER = 10;
const LARGEST_STATE = 512 * 1024 * 1024;

interface State {
  version: 1;
  monitor: unknown;
  done: unknown;
}

async function readState(path: string): Promise<State | undefined> {
  try {
    if ((await stat(path)).size > LARGEST_STATE) throw new Error('it is too large');
    const state = JSON.parse(await readFile(path, 'utf8')) as State;
    if (state?.version !== 1) throw new Error('it is none of `monitor --stream`');
    return state;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new MillwrightError(
      'DATA_UNREADABLE',
      `The state ${path} cannot be read: ${(cause as Error).message}.`,
      'Name the file of an earlier command, or one that is not there.',
      { cause },
    );
  }
}

class Watch {
  readonly #monitor: Monitor;
  readonly #done: DoneMarks;
  readonly #check: ExpectationCheck | undefined;
  readonly #reader: RowsReader;
  #messages = 0;
  #faults = 0;

  constructor(
    private readonly how: Monitoring,
    private readonly asked: Asked,
    /** Whether messages may come twice. */
    private readonly again: boolean,
    kept: State | undefined,
  ) {
    this.#monitor = kept ? Monitor.fromJSON(kept.monitor, how.reference, how) : new Monitor(how.reference, how);
    this.#done = kept && again ? DoneMarks.fromJSON(kept.done) : new DoneMarks();
    this.#check = how.rules && new ExpectationCheck(how.rules, how.schema);
    this.#reader = new RowsReader(how.schema);
  }

  /** @returns the lines that its messages gave rise to */
  take(delivery: Delivery): string {
    const { bundle, reference, column } = this.how;
    const messages = this.again ? delivery.messages.filter((m) => !this.#done.has(m)) : delivery.messages;
    if (this.again) for (const message of messages) this.#done.add(message);
    this.#messages += messages.length;
    const { table, of } = this.#reader.read(messages);
    let text = '';
    for (const [i, row] of of.entries()) {
      if (typeof row === 'number') continue;
      this.#faults++;
      text += record('error', { message: messages[i]?.id, error: { code: row.code, message: row.message } });
    }
    if (table.rows === 0) return text;
    const predicted = predictionsAsColumns(bundle.task, predict(bundle, table).values, table.rows);
    this.#check?.add(table);
    const raised = this.#monitor.push(codeRows(reference, table, predicted, timesOf(table, column)));
    return text + raised.map((alert) => record('alert', alert)).join('');
  }

  /** Ends the last window. */
  close(): string {
    return this.#monitor
      .close()
      .map((alert) => record('alert', alert))
      .join('');
  }

  state(): string {
    const state: State = { version: 1, monitor: this.#monitor.toJSON(), done: this.#done };
    return JSON.stringify(state);
  }

  async settle(inflow: Inflow): Promise<void> {
    for (const shard of this.#done.crowded()) this.#done.settle(shard, (await inflow.settled(shard)) ?? -1);
  }

  summary(context: CommandContext): Omit<MonitorStreamSummary, 'source'> {
    const unmet = this.#check?.unmet(this.#reader.unreadable) ?? [];
    const from = this.asked.reference ?? 'training';
    const seconds = (nodeClock.now() - context.startedAt) / 1000;
    return { ...summaryOf(this.#monitor, unmet, from, this.asked.failOn, seconds), messages: this.#messages, faults: this.#faults };
  }
}
