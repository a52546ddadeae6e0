// node test/peers/serve.mjs: the OpenAPI document against schemathesis, and the inference protocol against tritonclient, Arrow bodies against pyarrow, on a real server.
// Needs MILLWRIGHT_PEERS_PYTHON, a Python with schemathesis, tritonclient[http] and pyarrow; without it nothing is said to hold.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const python = process.env.MILLWRIGHT_PEERS_PYTHON ?? '';
if (!existsSync(python)) {
  console.error('name a Python with schemathesis, tritonclient[http] and pyarrow in MILLWRIGHT_PEERS_PYTHON');
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'millwright-peers-'));
const command = join(root, 'bin/millwright.js');
const examples = Number(process.argv[2] ?? 50);
execFileSync(
  process.execPath,
  [command, 'run', join(root, 'examples/birdstrikes.csv'), '--target', 'Damage', '--budget', '10s', '--out', 'birds', '--quiet'],
  { cwd: folder },
);
const bundle = (name) => `${name}=${join(root, `test/golden/bundles/v1-${name}.mill`)}`;
const models = ['birds=birds/model.mill', bundle('trees-learned-regression'), bundle('trees-learned-multiclass'), bundle('linear-binary')];
const server = spawn(process.execPath, [command, 'serve', ...models, '--port', '0', '--json', '--log', 'log'], {
  cwd: folder,
  stdio: ['ignore', 'pipe', 'ignore'],
});
let status = 1;
try {
  const address = await new Promise((resolve, reject) => {
    server.stdout.once('data', (chunk) => resolve(JSON.parse(chunk).address));
    server.once('exit', () => reject(new Error('the server ended')));
  });
  const run = (file, args) => spawnSync(file, args, { cwd: folder, stdio: 'inherit' }).status;
  const triton = run(python, [join(root, 'test/peers/triton.py'), address]);
  const arrow = run(python, [join(root, 'test/peers/arrow.py'), address, join(root, 'examples/birdstrikes.csv')]);
  const schema = run(join(dirname(python), 'schemathesis'), [
    'run',
    `${address}/openapi.json`,
    '--max-examples',
    String(examples),
    '--seed',
    '1',
  ]);
  status = triton === 0 && arrow === 0 && schema === 0 ? 0 : 1;
} finally {
  server.kill();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(status);
