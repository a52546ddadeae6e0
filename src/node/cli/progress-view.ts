import type { RunProgress } from '../../engine/automl/result.js';
import { plain } from './words.js';

/** Where progress goes: a terminal line, plain lines, JSON lines, or nowhere. */
export interface ProgressView {
  show(progress: RunProgress): void;
  /** Takes the line away before something else is printed. */
  clear(): void;
}

/** The part of a terminal stream that a bar needs. */
export interface Screen {
  write(text: string): unknown;
  columns?: number;
}

const NAMES: Record<RunProgress['step'], string> = {
  read: 'Reading',
  profile: 'Profiling',
  plan: 'Planning',
  split: 'Splitting',
  train: 'Training',
  ensemble: 'Combining',
  evaluate: 'Scoring',
  explain: 'Explaining',
  refit: 'Refitting',
  report: 'Reporting',
  save: 'Saving',
  done: 'Done',
};

/** Seconds for a person: `42 s`, `1 m 05 s`. */
export function readableSeconds(seconds: number): string {
  const s = Math.max(0, Math.ceil(seconds));
  return s < 60 ? `${s} s` : `${Math.floor(s / 60)} m ${String(s % 60).padStart(2, '0')} s`;
}

/** What is being done, in words. */
function stepText(p: RunProgress): string {
  const name = NAMES[p.step];
  const message = plain(p.message, 300); // may name a file
  return message === '' ? name : message.startsWith(name) ? message : `${name} ${message}`;
}

function bestText(p: RunProgress): string {
  return p.best !== undefined && Number.isFinite(p.best) ? `best ${p.metric ?? 'score'} ${Number(p.best.toPrecision(4))}` : '';
}

/** The bar's one line, no longer than the terminal is wide. */
export function barLine(p: RunProgress, width: number, colour: boolean): string {
  const left = p.secondsLeft !== undefined && Number.isFinite(p.secondsLeft) ? `${readableSeconds(p.secondsLeft)} left` : '';
  const share = Math.min(1, Math.max(0, p.done));
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  const cells = Math.max(0, Math.min(24, width - 56));
  const full = Math.round(share * cells);
  const bar =
    cells < 6
      ? ''
      : `${colour ? '\u001b[36m' : ''}${'━'.repeat(full)}${colour ? '\u001b[90m' : ''}${(colour ? '━' : '─').repeat(cells - full)}${colour ? '\u001b[0m' : ''} `;
  const tail = [bestText(p), left]
    .filter((t) => t !== '')
    .map((t) => ` · ${t}`)
    .join('');
  const room = width - 1 - (cells < 6 ? 0 : cells + 1) - percent.length - 1;
  return `${bar}${percent} ${shortened(`${shortened(stepText(p), Math.max(12, room - tail.length))}${tail}`, Math.max(8, room))}`;
}

function shortened(text: string, room: number): string {
  const letters = [...text];
  return letters.length > room ? `${letters.slice(0, room - 1).join('')}…` : text;
}

/** A bar redrawn in place at most ten times a second. */
export function terminalView(screen: Screen, colour: boolean, now: () => number): ProgressView {
  let last = Number.NEGATIVE_INFINITY;
  let step = '';
  let drawn = false;
  return {
    show(p) {
      const t = now();
      if (t - last < 100 && p.step === step) return;
      last = t;
      step = p.step;
      drawn = true;
      screen.write(`\r${barLine(p, screen.columns ?? 80, colour)}\u001b[K`);
    },
    clear() {
      if (drawn) screen.write('\r\u001b[K');
      drawn = false;
    },
  };
}

/** One line for each step, and one every ten seconds of a long one: for logs. */
export function lineView(screen: Screen, now: () => number): ProgressView {
  let last = Number.NEGATIVE_INFINITY;
  let said = '';
  return {
    show(p) {
      const what = `${p.step} ${p.message}`;
      if (what === said || (p.step === said.split(' ')[0] && now() - last < 10_000 && p.step !== 'train')) return;
      said = what;
      last = now();
      screen.write(`${[stepText(p), bestText(p)].filter((t) => t !== '').join(' · ')}\n`);
    },
    clear: () => undefined,
  };
}

/** One JSON object a line: each new step or message, and ten times a second within one. */
export function jsonView(screen: Screen, now: () => number): ProgressView {
  let last = Number.NEGATIVE_INFINITY;
  let said = '';
  return {
    show(p) {
      const what = `${p.step} ${p.message}`;
      if (what === said && now() - last < 100) return;
      said = what;
      last = now();
      screen.write(`${JSON.stringify({ type: 'progress', ...p })}\n`);
    },
    clear: () => undefined,
  };
}

export const silentView: ProgressView = { show: () => undefined, clear: () => undefined };
