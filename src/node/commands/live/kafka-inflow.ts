import { MillwrightError } from '../../../core/errors.js';
import { gather } from './gather.js';
import { type Delivery, type Inflow, LARGEST_MESSAGE } from './inflow.js';
import { kafkaClient, kafkaOptions } from './kafka-client.js';
import { tooLarge } from './line-inflow.js';
import { type StreamAddress, unreachable } from './stream-address.js';

type Consumer = import('@platformatic/kafka').Consumer<Buffer, Buffer, Buffer, Buffer>;
type KafkaMessage = import('@platformatic/kafka').Message<Buffer, Buffer, Buffer, Buffer>;
type Messages = import('@platformatic/kafka').MessagesStream<Buffer, Buffer, Buffer, Buffer>;

/** Milliseconds that a broker waits for more before it answers. */
const LINGER = 100;
const READ_COMMITTED = 1;
/** Milliseconds after which a member that says nothing has lost its partitions. */
const SESSION = 10_000;

/** A member of a consumer group. */
export class KafkaInflow implements Inflow {
  readonly again = true;
  readonly label: string;
  readonly #acknowledged = new Map<string, number>();
  /** Of each partition: the last message that came. */
  readonly #last = new Map<number, bigint>();

  private constructor(
    private readonly address: StreamAddress,
    private readonly consumer: Consumer,
    private readonly messages: Messages,
    /** Of the topic as it was made: one made anew counts from 0 again. */
    private readonly made: string,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.label = address.shown;
  }

  /** @throws MillwrightError `USAGE` without a group, `RUNTIME_MISSING`, `STREAM_UNREACHABLE` */
  static async open(address: StreamAddress, signal: AbortSignal | undefined): Promise<KafkaInflow> {
    const { name, options } = address;
    const groupId = options.get('group');
    const instance = options.get('instance');
    if (!groupId)
      throw new MillwrightError('USAGE', `${address.shown} names no group.`, 'Add ?group=NAME: the broker keeps for it how far it is.');
    const { Consumer } = await kafkaClient();
    const consumer: Consumer = new Consumer({
      ...kafkaOptions(address),
      groupId,
      sessionTimeout: SESSION,
      rebalanceTimeout: 6 * SESSION,
      heartbeatInterval: SESSION / 4,
      // a member with a name that comes back has its partitions at once
      ...(instance !== undefined && { groupInstanceId: instance }),
    });
    try {
      const { topics } = await consumer.metadata({ topics: [name] });
      const { id } = topics.get(name) ?? {};
      if (id === undefined) throw new Error(`there is no topic "${name}"`);
      const messages = await consumer.consume({
        topics: [name],
        mode: 'committed',
        fallbackMode: options.get('deliver') === 'new' ? 'latest' : 'earliest',
        autocommit: false,
        maxWaitTime: LINGER,
        isolationLevel: READ_COMMITTED,
      });
      return new KafkaInflow(address, consumer, messages, id, signal);
    } catch (error) {
      await Promise.resolve(consumer.close(true)).catch(() => undefined);
      throw unreachable(address, error);
    }
  }

  async *deliveries(): AsyncGenerator<Delivery> {
    try {
      const batches = gather(this.messages[Symbol.asyncIterator](), (m: KafkaMessage) => m.value?.length ?? 0, this.signal);
      for await (const batch of batches)
        yield { messages: batch.map((m) => this.#message(m)), acknowledge: () => this.#acknowledge(batch) };
      if (!this.signal?.aborted) throw new Error('the consumer was closed');
    } catch (error) {
      throw unreachable(this.address, error);
    }
  }

  #shard(partition: number): string {
    return `${this.made} ${partition}`;
  }

  #message({ topic, partition, offset, value }: KafkaMessage): Delivery['messages'][number] {
    const place = `${partition}.${offset}`;
    const body = (value?.length ?? 0) > LARGEST_MESSAGE ? tooLarge(`Message ${place}`) : (value ?? Buffer.alloc(0));
    // the first of a partition that was another's may have been dealt with there
    const follows = this.#last.get(partition) === offset - 1n;
    this.#last.set(partition, offset);
    const id = `${topic}.${this.made.slice(0, 8)}.${place}`;
    return { id, shard: this.#shard(partition), offset: Number(offset), body, ...(!follows && { again: true }) };
  }

  async #acknowledge(batch: readonly KafkaMessage[]): Promise<void> {
    const last = new Map(batch.map((message) => [message.partition, message]));
    for (const [partition, message] of last) {
      try {
        await message.commit();
      } catch (error) {
        // the partition went to another member, who will have these messages again
        if (!isRebalance(error)) throw unreachable(this.address, error);
      }
      this.#acknowledged.set(this.#shard(partition), Number(message.offset));
    }
  }

  /** Messages of a partition come in order. */
  async settled(shard: string): Promise<number | undefined> {
    return this.#acknowledged.get(shard);
  }

  async close(): Promise<void> {
    await this.consumer.close(true);
  }
}

const REBALANCE = /REBALANCE_IN_PROGRESS|ILLEGAL_GENERATION|UNKNOWN_MEMBER_ID|FENCED/;

/** Whether a commit was refused because the group shares its partitions anew. */
function isRebalance(error: unknown): boolean {
  const {
    message = '',
    apiId = '',
    errors = [],
    cause,
  } = (error ?? {}) as { message?: string; apiId?: string; errors?: unknown[]; cause?: unknown };
  return REBALANCE.test(`${apiId} ${message}`) || errors.some(isRebalance) || (cause !== undefined && isRebalance(cause));
}
