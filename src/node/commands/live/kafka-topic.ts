import { kafkaClient, kafkaOptions } from './kafka-client.js';
import { type StreamAddress, unreachable } from './stream-address.js';
import { TAIL, type Topic, type TopicRecord } from './topic-outflow.js';

type Producer = import('@platformatic/kafka').Producer<string, string, string, string>;
type Consumer = import('@platformatic/kafka').Consumer<Buffer, Buffer, Buffer, Buffer>;
type Fetched = Awaited<ReturnType<Consumer['fetch']>>['responses'][number]['partitions'][number];

const MARK = 'millwright-mark';
/** Bytes that are sent at once, about; a broker takes 1 MB unless told. */
const AT_ONCE = 400_000;
const FETCH = { maxWaitTime: 1000, minBytes: 1, maxBytes: 16 * 1024 * 1024 };

/** A topic of Kafka. Its messages have the id of the answer as their key, so that a compacted topic keeps the latest. */
export class KafkaTopic implements Topic {
  readonly label: string;
  /** Of each partition: looked at up to before here. */
  readonly #seen = new Map<number, bigint>();

  private constructor(
    private readonly address: StreamAddress,
    private readonly producer: Producer,
    private readonly reader: Consumer,
  ) {
    this.label = address.shown;
  }

  /** @throws MillwrightError `RUNTIME_MISSING`, `STREAM_UNREACHABLE` */
  static async open(address: StreamAddress): Promise<KafkaTopic> {
    const { Producer, Consumer, stringSerializers } = await kafkaClient();
    const options = kafkaOptions(address);
    const producer: Producer = new Producer({ ...options, serializers: stringSerializers, idempotent: true });
    // it reads what is there and belongs to no group
    const reader: Consumer = new Consumer({ ...options, groupId: 'millwright-marks' });
    try {
      const { topics } = await reader.metadata({ topics: [address.name] });
      if (topics.get(address.name)?.id === undefined) throw new Error(`there is no topic "${address.name}"`);
      return new KafkaTopic(address, producer, reader);
    } catch (error) {
      await Promise.allSettled([producer.close(true), reader.close(true)]);
      throw unreachable(address, error);
    }
  }

  async send(records: readonly TopicRecord[]): Promise<number> {
    const topic = this.address.name;
    const messages = records.map(({ id, mark, text }) => ({ topic, key: id, value: text, headers: { [MARK]: mark } }));
    try {
      for (let at = 0; at < messages.length; ) {
        const from = at;
        for (let bytes = 0; at < messages.length && (at === from || bytes < AT_ONCE); at++)
          bytes += (messages[at]?.value.length ?? 0) + 100;
        await this.producer.send({ messages: messages.slice(from, at) });
      }
    } catch (error) {
      throw unreachable(this.address, error);
    }
    return records.length;
  }

  async *marks(): AsyncGenerator<string> {
    const { reader } = this;
    const { name } = this.address;
    try {
      const ends = (await reader.listOffsets({ topics: [name], timestamp: -1n })).get(name) ?? [];
      const begins = (await reader.listOffsets({ topics: [name], timestamp: -2n })).get(name) ?? [];
      for (const [partition, end] of ends.entries()) {
        const tail = end - BigInt(TAIL);
        let at = [this.#seen.get(partition) ?? 0n, begins[partition] ?? 0n, tail].reduce((a, b) => (a > b ? a : b));
        while (at < end) {
          const { next, marks } = marksOf(await this.#fetch(partition, at), at);
          yield* marks;
          if (next === at) break; // what is left there are marks of transactions
          at = next;
        }
        this.#seen.set(partition, end);
      }
    } catch (error) {
      throw unreachable(this.address, error);
    }
  }

  async #fetch(partition: number, fetchOffset: bigint): Promise<Fetched | undefined> {
    const { topics } = await this.reader.metadata({ topics: [this.address.name] });
    const topic = topics.get(this.address.name);
    const place = topic?.partitions[partition];
    if (!topic || !place) throw new Error(`the topic "${this.address.name}" is gone`);
    const asked = {
      partition,
      currentLeaderEpoch: place.leaderEpoch,
      fetchOffset,
      lastFetchedEpoch: -1,
      partitionMaxBytes: FETCH.maxBytes,
    };
    const { responses } = await this.reader.fetch({ ...FETCH, node: place.leader, topics: [{ topicId: topic.id, partitions: [asked] }] });
    return responses[0]?.partitions[0];
  }

  async close(): Promise<void> {
    await this.producer.close();
    await this.reader.close(true);
  }
}

/** The marks of what was fetched, and where to go on. */
function marksOf(fetched: Fetched | undefined, from: bigint): { next: bigint; marks: string[] } {
  let next = from;
  const marks: string[] = [];
  for (const batch of [fetched?.records ?? []].flat()) {
    for (const { headers } of batch.records)
      for (const [name, value] of headers) if (name?.toString() === MARK && value) marks.push(value.toString());
    const after = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n;
    if (after > next) next = after;
  }
  return { next, marks };
}
