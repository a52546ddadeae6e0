import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, it } from 'vitest';
import { MetricExport, otlpMetrics } from '../../src/node/serve/metric-export.js';
import { OtlpTarget } from '../../src/node/serve/otlp.js';
import { TraceExport } from '../../src/node/serve/trace-export.js';
import { traceParent } from '../../src/node/serve/trace-parent.js';
import { exampleServer } from './example-server.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: { stringValue?: string; intValue?: string } }[];
}

const received: { spans: Span[]; service?: string; key?: string }[] = [];
interface Metric {
  name: string;
  unit?: string;
  sum?: { isMonotonic: boolean; aggregationTemporality: number; dataPoints: { asDouble: number; attributes: Span['attributes'] }[] };
  gauge?: { dataPoints: { asDouble: number }[] };
  histogram?: {
    dataPoints: { count: string; sum: number; bucketCounts: string[]; explicitBounds: number[]; attributes: Span['attributes'] }[];
  };
}
let measured: Metric[] = [];
const collector = createServer((request, response) => {
  let text = '';
  request.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  request.on('end', () => {
    response.setHeader('content-type', 'application/json').end('{}');
    if (request.url === '/v1/metrics') {
      measured = JSON.parse(text).resourceMetrics[0].scopeMetrics[0].metrics;
      return;
    }
    const [{ resource, scopeSpans }] = JSON.parse(text).resourceSpans;
    received.push({
      spans: scopeSpans[0].spans,
      service: resource.attributes[0].value.stringValue,
      key: request.headers['x-key'] as string,
    });
  });
});
await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
afterAll(() => collector.close());
const url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
process.env.OTEL_EXPORTER_OTLP_ENDPOINT = url;
process.env.OTEL_EXPORTER_OTLP_HEADERS = 'x-key=a%20c';
process.env.OTEL_SERVICE_NAME = 'churn-service';
process.env.OTEL_METRIC_EXPORT_INTERVAL = '100';
const { post, get, logged } = await exampleServer();
for (const name of Object.keys(process.env).filter((n) => n.startsWith('OTEL_'))) delete process.env[name];

