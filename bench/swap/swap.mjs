import { spawn } from 'node:child_process';
import { copyFileSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArguments } from '../support/arguments.mjs';
import { circumstances, circumstancesLine } from '../support/circumstances.mjs';
import { figure, markdownTable } from '../support/markdown.mjs';
import { built, COMMAND, scratchFolder, writeResult } from '../support/places.mjs';
import { median } from '../support/statistics.mjs';

export const HELP = `npm run bench -- swap [--members 8] [--trees 100] [--depth 11] [--rounds 5] [--label x]
  hot swap of a large bundle under load: 8 callers one row at a time while the file is exchanged and SIGHUP sent; failed requests, and the longest time without an answer during the swap
  beside the longest in the two seconds before it`;

const CALLERS = 8;
/** Milliseconds without a swap to compare with. */
const CALM = 2000;

export async function main(args) {
  const { options } = readArguments(args, { members: '8', trees: '100', depth: '11', rounds: '5', label: 'swap' });
  const about = circumstances();
  const folder = scratchFolder('swap');
  const files = [1, 2].map((seed) => join(folder, `${seed}.mill`));
  for (const [i, file] of files.entries()) writeFileSync(file, await bigBundle(i + 1, options));
  const served = join(folder, 'm.mill');
  copyFileSync(files[0], served);
  const child = spawn(process.execPath, [COMMAND, 'serve', served, '--port', '0', '--json', '--log', join(folder, 'log')], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  process.on('exit', () => child.kill('SIGKILL'));
  const { address } = JSON.parse(await new Promise((resolve) => child.stdout.once('data', resolve)));
  const load = startLoad(`${address}/v1/models/m/predict`);
  await pause(2000);
  const rounds = [];
  for (let round = 1; round <= Number(options.rounds); round++) {
    copyFileSync(files[round % 2], `${served}.new`);
    renameSync(`${served}.new`, served);
    await pause(CALM + 500);
    const before = load.version;
    const began = performance.now();
    child.kill('SIGHUP');
    while (load.version === before && performance.now() - began < 60_000) await pause(2);
    const swapped = performance.now();
    await pause(500);
    const took = swapped - began;
    const calm = load.longestGap(began - CALM, began);
    rounds.push({ took, gap: load.longestGap(began, performance.now()), calm });
  }
  const { answered, failed } = await load.stop();
  child.kill();
  const megabytes = statSync(files[0]).size / 1e6;
  const text = `${[
    '# Hot swap of a large bundle',
    circumstancesLine(about),
    `${options.members} members × ${options.trees} trees of depth ${options.depth}: ${figure(megabytes, 3)} MB. ${CALLERS} callers, one row a request: ${answered} answers, ${failed} failed.`,
    markdownTable(
      [
        'swap',
        'from the signal to the first answer of the new version, ms',
        'longest time without an answer, ms',
        'the same in two seconds before, ms',
      ],
      rounds.map((r, i) => [i + 1, ...[r.took, r.gap, r.calm].map((x) => figure(x, 3))]),
    ),
    `Median of the longest times without an answer: ${figure(median(rounds.map((r) => r.gap)), 3)} ms, in the two seconds before ${figure(median(rounds.map((r) => r.calm)), 3)} ms.`,
  ].join('\n\n')}\n`;
  writeResult(`${options.label}.md`, text);
  console.log(text);
  return failed === 0 ? 0 : 1;
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks again and again, one row at a time; keeps when each answer came. */
function startLoad(url) {
  const agent = new Agent({ keepAlive: true, maxSockets: CALLERS });
  const body = JSON.stringify({ price: 3, city: 'Oslo' });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const times = [];
  const load = { version: '', failed: 0 };
  let going = true;
  const ask = () =>
    new Promise((resolve) => {
      const asked = request(url, { method: 'POST', agent, headers }, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += chunk));
        response.on('end', () => {
          if (response.statusCode !== 200) load.failed++;
          else {
            times.push(performance.now());
            load.version = /"version":"(\w+)"/.exec(text)?.[1];
          }
          resolve();
        });
      });
      asked.on('error', () => resolve(void load.failed++));
      asked.end(body);
    });
  const callers = Array.from({ length: CALLERS }, async () => {
    while (going) await ask();
  });
  return Object.assign(load, {
    longestGap(from, to) {
      const within = times.filter((t) => t >= from && t <= to);
      return Math.max(...within.map((t, i) => t - (within[i - 1] ?? t)));
    },
    async stop() {
      going = false;
      await Promise.all(callers);
      agent.destroy();
      return { answered: times.length, failed: load.failed };
    },
  });
}

/** An ensemble of full trees with thresholds and leaves by chance; what it says does not matter. */
async function bigBundle(seed, { members, trees, depth }) {
  const [{ decodeBundle, encodeBundle }, { TreesModel }, { EnsembleModel }, { Rng }] = await Promise.all(
    ['model/bundle-file.js', 'model/trees.js', 'model/ensemble.js', 'core/rng.js'].map((name) => import(built(name))),
  );
  const golden = fileURLToPath(new URL('../../test/golden/bundles/v1-trees-learned-binary.mill', import.meta.url));
  const bundle = await decodeBundle(readFileSync(golden));
  const inner = bundle.model.branches?.[0].members[0].model ?? bundle.model;
  const { inputs, levels } = inner.head;
  const number = levels.indexOf(0);
  const rng = new Rng(seed);
  const inside = 2 ** Number(depth) - 1;
  const count = Number(trees);
  const nodes = inside * count;
  const member = () => {
    const t = {
      roots: Int32Array.from({ length: count }, (_, i) => i * inside),
      feature: new Int32Array(nodes).fill(number),
      flags: new Uint8Array(nodes),
      threshold: Float64Array.from({ length: nodes }, () => rng.float() * 10),
      left: new Int32Array(nodes),
      right: new Int32Array(nodes),
      gain: Float32Array.from({ length: nodes }, () => rng.float()),
      cover: new Float32Array(nodes).fill(1),
      sets: new Uint32Array(0),
      leaf: Float64Array.from({ length: (inside + 1) * count }, () => Math.floor(rng.float() * 2000 - 1000) / 2 ** 20),
      leafCover: new Float32Array((inside + 1) * count).fill(1),
    };
    for (let i = 0; i < nodes; i++) {
      const tree = Math.floor(i / inside);
      const at = i % inside;
      for (const [side, child] of [
        ['left', 2 * at + 1],
        ['right', 2 * at + 2],
      ])
        t[side][i] = child < inside ? tree * inside + child : -1 - (tree * (inside + 1) + child - inside);
    }
    return { weight: 1, model: new TreesModel({ inputs, levels, outputs: 1, link: 'logistic', start: [0] }, t) };
  };
  const own = inner === bundle.model ? [] : bundle.model.branches[0].recipe;
  const model = new EnsembleModel('probability', 2, [{ recipe: own, members: Array.from({ length: Number(members) }, member) }]);
  return encodeBundle({ ...bundle, model });
}
