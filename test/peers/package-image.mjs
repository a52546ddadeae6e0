// The steps of a Dockerfile without a container engine: each stage is a folder that is made the root of what runs in it. What the image `node` would give (the
// system's programs and Node) is bound in read-only from this machine; the rest of the root is empty but for what the steps put there.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SECRET = 'a-secret-of-the-proof';

/** Instructions in order, with continued lines joined and comments left out. */
export function parseDockerfile(text) {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join('\n')
    .replace(/\\\n/g, ' ')
    .split('\n');
  const args = new Map();
  const stages = [];
  for (const line of lines) {
    const [, name, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === undefined) throw new Error(`no instruction: ${line}`);
    const value = stages.length === 0 || name === 'FROM' ? rest.replace(/\$\{(\w+)\}/g, (_, arg) => args.get(arg)) : rest;
    if (name === 'ARG') args.set(...value.split('='));
    else if (name === 'FROM') {
      const [, image, as] = /^(\S+)(?: AS (\S+))?$/.exec(value);
      if (!/^node:\d+\.\d+\.\d+-[a-z]+-slim$/.test(image)) throw new Error(`not pinned: ${image}`);
      stages.push({ image, as, steps: [] });
    } else stages.at(-1).steps.push({ name, value });
  }
  return stages;
}

/** A root with the system's programs, as the base image has them. */
function makeRoot(path) {
  for (const name of ['usr', 'etc', 'proc', 'dev', 'tmp', 'root', 'run/secrets']) mkdirSync(join(path, name), { recursive: true });
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) if (existsSync(`/${name}`)) symlinkSync(`usr/${name}`, join(path, name));
  for (const name of ['passwd', 'group', 'hosts', 'nsswitch.conf', 'resolv.conf', 'ld.so.cache', 'ssl', 'alternatives'])
    if (existsSync(`/etc/${name}`)) cpSync(`/etc/${name}`, join(path, 'etc', name), { recursive: true, dereference: true, force: true });
  chmodSync(join(path, 'tmp'), 0o1777);
}

/** Makes both stages of the Dockerfile in `context` below `place`, runs the second, and gives what it answers to `row`. */
export async function buildImage(context, place, row, told) {
  const stages = parseDockerfile(readFileSync(join(context, 'Dockerfile'), 'utf8'));
  stages.forEach((stage, i) => {
    stage.root = join(place, String(i));
    makeRoot(stage.root);
  });
  writeFileSync(
    join(place, 'tokens.json'),
    JSON.stringify([{ user: 'app', sha256: createHash('sha256').update(SECRET).digest('hex'), roles: ['predictor'] }]),
  );
  const spec = {
    stages,
    context,
    row,
    place,
    registry: execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim(),
  };
  const inside = (what, ...more) =>
    execFileSync(
      'unshare',
      ['--mount', '--pid', '--fork', '--kill-child', ...more, process.execPath, fileURLToPath(import.meta.url), what],
      {
        input: JSON.stringify(spec),
        encoding: 'utf8',
        stdio: ['pipe', 'pipe', 'inherit'],
        maxBuffer: 2 ** 26,
      },
    );
  process.stdout.write(inside('build'));
  const { checks, answer } = JSON.parse(inside('run', '--net').trim().split('\n').at(-1));
  for (const { what, fine, why } of checks) told(what, fine, why);
  return answer;
}

const sh = (file, ...args) => execFileSync(file, args, { stdio: ['ignore', 'inherit', 'inherit'] });

/** Binds the system into a root; its own mounts end with this process. */
function mountSystem(root) {
  sh('mount', '--make-rprivate', '/');
  sh('mount', '--bind', '/usr', join(root, 'usr'));
  sh('mount', '-o', 'remount,ro,bind', join(root, 'usr'));
  sh('mount', '-t', 'proc', 'proc', join(root, 'proc'));
  sh('mount', '-t', 'tmpfs', 'dev', join(root, 'dev'));
  for (const name of ['null', 'zero', 'random', 'urandom']) {
    writeFileSync(join(root, 'dev', name), '');
    sh('mount', '--bind', `/dev/${name}`, join(root, 'dev', name));
  }
}

const wordsOf = (value) => (value.startsWith('[') ? JSON.parse(value) : value.split(/\s+/));
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A path of a stage as one of this machine. */
const within = (stage, workdir, path) => join(stage.root, path.startsWith('/') ? path : join(workdir, path));

function copy(spec, stage, workdir, value) {
  const [, from, list] = /^(?:--from=(\S+)\s+)?(.*)$/.exec(value);
  const words = wordsOf(list);
  const to = words.pop();
  const target = within(stage, workdir, to);
  const source = from ? spec.stages.find(({ as }) => as === from) : undefined;
  const ignored = readFileSync(join(spec.context, '.dockerignore'), 'utf8').split('\n');
  for (const word of words) {
    const files = source
      ? [join(source.root, word)]
      : readdirSync(spec.context)
          .filter((name) => ignored.includes(`!${name}`) && new RegExp(`^${word.replace(/[.]/g, '\\.').replace('*', '.*')}$`).test(name))
          .map((name) => join(spec.context, name));
    if (files.length === 0 && !word.includes('*')) throw new Error(`COPY finds no ${word}`);
    for (const file of files) {
      const into = to.endsWith('/') && statSync(file).isFile() ? join(target, basename(file)) : target;
      mkdirSync(dirname(into), { recursive: true });
      cpSync(file, into, { recursive: true, verbatimSymlinks: true });
    }
  }
}

