import { shellWord } from '../../core/shell-word.js';
import type { TuneSummary } from '../commands/tune.js';
import { count, figure, labelled, plain } from './words.js';

const ENDED: Record<TuneSummary['ended'], string> = {
  trials: '',
  space: 'Every point of the space was tried.',
  budget: 'The budget ended the search; --resume with more goes on.',
  interrupt: 'Interrupted; the best so far is saved, and --resume goes on.',
};

/** Six digits: scores of neighbouring trials differ late. */
function score(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : '–';
}

/** Trials as a table: the best ones, and the defaults beside them. */
function table(s: TuneSummary): string {
  const names = s.searched.filter((name) => s.top.some((t) => t.parameters[name] !== undefined)).slice(0, 8);
  const shown = s.top.slice(0, 5);
  if (!shown.some((t) => t.trial === 0)) shown.push({ trial: 0, score: s.defaults.score, parameters: {} });
  const rows = [
    ['trial', s.metric, ...names],
    ...shown.map((t) => [
      t.trial === 0 ? 'defaults' : String(t.trial),
      score(t.score),
      ...names.map((name) => {
        const value = t.parameters[name];
        return value === undefined ? '·' : typeof value === 'number' ? figure(value) : plain(String(value), 20);
      }),
    ]),
  ];
  const widths = (rows[0] as string[]).map((_, c) => Math.max(...rows.map((row) => (row[c] as string).length)));
  return rows.map((row) => `  ${row.map((cell, c) => cell.padStart(widths[c] as number)).join('  ')}\n`).join('');
}

/** What a search ends with on a terminal. */
export function tuneText(s: TuneSummary): string {
  const gain = s.greaterIsBetter ? s.best.score - s.defaults.score : s.defaults.score - s.best.score;
  const parameters = Object.entries(s.best.parameters).map(([name, value]) => `${name} ${value}`);
  const spared = [...(s.stopped ? [`${count(s.stopped)} stopped early`] : []), ...(s.failed ? [`${count(s.failed)} failed`] : [])];
  const state = ENDED[s.ended];
  return `\n${labelled([
    ['learner', `${s.title}, ${s.method} search over ${s.searched.map((n) => plain(n, 40)).join(', ')}`],
    ['trials', `${count(s.trials)}${spared.length ? ` (${spared.join(', ')})` : ''}, ${s.folds === 1 ? 'one split' : `${s.folds} folds`}`],
  ])}\n${table(s)}\n${state ? `${state}\n\n` : ''}${labelled([
    [
      'best',
      s.best.trial > 0
        ? parameters.join(', ')
        : `the defaults: ${s.trials > 0 ? 'nothing better was found' : 'there was no time for anything else'}`,
    ],
    ['score', `${s.metric} ${score(s.best.score)}; defaults ${score(s.defaults.score)}${gain > 0 ? ` (better by ${figure(gain)})` : ''}`],
    ['folder', s.folder],
    ['time', `${s.seconds.toFixed(1)} s`],
    ['next', `millwright run <data> --plan ${shellWord(`${s.folder}/plan.json`)}`],
  ])}`;
}
