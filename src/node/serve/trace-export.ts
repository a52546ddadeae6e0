import { randomBytes } from 'node:crypto';
import { attributes, nanoseconds, OtlpTarget, Sender } from './otlp.js';
import type { TraceParent } from './trace-parent.js';

/** Milliseconds between two messages to the collector. */
const PAUSE = 1000;
/** Spans that wait at most; more are dropped, so that tracing never holds up answers. */
const MOST_WAITING = 2048;

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

/** Sends a span for each request to an OpenTelemetry collector: OTLP over HTTP in JSON. */
export class TraceExport {
  #spans: object[] = [];
  #dropped = 0;
  readonly #sender: Sender;

  constructor(
    private readonly target: OtlpTarget,
    private readonly onFailure: (reason: string, spans: number) => void,
  ) {
    this.#sender = new Sender(() => this.#send(), PAUSE);
  }

  /** As the variables of OpenTelemetry say; nothing when they name no collector. */
  static fromEnvironment(environment: NodeJS.ProcessEnv, onFailure: (reason: string, spans: number) => void): TraceExport | undefined {
    const target = OtlpTarget.fromEnvironment(environment, 'traces');
    return target && new TraceExport(target, onFailure);
  }

  add({ method, route, status, began, ended, model, parent }: RequestSpan): void {
    if (parent && !parent.sampled) return;
    if (this.#spans.length >= MOST_WAITING) {
      this.#dropped++;
      return;
    }
    this.#spans.push({
      traceId: parent?.trace ?? randomBytes(16).toString('hex'),
      spanId: randomBytes(8).toString('hex'),
      ...(parent && { parentSpanId: parent.span }),
      name: `${method} ${route}`,
      kind: 2,
      startTimeUnixNano: nanoseconds(began),
      endTimeUnixNano: nanoseconds(Math.max(began, ended)),
      attributes: attributes({
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': status,
        ...(model !== undefined && { 'millwright.model': model }),
      }),
      status: status >= 500 ? { code: 2 } : {},
    });
  }

  /** Sends what waits, and ends. */
  close(): Promise<void> {
    return this.#sender.close();
  }

  /** What the collector does not take is dropped, and told. */
  async #send(): Promise<boolean> {
    const spans = this.#spans;
    const dropped = this.#dropped;
    this.#spans = [];
    this.#dropped = 0;
    if (dropped > 0) this.onFailure('there were more than could be sent', dropped);
    if (spans.length === 0) return true;
    try {
      await this.target.post({
        resourceSpans: [{ resource: this.target.resource(), scopeSpans: [{ scope: { name: 'millwright' }, spans }] }],
      });
      return true;
    } catch (error) {
      this.onFailure((error as Error).message, spans.length);
      return false;
    }
  }
}
