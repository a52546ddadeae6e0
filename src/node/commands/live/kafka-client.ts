import { MillwrightError } from '../../../core/errors.js';
import { clientOf, type StreamAddress } from './stream-address.js';

type Kafka = typeof import('@platformatic/kafka');
type BaseOptions = import('@platformatic/kafka').BaseOptions;

const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;

/** @throws MillwrightError `RUNTIME_MISSING` */
export function kafkaClient(): Promise<Kafka> {
  return clientOf('Kafka', '@platformatic/kafka', () => import('@platformatic/kafka'));
}

/** What each client of a broker is told. @throws MillwrightError `OPTION_INVALID` */
export function kafkaOptions({ servers, user, password, options }: StreamAddress): BaseOptions {
  const sasl = (options.get('sasl') ?? 'plain').toUpperCase();
  const mechanism = MECHANISMS.find((known) => known === sasl);
  if (!mechanism)
    throw new MillwrightError('OPTION_INVALID', `sasl=${sasl.slice(0, 100)} is unknown.`, `Use ${MECHANISMS.join(', ').toLowerCase()}.`);
  return {
    clientId: 'millwright',
    bootstrapBrokers: [...servers],
    retries: 10,
    ...(user !== undefined && { sasl: { mechanism, username: user, password: password ?? '' } }),
    ...(options.get('tls') === 'true' && { tls: {} }),
  };
}
