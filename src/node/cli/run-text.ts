import { shellWord } from '../../core/shell-word.js';
import type { RunSummary } from '../commands/run-summary.js';
import { count, figure, labelled, plain } from './words.js';

const WHAT: Record<RunSummary['task'], string> = { binary: 'yes or no', multiclass: 'which class', regression: 'a number' };

function scoreText(s: RunSummary): string {
  if (!s.score) return `${s.metric} ${figure(s.chosen.validation)} in validation; there was no holdout`;
  const against = s.baseline === undefined ? '' : `; always guessing the same gives ${figure(s.baseline)}`;
  return `${s.metric} ${figure(s.score.value)} (90 % interval ${figure(s.score.low)} to ${figure(s.score.high)}) on ${count(s.rows.holdout)} rows never seen${against}`;
}

function driversText(s: RunSummary): string {
  const top = s.drivers.filter((d) => d.drop.value > 0).slice(0, 5);
  return top.length ? top.map((d) => `${plain(d.column, 40)} (${figure(d.drop.value)})`).join(', ') : 'no column stands out';
}

/** What a run ends with on a terminal. */
export function runText(s: RunSummary): string {
  const kinds = Object.entries(s.columns).map(([kind, n]) => `${n} ${kind}`);
  const lines: [string, string][] = [
    ['question', `${plain(s.target)} — ${WHAT[s.task]} (${s.task}). ${plain(s.taskReason, 300)}`],
    ['data', `${count(s.rows.total)} rows; columns: ${kinds.join(', ')}`],
    ...s.repaired.slice(0, 8).map((r): [string, string] => ['repaired', `${plain(r.column, 40)}: ${plain(r.reason, 200)}`]),
    ...(s.repaired.length > 8 ? [['', `and ${s.repaired.length - 8} more, in the report`] as [string, string]] : []),
    ['model', s.chosen.title],
    ['score', scoreText(s)],
    ...(s.drivers.length ? [['driven by', driversText(s)] as [string, string]] : []),
    ...s.findings
      .filter((f) => f.level === 'danger' || f.level === 'warning')
      .slice(0, 5)
      .map((f): [string, string] => ['watch out', plain(f.message, 300)]),
  ];
  const state = s.interrupted
    ? 'Interrupted; the best so far is saved.'
    : s.cut
      ? 'The deadline cut the training short; more --budget may do better.'
      : '';
  const next = [`millwright predict ${shellWord(s.bundle)} new.csv -o predictions.csv`];
  return `\n${labelled(lines)}${state ? `\n${state}\n` : ''}\n${labelled([
    ['model', s.bundle],
    ['report', s.report ?? `missing, all else is saved: ${plain(s.reportMissing ?? '', 300)}`],
    ['time', `${s.seconds.toFixed(1)} s`],
    ['next', next[0] as string],
  ])}`;
}
