import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

// The built command line as a person or a script uses it.

const BIN = fileURLToPath(new URL('../../bin/millwright.js', import.meta.url));

export interface Ended {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A command that runs; `ended` settles when it does. */
export interface Running {
  child: ChildProcess;
  ended: Promise<Ended>;
  /** Resolves once standard output or standard error has said this. */
  said(what: RegExp): Promise<void>;
}

/** A folder of its own for a test file, removed at its end. */
export function workFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'millwright-journey-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function start(
  cwd: string,
  args: readonly string[],
  options: { input?: string | Buffer; env?: Record<string, string> /** Standard input stays open. */; open?: boolean } = {},
): Running {
  const { NO_COLOR: _, ...env } = process.env;
  const child = spawn(process.execPath, [BIN, ...args], { cwd, env: { ...env, ...options.env } });
  let stdout = '';
  let stderr = '';
  const waiting: (() => void)[] = [];
  const heard = () => {
    for (const look of waiting) look();
  };
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk;
    heard();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
    heard();
  });
  child.stdin.on('error', () => undefined);
  child.stdin.write(options.input ?? '');
  if (!options.open) child.stdin.end();
  const ended = new Promise<Ended>((resolve) => child.on('close', (status, signal) => resolve({ status, signal, stdout, stderr })));
  const said = (what: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (what.test(stdout) || what.test(stderr)) resolve();
      };
      waiting.push(look);
      look();
      void ended.then(() => reject(new Error(`ended without saying ${what}:\n${stdout}\n${stderr}`)));
    });
  return { child, ended, said };
}

export function millwright(cwd: string, ...args: string[]): Promise<Ended> {
  return start(cwd, args).ended;
}

/** Looks again and again until there is something: the test's own timeout ends it where a machine is slow, and nothing else. */
export async function until<T>(look: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (;;) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A command within so many seconds; where the machine is so busy that reading alone takes longer, within twice as many. */
export async function within(seconds: number, cwd: string, ...args: string[]): Promise<Ended> {
  const ended = await millwright(cwd, ...args, '--budget', `${seconds}s`);
  return /BUDGET_TOO_SMALL/.test(ended.stderr + ended.stdout) ? within(2 * seconds, cwd, ...args) : ended;
}

/** The parts of a plan that tests change. */
interface Planned {
  candidates: { learner: string; parameters: Record<string, unknown> }[];
  validation: object;
  [part: string]: unknown;
}

/**
 * Writes a plan that is soon done, and whole, however busy the machine is: the first candidates with few rounds, three folds, no search and no clock.
 * @param asked the data and options of `millwright plan`
 * @param candidates how many of the proposed ones
 */
export async function smallPlan(cwd: string, file: string, asked: readonly string[], candidates = 3): Promise<void> {
  const { status, stderr } = await millwright(cwd, 'plan', ...asked, '-o', file);
  if (status !== 0) throw new Error(stderr);
  const { search: _, preparation: __, ...plan } = JSON.parse(readFileSync(join(cwd, file), 'utf8')) as Planned;
  const few = plan.candidates.slice(0, candidates).map(({ learner, parameters }) => {
    const { rounds = 60 } = parameters;
    return { learner, parameters: learner === 'boosted-trees' ? { ...parameters, rounds: Math.min(60, Number(rounds)) } : parameters };
  });
  const validation = { ...plan.validation, folds: 3, repeats: 1 };
  writeFileSync(join(cwd, file), JSON.stringify({ ...plan, validation, candidates: few, budget: null }));
}

/** A run by such a plan, with a model in `out`. */
export async function smallRun(cwd: string, out: string, asked: readonly [data: string, ...string[]], candidates?: number): Promise<void> {
  await smallPlan(cwd, `${out}.plan.json`, asked, candidates);
  const { status, stderr } = await millwright(cwd, 'run', asked[0], '--plan', `${out}.plan.json`, '--out', out, '--quiet');
  if (status !== 0 || stderr !== '') throw new Error(`exit status ${status}: ${stderr}`);
}

/** Objects of a JSON-lines output. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Rows of a simple CSV file without quotes. */
export function csvRows(path: string): string[][] {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
}

/**
 * A messy table with something to learn: `bought` depends on price and colour.
 * Prices are dressed as text, dates come in one odd format, and cells are missing.
 */
export function writeShop(path: string, rows = 300): string {
  const colours = ['red', 'blue', 'green'];
  let text = 'id,when,price,colour,stock,note,bought\n';
  for (let i = 0; i < rows; i++) {
    const price = 500 + ((i * 7919) % 1000);
    const colour = colours[(i * 31) % 3] as string;
    const noise = (i * 104729) % 10 === 0;
    const bought = (price < 1000 !== (colour === 'green')) !== noise;
    const when = `${String(1 + (i % 28)).padStart(2, '0')}/${String(1 + (i % 12)).padStart(2, '0')}/2024`;
    text += `C${1000 + i},${when},"$${price.toLocaleString('en-US')}",${i % 11 ? colour : ''},${i % 7 ? (i * 13) % 40 : '?'},${i % 5 ? 'ok' : 'N/A'},${bought ? 'yes' : 'no'}\n`;
  }
  writeFileSync(path, text);
  return path;
}
