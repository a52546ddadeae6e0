// node bench/serve/watch.mjs MODEL.mill ROWS.json [ROUNDS] [SECONDS]: what watching adds to latency, two servers (--monitor 500 and off) asked in turns
// with rows of a JSON list, one a request, at 1 and 8 connections.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { COMMAND } from '../support/places.mjs';
import { median } from '../support/statistics.mjs';

const [model, file, rounds = '4', seconds = '2'] = process.argv.slice(2);
const bodies = JSON.parse(readFileSync(file, 'utf8')).map((row) => ({ body: JSON.stringify(row) }));
const folder = mkdtempSync(join(tmpdir(), 'millwright-watch-'));

function start(name, monitor) {
  const args = [COMMAND, 'serve', `bench=${model}`, '--port', '0', '--log', join(folder, name), '--monitor', monitor, '--json'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  return new Promise((resolve) =>
    child.stdout.on('data', (chunk) => {
      const address = /"address":"([^"]+)"/.exec(chunk)?.[1];
      if (address) resolve({ child, url: `${address}/v1/models/bench/predict` });
    }),
  );
}

/** Seconds of the processor that the thread that answers has taken; NaN where there is no /proc. */
function busy({ child: { pid } }) {
  try {
    const [user, system] = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13);
    return (Number(user) + Number(system)) / 100;
  } catch {
    return Number.NaN;
  }
}

/** Latencies in ms of one turn, and microseconds of the answering thread a request. */
async function ask(server, connections) {
  const { url } = server;
  const times = [];
  const before = busy(server);
  const run = autocannon({
    url,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    requests: bodies,
    connections,
    duration: Number(seconds),
  });
  run.on('response', (_client, status, _bytes, milliseconds) => {
    if (status === 200) times.push(milliseconds);
  });
  await run;
  const cpu = ((busy(server) - before) * 1e6) / times.length;
  times.sort((a, b) => a - b);
  const mean = times.reduce((sum, t) => sum + t, 0) / times.length;
  return {
    cpu,
    mean,
    p50: times[times.length >> 1],
    p99: times[Math.floor(times.length * 0.99)],
    requests: times.length / Number(seconds),
  };
}

const servers = { on: await start('on', '500'), off: await start('off', 'off') };
try {
  for (const connections of [1, 8]) {
    const told = { on: [], off: [] };
    for (const side of ['on', 'off']) await ask(servers[side], connections);
    for (let round = 0; round < Number(rounds); round++)
      for (const side of round % 2 ? ['off', 'on'] : ['on', 'off']) told[side].push(await ask(servers[side], connections));
    const of = (side, key) => median(told[side].map((t) => t[key]));
    for (const key of ['cpu', 'mean', 'p50', 'p99', 'requests'])
      console.log(
        `${connections} connections, ${key}: on ${of('on', key).toFixed(3)}, off ${of('off', key).toFixed(3)}, ratio ${(of('on', key) / of('off', key)).toFixed(3)} (by round ${told.on.map((t, i) => (t[key] / told.off[i][key]).toFixed(3)).join(' ')})`,
      );
  }
} finally {
  for (const { child } of Object.values(servers)) child.kill();
  rmSync(folder, { recursive: true, force: true });
}
