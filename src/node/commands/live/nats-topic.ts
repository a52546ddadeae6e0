import { linkToNats, type NatsLink } from './nats-client.js';
import { type StreamAddress, unreachable } from './stream-address.js';
import { TAIL, type Topic, type TopicRecord } from './topic-outflow.js';

/** By this header JetStream knows a message that it keeps already, for as long as its window of duplicates lasts. */
const MARK = 'Nats-Msg-Id';
const NANOSECONDS = 1e6;

/** A subject that a JetStream stream keeps. */
export class NatsTopic implements Topic {
  readonly label: string;
  /** Of the stream: looked at up to here. */
  #seen = 0;

  private constructor(
    private readonly address: StreamAddress,
    private readonly link: NatsLink,
  ) {
    this.label = address.shown;
  }

  /** @throws MillwrightError as `linkToNats` */
  static async open(address: StreamAddress): Promise<NatsTopic> {
    return new NatsTopic(address, await linkToNats(address));
  }

  async send(records: readonly TopicRecord[]): Promise<number> {
    const { connection, jetstream } = this.link;
    const client = jetstream.jetstream(connection);
    try {
      const kept = await Promise.all(records.map(({ mark, text }) => client.publish(this.address.name, text, { msgID: mark })));
      return kept.filter(({ duplicate }) => !duplicate).length;
    } catch (error) {
      throw unreachable(this.address, error);
    }
  }

  async *marks(): AsyncGenerator<string> {
    const { connection, jetstream, stream } = this.link;
    try {
      const manager = await jetstream.jetstreamManager(connection);
      const { state } = await manager.streams.info(stream);
      const from = Math.max(this.#seen + 1, state.first_seq, state.last_seq - TAIL + 1);
      if (from > state.last_seq) return;
      const made = await manager.consumers.add(stream, {
        ack_policy: jetstream.AckPolicy.None,
        deliver_policy: jetstream.DeliverPolicy.StartSequence,
        opt_start_seq: from,
        filter_subject: this.address.name,
        headers_only: true,
        mem_storage: true,
        inactive_threshold: 30_000 * NANOSECONDS,
      });
      const consumer = await jetstream.jetstream(connection).consumers.get(stream, made.name);
      for (let left = made.num_pending; left > 0; ) {
        const before = left;
        for await (const message of await consumer.fetch({ max_messages: Math.min(left, 1000), expires: 5000 })) {
          left--;
          const mark = message.headers?.get(MARK);
          if (mark) yield mark;
        }
        if (left === before) break; // they were deleted meanwhile
      }
      this.#seen = state.last_seq;
      await manager.consumers.delete(stream, made.name);
    } catch (error) {
      throw unreachable(this.address, error);
    }
  }

  async close(): Promise<void> {
    const { connection } = this.link;
    if (!connection.isClosed()) await connection.drain();
  }
}
