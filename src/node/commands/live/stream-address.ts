import { MillwrightError } from '../../../core/errors.js';
import { redact } from '../redact.js';

/** Where a broker is, and what of it is meant. */
export interface StreamAddress {
  readonly kind: 'nats' | 'kafka';
  /** `host:port`, at least one. */
  readonly servers: readonly string[];
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** A subject or a topic. */
  readonly name: string;
  readonly options: ReadonlyMap<string, string>;
  /** For people: without password and options. */
  readonly shown: string;
}

const PORTS = { nats: 4222, kafka: 9092 } as const;
const OPTIONS: Record<StreamAddress['kind'], readonly string[]> = {
  nats: ['durable', 'stream', 'deliver', 'creds', 'tls'],
  kafka: ['group', 'instance', 'deliver', 'sasl', 'tls'],
};

/** Whether a text is meant as the address of a broker. */
export function isStreamAddress(text: string): boolean {
  return /^(nats|kafka):/i.test(text);
}

/**
 * Takes an address apart. A password may stand in MILLWRIGHT_STREAM_PASSWORD instead.
 * @example parseStreamAddress('kafka://a:9092,b:9092/orders?group=scoring')
 * @throws MillwrightError `OPTION_INVALID`
 */
export function parseStreamAddress(text: string): StreamAddress {
  const match = /^(nats|kafka):\/\/(?:([^/@]*)@)?([^/?#@]+)\/([^?#/]+)(?:\?([^#]*))?$/i.exec(text);
  const bad = (why: string): MillwrightError =>
    new MillwrightError(
      'OPTION_INVALID',
      `The address "${redact(text).slice(0, 300)}" ${why}.`,
      'Write nats://host/subject?durable=name, or kafka://host:9092/topic?group=name.',
    );
  if (!match) throw bad('is not one of a stream');
  const kind = (match[1] as string).toLowerCase() as StreamAddress['kind'];
  try {
    const [user, password] = (match[2] ?? '').split(/:(.*)/s).map(decodeURIComponent);
    const servers = (match[3] as string).split(',').map((server) => (/:\d+$/.test(server) ? server : `${server}:${PORTS[kind]}`));
    const name = decodeURIComponent(match[4] as string);
    const options = new Map(new URLSearchParams(match[5] ?? ''));
    const unknown = [...options.keys()].find((option) => !OPTIONS[kind].includes(option));
    if (unknown !== undefined) throw bad(`has the option "${unknown}", which is none of ${OPTIONS[kind].join(', ')}`);
    const deliver = options.get('deliver') ?? 'all';
    if (!['all', 'new'].includes(deliver)) throw bad(`has deliver=${deliver}, which is neither all nor new`);
    // a password must not go unencrypted because of another spelling
    const tls = options.get('tls') ?? 'false';
    if (!['true', 'false'].includes(tls)) throw bad(`has tls=${tls}, which is neither true nor false`);
    return {
      ...{ kind, servers, name, options },
      user: user || undefined,
      password: password || process.env.MILLWRIGHT_STREAM_PASSWORD || undefined,
      shown: `${kind}://${match[3]}/${name}`,
    };
  } catch (error) {
    if (error instanceof MillwrightError) throw error;
    throw bad('has a % that begins no character');
  }
}

/** What a broker or its client says, as an error of ours. */
export function unreachable({ shown }: StreamAddress, cause: unknown): MillwrightError {
  if (cause instanceof MillwrightError) return cause;
  const why = redact(reasonOf(cause)).replace(/[.\s]*$/, '');
  return new MillwrightError(
    'STREAM_UNREACHABLE',
    `${shown} cannot be read or written: ${why}.`,
    'Check the address, that the broker runs, and what you may do there.',
    {
      cause,
    },
  );
}

/** The innermost reason: clients wrap what the network says. */
function reasonOf(cause: unknown, depth = 0): string {
  if (!(cause instanceof Error)) return String(cause);
  const inner = (cause as { errors?: unknown[] }).errors?.at(-1) ?? cause.cause;
  return inner instanceof Error && inner.message !== '' && depth < 5 ? reasonOf(inner, depth + 1) : cause.message;
}

/** Loads the client of a broker, which is not among what Millwright installs. @throws MillwrightError `RUNTIME_MISSING` */
export async function clientOf<T>(kind: string, names: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new MillwrightError('RUNTIME_MISSING', `The client for ${kind} is not installed.`, `Install it: npm install ${names}`, { cause });
  }
}
