import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import type { Alert } from '../../engine/monitor/alert.js';
import { parsePrice } from './alert-cost.js';
import { writeWhole } from './atomic-file.js';
import type { CommandContext } from './context.js';
import { requireInput } from './late-labels.js';
import type { Delivery, Inflow } from './live/inflow.js';
import { openInflow } from './live/open-inflow.js';
import { StreamWatch, type Taken, type WatchState } from './live/stream-watch.js';
import { type MonitorSummary, monitorOptions, prepareMonitoring, summaryOf } from './monitor.js';
import { AlertRecords, priceAlerts, writePage } from './monitor-outcome.js';
import { nodeClock } from './node-clock.js';
import { parseInput } from './options.js';
import { shortName } from './short-name.js';
import { spareInputs } from './spare-inputs.js';
import { writeOut } from './write-out.js';

const input = z.object({
  ...monitorOptions,
  data: z.array(z.string()).default([]),
  from: z.string().min(1).optional(),
  state: z.string().min(1).optional(),
  key: z.string().optional(),
  by: z.array(z.string()).default([]),
  html: z.string().min(1).optional(),
  store: z.boolean().default(false),
  value: z.string().optional(),
  as: z.string().optional(),
});
type Asked = z.infer<typeof input>;
/** Options of `monitor` that mean nothing for a stream. */
const NOT_HERE: ReadonlyMap<string, string> = new Map([
  ['sql', 'Leave it out, or watch a file.'],
  ['labels', 'Answers come in the rows, or with --key as messages of their own: {"<key>": …, "<target>": …}.'],
]);

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
  for (const [name, hint] of NOT_HERE)
    if ((options as Record<string, unknown>)[name] !== undefined)
      throw new MillwrightError('USAGE', `--${name} does not go with --stream.`, hint);
  if (asked.value !== undefined) parsePrice(asked.value);
  if (asked.html !== undefined) await spareInputs(asked.html, [], asked.bundle);
  const inflow = await openInflow(
    asked.from === undefined ? asked.data : [asked.from, ...asked.data],
    `millwright-monitor-${basename(asked.bundle, '.mill')}`,
    context.signal,
  );
  let session: Session | undefined;
  try {
    if (inflow.again && asked.state === undefined)
      throw new MillwrightError('USAGE', `What was seen of ${inflow.label} must outlast a kill.`, 'Name a file for it with --state.');
    session = await Session.open(asked, inflow, context);
    return await session.run();
  } finally {
    await session?.close();
    await inflow.close();
  }
}

const record = (type: string, what: object): string => `${JSON.stringify({ type, ...what })}\n`;

/** Milliseconds between two savings of the state, and messages that a broker is owed an acknowledgement of. */
const SAVE_EVERY = 5000;
const MOST_OWED = 10_000;
const LARGEST_STATE = 512 * 1024 * 1024;

class Session {
  #held: Delivery[] = [];
  #owed = 0;
  #saved = nodeClock.now();

  private constructor(
    private readonly asked: Asked,
    private readonly inflow: Inflow,
    private readonly watch: StreamWatch,
    private readonly records: AlertRecords | undefined,
    private readonly begun: string | undefined,
    private readonly context: CommandContext,
  ) {}

  static async open(asked: Asked, inflow: Inflow, context: CommandContext): Promise<Session> {
    const how = await prepareMonitoring(asked, [], context);
    for (const name of asked.by) requireInput(how.reference, name);
    const kept = asked.state === undefined ? undefined : await readState(asked.state);
    // other rows to compare with have no scores to compare with
    const scores = asked.reference === undefined;
    const watch = new StreamWatch(how, { again: inflow.again, key: asked.key, scores, now: () => nodeClock.now() }, kept);
    const begun = asked.store ? (kept?.begun ?? new Date().toISOString()) : kept?.begun;
    const records = asked.store ? await AlertRecords.open(asked, `stream/${shortName(inflow.label, 200)}/${begun}`) : undefined;
    return new Session(asked, inflow, watch, records, begun, context);
  }

  async run(): Promise<MonitorStreamSummary> {
    const { asked, watch, inflow } = this;
    let told = false;
    for await (const delivery of inflow.deliveries()) {
      told = (await this.#tell(watch.take(delivery))) || told;
      if (inflow.again) this.#held.push(delivery);
      this.#owed += inflow.again ? delivery.messages.length : 0;
      const now = nodeClock.now();
      if (!told && this.#owed < MOST_OWED && now - this.#saved <= SAVE_EVERY) continue;
      await this.#save(told);
      told = false;
    }
    // with a state the last window goes on another time
    await this.#tell({ raised: asked.state === undefined ? watch.close() : watch.look(), faults: [] });
    await this.#save(true);
    const summary = { ...this.#summary(), messages: watch.messages, faults: watch.faults, source: inflow.label };
    await writeOut(record('result', summary));
    return summary;
  }

  async close(): Promise<void> {
    await this.records?.close();
  }

  /** @returns whether there was anything to tell */
  async #tell({ raised, faults }: Taken): Promise<boolean> {
    this.#price(raised);
    const errors = faults.map(({ message, error: { code, message: what } }) =>
      record('error', { message: message.id, error: { code, message: what } }),
    );
    await writeOut([...errors, ...raised.map((alert) => record('alert', alert))].join(''));
    return errors.length + raised.length > 0;
  }

  #price(alerts: readonly Alert[]): void {
    if (this.asked.value !== undefined) priceAlerts(alerts, this.watch.monitor, parsePrice(this.asked.value));
  }

  /** A message is acknowledged once a file remembers it; until then it comes again. */
  async #save(page: boolean): Promise<void> {
    const { asked, watch, records } = this;
    this.#price(watch.alerts);
    if (asked.state !== undefined) await writeWhole(asked.state, JSON.stringify(watch.state(this.begun)));
    // after the state, which knows them: a kill here leaves them to the next command
    await records?.keep(watch.alerts);
    if (page && asked.html !== undefined)
      await writePage(asked.html, { bundle: asked.bundle, data: [this.inflow.label] }, watch.monitor, this.#summary(), true);
    for (const delivery of this.#held) await delivery.acknowledge();
    await watch.settle(this.inflow);
    this.#held = [];
    this.#owed = 0;
    this.#saved = nodeClock.now();
  }

  #summary(): MonitorSummary {
    const { asked, watch, context } = this;
    const seconds = (nodeClock.now() - context.startedAt) / 1000;
    const performance = watch.performance(asked.by);
    const summary = summaryOf(watch.monitor, watch.unmet(), asked.reference ?? 'training', asked.failOn, seconds, performance);
    this.#price(summary.alerts);
    return summary;
  }
}

async function readState(path: string): Promise<WatchState | undefined> {
  try {
    if ((await stat(path)).size > LARGEST_STATE) throw new Error('it is too large');
    const state = JSON.parse(await readFile(path, 'utf8')) as WatchState;
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
