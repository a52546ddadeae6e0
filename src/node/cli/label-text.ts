import { shellWord } from '../../core/shell-word.js';
import type { LabelSummary } from '../commands/label.js';
import { count, labelled, plain } from './words.js';

/** What labelling ends with on a terminal. */
export function labelText(s: LabelSummary): string {
  const command = `millwright label ${shellWord(s.bundle)} ${shellWord(s.pool)}`;
  const time: [string, string] = ['time', `${s.seconds.toFixed(1)} s`];
  if (s.did === 'asked') {
    const answers = s.classes.length > 0 && s.classes.length <= 12 ? ` (${s.classes.map((c) => plain(c, 30)).join(', ')})` : '';
    return `\n${labelled([
      ['asked for', `${count(s.count)} of ${count(s.open)} rows without an answer, the most telling first`],
      ['answer', `fill in the column "${plain(s.target)}"${answers} of ${plain(s.out, 300)}; what is left empty is skipped`],
      time,
      ['next', `${command} --answers ${shellWord(s.out)} --into <training table>`],
    ])}`;
  }
  const notes: [string, string][] = [
    ...(s.already > 0 ? [['already', `${count(s.already)} rows had an answer there`] as [string, string]] : []),
    ...(s.empty > 0 ? [['empty', `${count(s.empty)} rows were not answered`] as [string, string]] : []),
    ...(s.unknown.length > 0
      ? [
          [
            'watch out',
            `new answers that the model does not know: ${s.unknown
              .slice(0, 10)
              .map((a) => plain(a, 30))
              .join(', ')}`,
          ] as [string, string],
        ]
      : []),
  ];
  return `\n${labelled([
    ['merged', `${count(s.merged)} answers into ${plain(s.into, 300)}`],
    ...notes,
    time,
    ['next', `millwright run ${shellWord(s.into)} --target ${shellWord(s.target)}, then ask again with the new model`],
  ])}`;
}
