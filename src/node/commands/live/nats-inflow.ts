import { createHash } from 'node:crypto';
import { MillwrightError } from '../../../core/errors.js';
import { gather } from './gather.js';
import { type Delivery, type Inflow, LARGEST_MESSAGE, MOST_AT_ONCE } from './inflow.js';
import { tooLarge } from './line-inflow.js';
import { linkToNats, type NatsLink } from './nats-client.js';
import { type StreamAddress, unreachable } from './stream-address.js';

type Consumer = import('@nats-io/jetstream').Consumer;
type JsMsg = import('@nats-io/jetstream').JsMsg;
type Messages = import('@nats-io/jetstream').ConsumerMessages;

const NANOSECONDS = 1e6;
/** Milliseconds after which the server gives a message to another process, or again. */
const ACK_WAIT = 30_000;
/** Messages that all processes together may hold back. */
const MOST_HELD = 20 * MOST_AT_ONCE;
/** Milliseconds that a request for messages stands. */
const FETCH = 30_000;

/** A durable consumer of a JetStream stream. */
export class NatsInflow implements Inflow {
  readonly again = true;
  readonly label: string;
  readonly #shard: string;
  readonly #mark: string;
  #messages: Messages | undefined;
  #stopped = false;
  readonly #items = this.#pull();

  private constructor(
    private readonly address: StreamAddress,
    private readonly link: NatsLink,
    private readonly consumer: Consumer,
    private readonly signal: AbortSignal | undefined,
    durable: string,
  ) {
    this.label = address.shown;
    this.#shard = `${link.made} ${durable}`;
    // the same number is another message once the stream was made anew
    this.#mark = `${link.stream}.${createHash('sha256').update(link.made).digest('hex').slice(0, 8)}`;
  }

  /**
   * Makes the durable consumer where there is none.
   * @param fallback the name of the durable consumer where the address has none
   * @throws MillwrightError `RUNTIME_MISSING`, `STREAM_UNREACHABLE`, `OPTION_INVALID` when a consumer of that name reads otherwise
   */
  static async open(address: StreamAddress, fallback: string, signal: AbortSignal | undefined): Promise<NatsInflow> {
    const { name, options } = address;
    const durable = options.get('durable') ?? fallback.replace(/[^A-Za-z0-9_-]/g, '-');
    if (!/^[A-Za-z0-9_-]{1,200}$/.test(durable))
      throw new MillwrightError(
        'OPTION_INVALID',
        `durable=${durable.slice(0, 200)} is no name of a consumer.`,
        'Use letters, digits, - and _.',
      );
    const link = await linkToNats(address);
    try {
      const { connection, jetstream, stream } = link;
      const { AckPolicy, DeliverPolicy } = jetstream;
      const manager = await jetstream.jetstreamManager(connection);
      const there = await manager.consumers.info(stream, durable).catch((error: Error) => {
        if (/not found/i.test(error.message)) return undefined;
        throw error;
      });
      const config = there?.config;
      if (config && (config.filter_subject !== name || config.ack_policy !== AckPolicy.Explicit || config.deliver_subject !== undefined))
        throw new MillwrightError(
          'OPTION_INVALID',
          `The consumer "${durable}" of the stream ${stream} reads otherwise: another subject, or without acknowledgement.`,
          'Name another with ?durable=.',
        );
      if (!there)
        await manager.consumers.add(stream, {
          durable_name: durable,
          filter_subject: name,
          ack_policy: AckPolicy.Explicit,
          deliver_policy: options.get('deliver') === 'new' ? DeliverPolicy.New : DeliverPolicy.All,
          ack_wait: ACK_WAIT * NANOSECONDS,
          max_ack_pending: MOST_HELD,
        });
      const consumer = await jetstream.jetstream(connection).consumers.get(stream, durable);
      return new NatsInflow(address, link, consumer, signal, durable);
    } catch (error) {
      await link.connection.close();
      throw unreachable(address, error);
    }
  }

  async *deliveries(): AsyncGenerator<Delivery> {
    const { connection } = this.link;
    try {
      const gone = connection.closed().then((error) => {
        this.#stop();
        return error;
      });
      const give = (m: JsMsg): void => m.nak();
      for await (const batch of gather(this.#items, (m) => m.data.length, this.signal, give))
        yield { messages: batch.map((m) => this.#message(m)), acknowledge: () => this.#acknowledge(batch) };
      if (!this.signal?.aborted) throw (connection.isClosed() && (await gone)) || new Error('the consumer was deleted');
    } catch (error) {
      throw unreachable(this.address, error);
    }
  }

  /** Asks for no more than is dealt with: what a killed process held back is given out again only after a while. */
  async *#pull(): AsyncGenerator<JsMsg> {
    while (!this.#stopped) {
      this.#messages = await this.consumer.fetch({ max_messages: MOST_AT_ONCE, expires: FETCH });
      if (this.#stopped) this.#messages.stop();
      yield* this.#messages;
    }
  }

  #stop(): void {
    this.#stopped = true;
    this.#messages?.stop();
  }

  #message({ seq, data, redelivered }: JsMsg): Delivery['messages'][number] {
    const body = data.length > LARGEST_MESSAGE ? tooLarge(`Message ${seq}`) : data;
    return { id: `${this.#mark}.${seq}`, shard: this.#shard, offset: seq - 1, body, ...(redelivered && { again: true }) };
  }

  async #acknowledge(batch: readonly JsMsg[]): Promise<void> {
    for (const message of batch) message.ack();
    // one that is lost on the way comes again, and is passed over then
    await this.link.connection.flush().catch((error) => {
      throw unreachable(this.address, error);
    });
  }

  async settled(): Promise<number | undefined> {
    const info = await this.consumer.info().catch(() => undefined);
    return info && info.ack_floor.stream_seq - 1;
  }

  /** What was fetched and not dealt with is given back, for others to have at once. */
  async close(): Promise<void> {
    const { connection } = this.link;
    this.#stop();
    if (!connection.isClosed()) for await (const message of this.#items) message.nak();
    if (!connection.isClosed()) await connection.drain();
  }
}
