import { randomUUID } from 'node:crypto';
import { packageVersion } from '../commands/version.js';

type Environment = Readonly<Record<string, string | undefined>>;

const TIMEOUT = 10_000;
/** Tells this process from others of the same service. */
const INSTANCE = randomUUID();

/** Where an OpenTelemetry collector takes one kind of signal: OTLP over HTTP in JSON. */
export class OtlpTarget {
  constructor(
    readonly url: string,
    private readonly headers: Readonly<Record<string, string>>,
    private readonly service: string,
  ) {}

  /** As the variables of OpenTelemetry say; nothing when they name no collector. */
  static fromEnvironment(environment: Environment, signal: 'traces' | 'metrics'): OtlpTarget | undefined {
    const of = (name: string): string | undefined => environment[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`];
    const base = environment.OTEL_EXPORTER_OTLP_ENDPOINT;
    const url = of('ENDPOINT') || (base && `${base.replace(/\/+$/, '')}/v1/${signal}`);
    const off = environment.OTEL_SDK_DISABLED === 'true' || environment[`OTEL_${signal.toUpperCase()}_EXPORTER`] === 'none';
    if (!url || off) return undefined;
    const pairs = (of('HEADERS') ?? environment.OTEL_EXPORTER_OTLP_HEADERS ?? '')
      .split(',')
      .map((pair) => /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(pair))
      .filter((found) => found !== null)
      .map(([, name, value]) => [name as string, decoded(value as string)]);
    return new OtlpTarget(url, Object.fromEntries(pairs), environment.OTEL_SERVICE_NAME || 'millwright');
  }

  /** What sends. */
  resource(): object {
    return {
      attributes: attributes({ 'service.name': this.service, 'service.version': packageVersion(), 'service.instance.id': INSTANCE }),
    };
  }

  /** @throws when the collector does not take it */
  async post(message: object): Promise<void> {
    const headers = { ...this.headers, 'content-type': 'application/json' };
    const answer = await fetch(this.url, { method: 'POST', headers, body: JSON.stringify(message), signal: AbortSignal.timeout(TIMEOUT) });
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`the collector answered ${answer.status}`);
  }
}

/** Sends now and then, a message at a time: while a collector keeps one waiting, no others pile up. */
export class Sender {
  readonly #timer: NodeJS.Timeout;
  #underWay: Promise<boolean> | undefined;

  /** @param send tells whether the collector took it @param pause milliseconds */
  constructor(
    private readonly send: () => Promise<boolean>,
    pause: number,
  ) {
    this.#timer = setInterval(() => {
      this.#underWay ??= this.send().finally(() => {
        this.#underWay = undefined;
      });
    }, pause);
    this.#timer.unref();
  }

  /** Sends what there is, and ends; a collector that has just kept one waiting in vain is not waited for again. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    if ((await this.#underWay) !== false) await this.send();
  }
}

/** Values of headers stand as in addresses: `Basic%20abc`. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Texts and whole numbers by their names, as OTLP spells them. */
export function attributes(pairs: Readonly<Record<string, string | number>>): object[] {
  return Object.entries(pairs).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  }));
}

/** Of whole microseconds: milliseconds since 1970 bear no more digits. */
export function nanoseconds(milliseconds: number): string {
  return `${Math.round(milliseconds * 1000)}000`;
}