it('sends a span for each request to the collector, as part of the caller’s trace, which the log names', async () => {
  const began = Date.now();
  const headers = { traceparent: `00-${TRACE}-${SPAN}-01` };
  expect((await post('/v1/models/left/predict', { age: 25, city: 'Oslo' }, headers)).status).toBe(200);
  await get('/v1/models/nobody');
  await post('/v1/models/left/predict', { age: 26 }, { traceparent: `00-${TRACE}-${SPAN}-00` }); // not sampled
  const spans = () => received.flatMap((r) => r.spans);
  while (spans().length < 2) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(spans()).toHaveLength(2);
  expect(received[0]).toMatchObject({ service: 'churn-service', key: 'a c' });
  const [predicted, missed] = spans() as [Span, Span];
  expect(predicted).toMatchObject({ traceId: TRACE, parentSpanId: SPAN, name: 'POST /v1/models/{name}/predict', kind: 2 });
  expect(predicted.spanId).toMatch(/^[0-9a-f]{16}$/);
  expect(predicted.attributes).toContainEqual({ key: 'http.response.status_code', value: { intValue: '200' } });
  expect(predicted.attributes).toContainEqual({ key: 'millwright.model', value: { stringValue: 'left' } });
  expect(BigInt(predicted.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(predicted.startTimeUnixNano));
  expect(Number(predicted.startTimeUnixNano) / 1e6).toBeGreaterThanOrEqual(began - 1);
  expect(Number(predicted.startTimeUnixNano) / 1e6).toBeLessThanOrEqual(Date.now() + 1);
  expect(missed.attributes).toContainEqual({ key: 'http.response.status_code', value: { intValue: '404' } });
  expect(missed.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(logged()).toMatchObject([{ trace: TRACE }, { trace: TRACE }]);
});

it('sends metrics under the names that Prometheus reads', async () => {
  const found = (name: string) => measured.find((m) => m.name === name);
  const predictions = () => found('millwright_predict_seconds')?.histogram?.dataPoints[0];
  const deadline = Date.now() + 30_000;
  const before = Number(predictions()?.count ?? 0);
  await post('/v1/models/left/predict', [{ age: 25 }, { age: 26 }]);
  while (Number(predictions()?.count ?? 0) < Math.max(1, before + 1) && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 20));
  const point = predictions();
  expect(point?.attributes[0]).toEqual({ key: 'model', value: { stringValue: 'left' } });
  expect(point?.bucketCounts).toHaveLength((point?.explicitBounds.length ?? 0) + 1);
  expect(point?.bucketCounts.reduce((sum, n) => sum + Number(n), 0)).toBe(Number(point?.count));
  expect(found('millwright_predict_seconds')?.unit).toBe('s');
  const text = (await get('/metrics')).text;
  const rows = found('millwright_rows_total')?.sum;
  expect(rows).toMatchObject({ isMonotonic: true, aggregationTemporality: 2 });
  expect(text).toContain(
    `version="${rows?.dataPoints[0]?.attributes[1]?.value.stringValue}",role="answer"} ${rows?.dataPoints[0]?.asDouble}\n`,
  );
  expect(found('millwright_models')?.gauge?.dataPoints[0]?.asDouble).toBe(1);
});

it('keeps to one message at a time, however long the collector takes', async () => {
  let asked = 0;
  const held: (() => void)[] = [];
  const slow = createServer((request, response) => {
    asked++;
    request.resume();
    held.push(() => response.end('{}'));
  });
  await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
  const target = new OtlpTarget(`http://127.0.0.1:${(slow.address() as AddressInfo).port}`, {}, 'm');
  const meter = new MetricExport(
    target,
    async () => [],
    () => undefined,
    5,
  );
  while (asked < 1) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const closed = meter.close();
  const answering = setInterval(() => held.pop()?.(), 5);
  await closed;
  clearInterval(answering);
  slow.close();
  // the one under way, and the last
  expect(asked).toBe(2);
  // what is down is not asked once more at the end
  const failures: string[] = [];
  const late = new MetricExport(
    new OtlpTarget('http://127.0.0.1:1/', {}, 'm'),
    () => new Promise((resolve) => setTimeout(() => resolve([]), 60)),
    (reason) => failures.push(reason),
    20,
  );
  await new Promise((resolve) => setTimeout(resolve, 40));
  await late.close();
  expect(failures).toHaveLength(1);
});

it('leaves out what has no value, which JSON could not tell', () => {
  const gauge = (values: number[]) => ({
    name: 'g',
    help: '',
    type: 'gauge',
    aggregator: 'sum',
    values: values.map((value) => ({ labels: {}, value })),
  });
  const [metric] = otlpMetrics([gauge([Number.NaN, 2]), gauge([])] as never, 0, 1) as Metric[];
  expect(metric?.gauge?.dataPoints.map((point) => point.asDouble)).toEqual([2]);
});

it('reads only headers that are in order', () => {
  expect(traceParent(`00-${TRACE}-${SPAN}-01`)).toEqual({ trace: TRACE, span: SPAN, sampled: true });
  expect(traceParent(`cc-${TRACE}-${SPAN}-00-more`)).toEqual({ trace: TRACE, span: SPAN, sampled: false });
  for (const bad of [
    undefined,
    '',
    `00-${TRACE}-${SPAN}`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  ])
    expect(traceParent(bad)).toBeUndefined();
});

it('tells what a collector does not take, and of more spans than it can send; without one it does nothing', async () => {
  const told: [string, number][] = [];
  const traces = new TraceExport(new OtlpTarget('http://127.0.0.1:1/v1/traces', {}, 'm'), (reason, spans) => told.push([reason, spans]));
  const span = { method: 'GET', route: '/', status: 200, began: 1, ended: 2 };
  for (let i = 0; i < 2050; i++) traces.add(span);
  await traces.close();
  expect(told.map(([, spans]) => spans)).toEqual([2, 2048]);
  expect(TraceExport.fromEnvironment({}, () => undefined)).toBeUndefined();
  expect(
    MetricExport.fromEnvironment(
      { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_METRICS_EXPORTER: 'none' },
      async () => [],
      () => undefined,
    ),
  ).toBeUndefined();
  expect(TraceExport.fromEnvironment({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_SDK_DISABLED: 'true' }, () => undefined)).toBeUndefined();
});