/** The settings of a stage that are no steps. */
function settingsOf(stage) {
  const all = { workdir: '/', user: '0', env: {}, entrypoint: [], cmd: [], health: undefined };
  for (const { name, value } of stage.steps) {
    if (name === 'WORKDIR') all.workdir = value;
    if (name === 'USER') all.user = value;
    if (name === 'ENV') Object.assign(all.env, Object.fromEntries([value.split('=')]));
    if (name === 'ENTRYPOINT') all.entrypoint = JSON.parse(value);
    if (name === 'CMD') all.cmd = JSON.parse(value);
    if (name === 'HEALTHCHECK') all.health = JSON.parse(/CMD (\[.*\])$/.exec(value)[1]);
  }
  return all;
}

function build(spec) {
  for (const stage of spec.stages) {
    let workdir = '/';
    for (const { name, value } of stage.steps) {
      if (name === 'WORKDIR') {
        workdir = value;
        mkdirSync(join(stage.root, value), { recursive: true });
      } else if (name === 'COPY') copy(spec, stage, workdir, value);
      else if (name === 'RUN') {
        if (!existsSync(join(stage.root, 'proc/self'))) mountSystem(stage.root);
        console.log(`RUN ${value.slice(0, 100)}`);
        const env = [`PATH=${PATH}`, 'HOME=/root', `npm_config_registry=${spec.registry}`, 'npm_config_update_notifier=false'];
        const { status, stdout, stderr } = spawnSync('chroot', [stage.root, 'env', '-i', '-C', workdir, ...env, '/bin/sh', '-c', value], {
          encoding: 'utf8',
        });
        if (status !== 0) throw new Error(`RUN ended with ${status}\n${stdout}\n${stderr}`);
      } else if (!['ENV', 'USER', 'EXPOSE', 'HEALTHCHECK', 'ENTRYPOINT', 'CMD'].includes(name))
        throw new Error(`unknown instruction ${name}`);
    }
  }
}

async function run({ stages, place, row }) {
  const stage = stages.at(-1);
  const { workdir, user, env, entrypoint, cmd, health } = settingsOf(stage);
  const [uid, gid] = user.split(':');
  const { root } = stage;
  sh('ip', 'link', 'set', 'lo', 'up');
  writeFileSync(join(root, 'run/secrets/tokens.json'), '');
  sh('mount', '--make-rprivate', '/');
  sh('mount', '--bind', root, root);
  mountSystem(root);
  sh('mount', '--bind', join(place, 'tokens.json'), join(root, 'run/secrets/tokens.json'));
  sh('mount', '-o', 'remount,ro,bind', join(root, 'run/secrets/tokens.json'));
  sh('mount', '-o', 'remount,ro,bind', root); // as --read-only does
  const nobody = [
    'setpriv',
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--no-new-privs',
    '--bounding-set=-all',
    '--inh-caps=-all',
  ];
  const words = (command) => [
    root,
    ...nobody,
    'env',
    '-i',
    '-C',
    workdir,
    `PATH=${PATH}`,
    ...Object.entries(env).map((e) => e.join('=')),
    ...command,
  ];
  const once = (...command) => spawnSync('chroot', words(command), { encoding: 'utf8' });
  const checks = [];
  const check = (what, fine, why = '') => checks.push({ what, fine, why: String(why) });

  check('it is not root', Number(uid) > 0 && once('id', '-u').stdout.trim() === uid);
  for (const path of ['/app/x', '/models/x', '/tmp/x', '/run/x', '/x'])
    check(`${path} cannot be written`, once('touch', path).status !== 0);
  const server = spawn('chroot', words([...entrypoint, ...cmd]), { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (chunk) => (said += chunk));
  const ended = new Promise((resolve) => server.on('exit', (code, signal) => resolve(code ?? signal)));
  let healthy = false;
  for (let i = 0; i < 60 && !healthy && server.exitCode === null; i++) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    healthy = once(...health).status === 0;
  }
  check('its health check passes', healthy, said);
  const status = readFileSync(join(root, `proc/${server.pid}/status`), 'utf8');
  check(
    'the server has no rights',
    /^Uid:\s+(\d+)\s+\1\s+\1\s+\1$/m.exec(status)?.[1] === uid && /^CapEff:\s+0+$/m.test(status) && /^NoNewPrivs:\s+1$/m.test(status),
    status,
  );
  const name = cmd[1].split('=')[0];
  const ask = (headers) =>
    fetch(`http://127.0.0.1:8080/v1/models/${name}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(row),
    });
  check('nobody is answered without a token', (await ask({})).status === 401);
  const answered = await ask({ authorization: `Bearer ${SECRET}` });
  const answer = await answered.json();
  check('a prediction is answered', answered.status === 200 && typeof answer.prediction === 'string', JSON.stringify(answer));
  server.kill('SIGTERM');
  check('SIGTERM ends it with status 0', (await ended) === 0, said);
  check('its health check fails when it is gone', once(...health).status === 1);
  console.log(JSON.stringify({ checks, answer }));
}

const task = { build, run }[process.argv[2]];
if (task && process.argv[1] === fileURLToPath(import.meta.url)) await task(JSON.parse(readFileSync(0, 'utf8')));
