// node test/peers/mlflow.mjs: an unmodified mlflow client logs, finds and registers in a project, on a real server.
// Needs MILLWRIGHT_PEERS_PYTHON, a Python with mlflow and scikit-learn; without it nothing is said to hold.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const python = process.env.MILLWRIGHT_PEERS_PYTHON ?? '';
if (!existsSync(python)) {
  console.error('name a Python with mlflow and scikit-learn in MILLWRIGHT_PEERS_PYTHON');
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'millwright-mlflow-'));
const command = join(root, 'bin/millwright.js');
const millwright = (...args) =>
  JSON.parse(
    execFileSync(process.execPath, [command, ...args, '--json'], { cwd: folder })
      .toString()
      .trim()
      .split('\n')
      .at(-1),
  );
const who = (user, ...roles) => {
  millwright('user', 'set', user, '--roles', roles.join(','));
  return millwright('token', 'create', '--user', user, '--roles', roles.join(',')).secret;
};
let status = 1;
let server;
try {
  millwright('init');
  const [builder, viewer] = [who('bob', 'builder'), who('vera', 'viewer')];
  mkdirSync(join(folder, 'work'));
  copyFileSync(join(root, 'test/golden/bundles/v1-linear-binary.mill'), join(folder, 'work', 'model.mill'));
  server = spawn(process.execPath, [command, 'serve', '--port', '0', '--json'], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  const address = await new Promise((resolve, reject) => {
    server.stdout.once('data', (chunk) => resolve(JSON.parse(chunk).address));
    server.once('exit', () => reject(new Error('the server ended')));
  });
  const env = { ...process.env, MLFLOW_TRACKING_URI: address, MLFLOW_TRACKING_TOKEN: builder, VIEWER_TOKEN: viewer };
  const flow = [join(root, 'test/peers/mlflow_flow.py'), join(folder, 'work', 'model.mill'), join(folder, 'work')];
  status = spawnSync(python, flow, { cwd: folder, stdio: 'inherit', env }).status ?? 1;
  const audit = millwright('audit', 'verify');
  console.log('audit', JSON.stringify(audit));
  if (audit.verdict?.ok !== true) status = 1;
} finally {
  server?.kill();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(status);
