import { randomBytes } from 'node:crypto';
import { packageVersion } from '../commands/version.js';
import type { TraceParent } from './trace-parent.js';

/** Milliseconds between two messages to the collector. */
const PAUSE = 1000;
/** Spans that wait at most; more are dropped, so that tracing never holds up answers. */
const MOST_WAITING = 2048;
const TIMEOUT = 10_000;

/** A request that was answered. */
export interface RequestSpan {
  readonly method: string;
  /** Pattern of the address. */
  readonly route: string;
  readonly status: number;
  /** Milliseconds since 1970. */
  readonly began: number;
  readonly ended: number;
  readonly model?: string;
  readonly parent?: TraceParent;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Sends a span for each request to an OpenTelemetry collector: OTLP over HTTP in JSON. */
export class TraceExport {
  #spans: object[] = [];
  #dropped = 0;
  #sending: Promise<void> = Promise.resolve();
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly url: string,
    private readonly headers: Readonly<Record<string, string>>,
    private readonly service: string,
    private readonly onFailure: (reason: string, spans: number) => void,
  ) {
    this.#timer = setInterval(() => void this.flush(), PAUSE);
    this.#timer.unref();
  }

  /** As the variables of OpenTelemetry say; nothing when they name no collector. */
  static fromEnvironment(environment: Environment, onFailure: (reason: string, spans: number) => void): TraceExport | undefined {
    const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: own, OTEL_EXPORTER_OTLP_ENDPOINT: base } = environment;
    const url = own || (base && `${base.replace(/\/+$/, '')}/v1/traces`);
    if (!url || environment.OTEL_SDK_DISABLED === 'true' || environment.OTEL_TRACES_EXPORTER === 'none') return undefined;
    const pairs = (environment.OTEL_EXPORTER_OTLP_TRACES_HEADERS ?? environment.OTEL_EXPORTER_OTLP_HEADERS ?? '')
      .split(',')
      .map((pair) => /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(pair))
      .filter((found) => found !== null)
      .map(([, name, value]) => [name as string, value as string]);
    return new TraceExport(url, Object.fromEntries(pairs), environment.OTEL_SERVICE_NAME || 'millwright', onFailure);
  }

  add({ method, route, status, began, ended, model, parent }: RequestSpan): void {
    if (parent && !parent.sampled) return;
    if (this.#spans.length >= MOST_WAITING) {
      this.#dropped++;
      return;
    }
    const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
    this.#spans.push({
      traceId: parent?.trace ?? randomBytes(16).toString('hex'),
      spanId: randomBytes(8).toString('hex'),
      ...(parent && { parentSpanId: parent.span }),
      name: `${method} ${route}`,
      kind: 2,
      startTimeUnixNano: nanoseconds(began),
      endTimeUnixNano: nanoseconds(Math.max(began, ended)),
      attributes: [
        text('http.request.method', method),
        text('http.route', route),
        { key: 'http.response.status_code', value: { intValue: String(status) } },
        ...(model === undefined ? [] : [text('millwright.model', model)]),
      ],
      status: status >= 500 ? { code: 2 } : {},
    });
  }

  /** Sends what waits. What the collector does not take is dropped, and told. */
  flush(): Promise<void> {
    this.#sending = this.#sending.then(() => this.#send());
    return this.#sending;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  async #send(): Promise<void> {
    const spans = this.#spans;
    const dropped = this.#dropped;
    this.#spans = [];
    this.#dropped = 0;
    if (dropped > 0) this.onFailure('there were more than could be sent', dropped);
    if (spans.length === 0) return;
    const resource = {
      attributes: [
        { key: 'service.name', value: { stringValue: this.service } },
        { key: 'service.version', value: { stringValue: packageVersion() } },
      ],
    };
    const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'millwright' }, spans }] }] });
    try {
      const headers = { ...this.headers, 'content-type': 'application/json' };
      const answer = await fetch(this.url, { method: 'POST', headers, body, signal: AbortSignal.timeout(TIMEOUT) });
      await answer.arrayBuffer();
      if (!answer.ok) this.onFailure(`the collector answered ${answer.status}`, spans.length);
    } catch (error) {
      this.onFailure((error as Error).message, spans.length);
    }
  }
}

/** Of whole microseconds: milliseconds since 1970 bear no more digits. */
function nanoseconds(milliseconds: number): string {
  return `${Math.round(milliseconds * 1000)}000`;
}
