import { basename } from 'node:path';
import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import { predictionsAsColumns, timesOf } from '../../engine/monitor/build-reference.js';
import { ExpectationCheck } from '../../engine/monitor/expectations.js';
import { Monitor } from '../../engine/monitor/monitor.js';
import { codeRows } from '../../engine/monitor/observer.js';
import { predict } from '../../model/predict.js';
import type { CommandContext } from './context.js';
import type { Delivery } from './live/inflow.js';
import { openInflow } from './live/open-inflow.js';
import { RowsReader } from './live/read-rows.js';
import { type Monitoring, type MonitorSummary, monitorOptions, prepareMonitoring, summaryOf } from './monitor.js';
import { nodeClock } from './node-clock.js';
import { parseInput } from './options.js';
import { writeOut } from './write-out.js';

const input = z.object({ ...monitorOptions, data: z.array(z.string()).default([]), from: z.string().min(1).optional() });
type Asked = z.infer<typeof input>;

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
  if ((options as { sql?: string }).sql !== undefined)
    throw new MillwrightError('USAGE', '--sql does not go with --stream.', 'A stream has rows, and no table.');
  const inflow = await openInflow(
    asked.from === undefined ? asked.data : [asked.from, ...asked.data],
    `millwright-monitor-${basename(asked.bundle, '.mill')}`,
    context.signal,
  );
  try {
    const watch = new Watch(await prepareMonitoring(asked, [], context), asked);
    for await (const delivery of inflow.deliveries()) {
      await writeOut(watch.take(delivery));
      await delivery.acknowledge();
    }
    await writeOut(watch.close());
    const summary = { ...watch.summary(context), source: inflow.label };
    await writeOut(record('result', summary));
    return summary;
  } finally {
    await inflow.close();
  }
}

const record = (type: string, what: object): string => `${JSON.stringify({ type, ...what })}\n`;

class Watch {
  readonly #monitor: Monitor;
  readonly #check: ExpectationCheck | undefined;
  readonly #reader: RowsReader;
  #messages = 0;
  #faults = 0;

  constructor(
    private readonly how: Monitoring,
    private readonly asked: Asked,
  ) {
    this.#monitor = new Monitor(how.reference, how);
    this.#check = how.rules && new ExpectationCheck(how.rules, how.schema);
    this.#reader = new RowsReader(how.schema);
  }

  /** @returns the lines that its messages gave rise to */
  take({ messages }: Delivery): string {
    const { bundle, reference, column } = this.how;
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

  summary(context: CommandContext): Omit<MonitorStreamSummary, 'source'> {
    const unmet = this.#check?.unmet(this.#reader.unreadable) ?? [];
    const from = this.asked.reference ?? 'training';
    const seconds = (nodeClock.now() - context.startedAt) / 1000;
    return { ...summaryOf(this.#monitor, unmet, from, this.asked.failOn, seconds), messages: this.#messages, faults: this.#faults };
  }
}
