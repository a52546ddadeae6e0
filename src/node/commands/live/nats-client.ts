import { readFile } from 'node:fs/promises';
import { MillwrightError } from '../../../core/errors.js';
import { clientOf, type StreamAddress, unreachable } from './stream-address.js';

type Connection = import('@nats-io/transport-node').NatsConnection;
type JetStream = typeof import('@nats-io/jetstream');

export interface NatsLink {
  readonly connection: Connection;
  readonly jetstream: JetStream;
  /** Of the stream that keeps the subject. */
  readonly stream: string;
  /** Its name with the moment at which it was made: a stream made anew counts from 1 again. */
  readonly made: string;
}

/** Tries to come back after the server went away: two seconds between them. */
const RECONNECTS = 60;

/** Connects, and finds the JetStream stream of a subject. @throws MillwrightError `RUNTIME_MISSING`, `STREAM_UNREACHABLE`, `OPTION_INVALID` */
export async function linkToNats(address: StreamAddress): Promise<NatsLink> {
  const { servers, user, password, options, name } = address;
  const [transport, jetstream] = await clientOf('NATS', '@nats-io/transport-node @nats-io/jetstream', () =>
    Promise.all([import('@nats-io/transport-node'), import('@nats-io/jetstream')]),
  );
  const creds = options.get('creds');
  try {
    const connection = await transport.connect({
      servers: [...servers],
      name: 'millwright',
      maxReconnectAttempts: RECONNECTS,
      ...(user !== undefined && (password === undefined ? { token: user } : { user, pass: password })),
      ...(creds !== undefined && { authenticator: transport.credsAuthenticator(await readFile(creds)) }),
      ...(options.get('tls') === 'true' && { tls: {} }),
    });
    try {
      const manager = await jetstream.jetstreamManager(connection);
      const stream = options.get('stream') ?? (await manager.streams.find(name).catch(() => undefined));
      if (stream === undefined)
        throw new MillwrightError(
          'STREAM_UNREACHABLE',
          `No JetStream stream keeps the subject "${name}".`,
          `Make one, for example: nats stream add NAME --subjects "${name}"`,
        );
      const { created } = await manager.streams.info(stream);
      return { connection, jetstream, stream, made: `${stream} ${created}` };
    } catch (error) {
      await connection.close();
      throw error;
    }
  } catch (error) {
    throw unreachable(address, error);
  }
}
