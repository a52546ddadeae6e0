import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from '../support/child.mjs';
import { built, COMMAND } from '../support/places.mjs';

const CLOCK = new URL('clock.mjs', import.meta.url).href;
export const MODEL = 'decay';

/** A project in a folder of its own, whose processes live in the time of the rows. */
export class Project {
  #file;
  #servers = [];

  constructor(folder) {
    mkdirSync(folder, { recursive: true });
    this.folder = folder;
    this.#file = openSync(join(folder, 'clock'), 'w+');
  }

  /** Sets the clock of all its processes. @param milliseconds since 1970 */
  setTime(milliseconds) {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(milliseconds);
    writeSync(this.#file, bytes, 0, 8, 0);
    this.time = milliseconds;
  }

  #env(user) {
    const preload = `${process.env.NODE_OPTIONS ?? ''} --import ${CLOCK}`.trim();
    return { MILLWRIGHT_USER: user, MILLWRIGHT_STORE: '', MILLWRIGHT_BENCH_CLOCK: join(this.folder, 'clock'), NODE_OPTIONS: preload };
  }

  /** A command of the command line, as a user. @returns the last line that it told as JSON */
  async command(user, ...args) {
    const { status, stdout, stderr } = await runChild(process.execPath, [COMMAND, ...args, '--json'], {
      cwd: this.folder,
      env: this.#env(user),
    });
    if (status !== 0) throw new Error(`millwright ${args.join(' ')} ended with ${status}: ${(stderr || stdout).trim().slice(-1500)}`);
    return JSON.parse(stdout.trim().split('\n').at(-1));
  }

  /** Starts `millwright serve` with these words. @returns the address of the model */
  async serve(...args) {
    const child = spawn(process.execPath, [COMMAND, 'serve', ...args, '--port', '0', '--json'], {
      cwd: this.folder,
      env: { ...process.env, ...this.#env('ann') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#servers.push(child);
    process.on('exit', () => child.kill('SIGKILL'));
    return new Promise((resolve, reject) => {
      let said = '';
      const hear = (chunk) => {
        said = (said + chunk).slice(-4000);
      };
      child.stderr.on('data', hear);
      child.stdout.on('data', (chunk) => {
        hear(chunk);
        const address = /"address":"([^"]+)"/.exec(said)?.[1];
        if (address) resolve(`${address}/v1/models/${MODEL}`);
      });
      child.once('close', (code) => reject(new Error(`a server ended with ${code}: ${said}`)));
    });
  }

  /** The store as it is, to be read. */
  async store() {
    const [{ openStore }] = await Promise.all([import(built('node/store/open-store.js'))]);
    const folder = join(this.folder, '.millwright');
    return openStore({ folder, database: join(folder, 'store.db'), artefacts: join(folder, 'artefacts') });
  }

  async close() {
    await Promise.all(
      this.#servers.map((child) => {
        if (child.exitCode !== null) return undefined;
        const ended = new Promise((resolve) => child.once('close', resolve));
        child.kill('SIGTERM');
        return ended;
      }),
    );
    closeSync(this.#file);
  }
}

/** Makes the project, trains a champion on the first rows, and lets a second person approve it. */
export async function found(project, { file, target, time, budget, policy, schedule }) {
  await project.command('ann', 'init');
  writeFileSync(join(project.folder, '.millwright', 'policy.yaml'), policy);
  await project.command('ann', 'user', 'set', 'robot', '--roles', 'builder');
  await project.command('ann', 'user', 'set', 'bea', '--roles', 'approver');
  const by = time === undefined ? [] : ['--time', time];
  await project.command('ann', 'run', file, '--target', target, ...by, '--budget', `${budget}s`, '-o', 'first', '--quiet');
  await project.command('ann', 'register', 'first', '--name', MODEL);
  const { request } = await project.command('ann', 'promote', `${MODEL}@1`, '--reason', 'the first');
  await project.command('bea', 'approve', request.id, '--reason', 'read the report');
  if (schedule) await project.command('robot', 'schedule', 'add', MODEL, '--cron', schedule, '--zone', 'UTC', '--retrain');
}
