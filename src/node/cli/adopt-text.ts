import { shellWord } from '../../core/shell-word.js';
import type { AdoptSummary } from '../commands/adopt.js';
import { count, figure, labelled, plain } from './words.js';

/** What adopting a model came to, on a terminal. */
export function adoptText(s: AdoptSummary): string {
  if (s.draft !== undefined)
    return s.out === undefined
      ? s.draft
      : `Wrote ${s.out}. Look at every line of it, then: millwright adopt … --schema ${shellWord(s.out)} -o model.mill\n`;
  const scores = Object.entries(s.scores ?? {}).slice(0, 6);
  const lines: [string, string][] = [
    ['bundle', s.out ?? ''],
    ['question', `${plain(s.target ?? '')} (${s.task}) from ${s.columns} columns`],
    ...scores.map(([name, e]): [string, string] => [name, `${figure(e.value)} (90 % interval ${figure(e.low)} to ${figure(e.high)})`]),
    [
      'scored on',
      scores.length > 0
        ? `${count(s.rows ?? 0)} rows of the sample; whether training saw them is not known`
        : 'nothing: no sample with answers',
    ],
  ];
  return `${labelled(lines)}\nnext  millwright register ${shellWord(s.out ?? '')} --name …\n`;
}
