// node flood.mjs URL BODY_FILE CONNECTIONS SECONDS [RATE]: autocannon, with the latencies of answers that were accepted told apart from those of refusals.
import { readFileSync } from 'node:fs';
import autocannon from 'autocannon';

const [url, file, connections, duration, rate] = process.argv.slice(2);
const accepted = [];
const refused = [];
const others = [];
const run = autocannon({
  url,
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: readFileSync(file),
  connections: Number(connections),
  duration: Number(duration),
  ...(rate && { overallRate: Number(rate) }),
});
run.on('response', (_client, status, _bytes, milliseconds) => {
  (status === 200 ? accepted : status === 503 ? refused : others).push(milliseconds);
});
const { errors, timeouts, duration: seconds } = await run;
const share = (values, q) => values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? 0;
const of = (values) => ({ perSecond: values.length / seconds, p50: share(values, 0.5), p99: share(values, 0.99), most: share(values, 1) });
console.log(JSON.stringify({ seconds, accepted: of(accepted), refused: of(refused), others: others.length, errors: errors + timeouts }));
