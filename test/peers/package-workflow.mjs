// The steps of a workflow for GitHub Actions, job after job in a clean folder with a clean environment: what an action would do is done here (checkout,
// artifacts), and `gh` is a stand-in that names the reviewer. Everything that is `run` is run as it stands, by bash as GitHub runs it.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const command = fileURLToPath(new URL('../../bin/millwright.js', import.meta.url));
const FOLDERS = { HOME: 'home', RUNNER_TEMP: 'temp' };

/** @param repository holds `.github/workflows` and the data */
export function runWorkflow(repository, place, told) {
  const [file] = readdirSync(join(repository, '.github/workflows'));
  const flow = parse(readFileSync(join(repository, '.github/workflows', file), 'utf8'));
  const at = (...names) => join(place, ...names);
  for (const name of ['store', 'artifacts', 'bin', ...Object.values(FOLDERS)]) mkdirSync(at(name), { recursive: true });
  const project = { ...process.env, MILLWRIGHT_STORE: at('store'), MILLWRIGHT_USER: 'ada' };
  for (const args of [
    ['init'],
    ['user', 'set', 'ci', '--roles', 'builder'],
    ['user', 'set', 'bea', '--roles', 'approver'],
    ['user', 'set', 'eve', '--roles', 'viewer'],
  ])
    execFileSync(process.execPath, [command, ...args], { cwd: at('store'), env: project, stdio: 'ignore' });
  writeFileSync(at('bin/gh'), '#!/bin/sh\ncat "$REVIEWER"\n');
  chmodSync(at('bin/gh'), 0o755);
  const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  const outputs = new Map();

  /** Expressions, as far as the workflow has any. */
  const expand = (value) =>
    String(value).replace(/\$\{\{\s*(.*?)\s*\}\}/g, (_, expression) => {
      if (expression === 'secrets.MILLWRIGHT_STORE') return at('store');
      if (expression === 'vars.MILLWRIGHT_ARTEFACTS') return at('store/.millwright/artefacts');
      if (expression === 'github.token') return 'a token';
      const [, job, name] = /^needs\.(\w+)\.outputs\.(\w+)$/.exec(expression) ?? [];
      if (job) return outputs.get(`${job}.${name}`) ?? '';
      throw new Error(`unknown expression ${expression}`);
    });

  const runJob = (id, reviewer) => {
    const job = flow.jobs[id];
    const folder = at(`job-${id}-${reviewer}`);
    for (const step of job.steps) {
      const action = step.uses?.split('@')[0];
      if (action === 'actions/checkout') cpSync(repository, folder, { recursive: true });
      else if (action === 'actions/upload-artifact') {
        if (!existsSync(join(folder, step.with.path))) return `nothing at ${step.with.path}`;
        cpSync(join(folder, step.with.path), at('artifacts', step.with.name, step.with.path.includes('.') ? step.with.path : ''), {
          recursive: true,
        });
      } else if (action === 'actions/download-artifact')
        cpSync(at('artifacts', step.with.name), join(folder, step.with.path), { recursive: true });
      else if (step.run) {
        writeFileSync(at('reviewer'), reviewer);
        writeFileSync(at('output'), '');
        const given = Object.entries({ ...flow.env, ...job.env, ...step.env }).map(([name, value]) => [name, expand(value)]);
        const env = {
          ...{ PATH: `${at('bin')}:${dirname(process.execPath)}:/usr/bin:/bin`, npm_config_registry: registry, REVIEWER: at('reviewer') },
          ...{
            GITHUB_OUTPUT: at('output'),
            GITHUB_STEP_SUMMARY: at('summary'),
            GITHUB_SHA: 'c0ffee',
            GITHUB_RUN_ID: '7',
            GITHUB_REPOSITORY: 'a/b',
            CI: 'true',
          },
          ...Object.fromEntries(Object.entries(FOLDERS).map(([name, path]) => [name, at(path)])),
          ...Object.fromEntries(given),
          ...{ BUDGET: '15s' },
        };
        const { status, stdout, stderr } = spawnSync('bash', ['-e', '-c', step.run], { cwd: folder, env, encoding: 'utf8' });
        if (status !== 0) return `${step.name}: ${status}\n${stdout}\n${stderr}`;
        for (const line of readFileSync(at('output'), 'utf8').split('\n'))
          if (line) outputs.set(`${id}.${line.split('=')[0]}`, line.slice(line.indexOf('=') + 1));
      } else if (action !== 'actions/setup-node') return `unknown step ${JSON.stringify(step)}`;
    }
    return undefined;
  };

  for (const id of ['check-data', 'train', 'test', 'propose']) {
    const why = runJob(id, '');
    told(`job ${id}`, why === undefined, why);
  }
  const said = (why) => why?.split('\n').slice(1).join(' ').trim() ?? 'nothing was refused';
  const unapproved = runJob('approve', '');
  told('nothing is promoted when nobody approved', /Nobody approved/.test(unapproved ?? ''), said(unapproved));
  for (const who of ['eve', 'ci']) {
    const refused = runJob('approve', who);
    told(`${who} cannot approve`, /NOT_ALLOWED|GATE_REFUSED/.test(refused ?? ''), said(refused));
  }
  const why = runJob('approve', 'bea');
  told('job approve, by an approver', why === undefined, why);
  const models = execFileSync(process.execPath, [command, 'models', flow.env.MODEL, '--json'], {
    cwd: at('store'),
    env: project,
    encoding: 'utf8',
  });
  told('the version is in production', JSON.parse(models).model.versions?.[0]?.stage === 'production', models.slice(0, 2000));
}
