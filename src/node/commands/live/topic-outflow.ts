import { createHash } from 'node:crypto';
import { MillwrightError } from '../../../core/errors.js';
import type { ScoredColumn } from '../score/scored-rows.js';
import { type Answer, answerLines, type Outflow } from './outflow.js';
import { parseStreamAddress, type StreamAddress } from './stream-address.js';

/** An answer on its way. */
export interface TopicRecord {
  /** What it goes by. */
  readonly id: string;
  /** The same whenever this answer is sent, and no other's. */
  readonly mark: string;
  readonly text: string;
}

/** Where a broker takes messages. */
export interface Topic {
  readonly label: string;
  /** Resolves once the broker keeps them. @returns how many it did not know by their mark */
  send(records: readonly TopicRecord[]): Promise<number>;
  /** Marks of the latest messages there, later of those that came since. */
  marks(): AsyncIterable<string>;
  close(): Promise<void>;
}

/** Marks that are remembered. */
const MOST_MARKS = 200_000;
/** Messages at the end of a topic that are looked at for answers of a process that was killed: far more than one holds. */
export const TAIL = 50_000;
/** Options of an address that say how to read. */
const FOR_READING = ['durable', 'deliver', 'group', 'instance'];

/**
 * A topic. What was sent is not sent again: the topic itself is asked what a killed process had put there, at the beginning and whenever messages come that another process may have answered.
 */
export class TopicOutflow implements Outflow {
  readonly label: string;
  #asked = false;
  readonly #known = new Set<string>();

  /** @param model tells answers of several models in one topic apart */
  constructor(
    private readonly columns: readonly ScoredColumn[],
    private readonly topic: Topic,
    private readonly model: string,
  ) {
    this.label = topic.label;
  }

  /** @throws MillwrightError `OPTION_INVALID`, `RUNTIME_MISSING`, `STREAM_UNREACHABLE` */
  static async open(where: string, columns: readonly ScoredColumn[], model: string): Promise<TopicOutflow> {
    const address = parseStreamAddress(where);
    const reading = FOR_READING.find((option) => address.options.has(option));
    if (reading !== undefined || /[*>]/.test(address.name))
      throw new MillwrightError(
        'OPTION_INVALID',
        `${address.shown} cannot be written to: ${reading === undefined ? 'it names more than one subject' : `${reading}= is for reading`}.`,
        'Write nats://host/subject or kafka://host:9092/topic.',
      );
    return new TopicOutflow(columns, await openTopic(address), model);
  }

  async put(answers: readonly Answer[]): Promise<number> {
    const { topic, columns } = this;
    if (!this.#asked || answers.some(({ message }) => message.again)) {
      for await (const mark of topic.marks()) this.#remember(mark);
      this.#asked = true;
    }
    const records = new Map<string, TopicRecord>();
    for (const answer of answers) {
      const mark = this.#mark(answer.id);
      if (!this.#known.has(mark) && !records.has(mark))
        records.set(mark, { id: answer.id, mark, text: answerLines(columns, [answer]).trimEnd() });
    }
    if (records.size === 0) return 0;
    const fresh = await topic.send([...records.values()]);
    for (const mark of records.keys()) this.#remember(mark);
    return fresh;
  }

  async close(): Promise<void> {
    await this.topic.close();
  }

  /** Short and plain, whatever the id. */
  #mark(id: string): string {
    return createHash('sha256').update(`${this.model}\0${id}`).digest('hex').slice(0, 32);
  }

  #remember(mark: string): void {
    this.#known.add(mark);
    if (this.#known.size > MOST_MARKS) this.#known.delete(this.#known.values().next().value as string);
  }
}

async function openTopic(address: StreamAddress): Promise<Topic> {
  if (address.kind === 'nats') return (await import('./nats-topic.js')).NatsTopic.open(address);
  return (await import('./kafka-topic.js')).KafkaTopic.open(address);
}
