import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { runChild } from '../support/child.mjs';

const AUTOCANNON = createRequire(import.meta.url).resolve('autocannon');

/** Asks one address for some seconds by autocannon, in a process of its own: requests a second that were answered with 2xx, and their latencies in ms. */
export async function load({ url, body, connections, seconds, folder, rate }) {
  const file = join(folder, 'body.json');
  writeFileSync(file, body);
  const args = ['-j', '-m', 'POST', '-H', 'content-type=application/json', '-i', file, '-c', String(connections), '-d', String(seconds)];
  if (rate) args.push('-R', String(rate));
  const { stdout, stderr, status } = await runChild(process.execPath, [AUTOCANNON, ...args, url], { timeout: seconds + 60 });
  if (status !== 0) throw new Error(`autocannon ended with ${status}: ${stderr.slice(-300)}`);
  const told = JSON.parse(stdout);
  return {
    seconds: told.duration,
    requests: told['2xx'] / told.duration,
    p50: told.latency.p50,
    p99: told.latency.p99,
    refused: told.non2xx / told.duration,
    errors: told.errors + told.timeouts,
  };
}

/** As `load`, with the latencies of answers apart from those of refusals (503). */
export async function floodWith({ url, body, connections, seconds, folder, rate }) {
  const file = join(folder, 'flood.json');
  writeFileSync(file, body);
  const script = new URL('flood.mjs', import.meta.url).pathname;
  const args = [script, url, file, String(connections), String(seconds), ...(rate ? [String(rate)] : [])];
  const { stdout, stderr, status } = await runChild(process.execPath, args, { timeout: seconds + 60 });
  if (status !== 0) throw new Error(`the flood ended with ${status}: ${stderr.slice(-300)}`);
  return JSON.parse(stdout);
}
