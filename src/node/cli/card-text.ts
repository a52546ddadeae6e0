import { shellWord } from '../../core/shell-word.js';
import type { BundleCard } from '../commands/show.js';
import { count, figure, labelled, plain } from './words.js';

/** A model's card on a terminal. */
export function cardText(c: BundleCard): string {
  const score = c.score
    ? `${c.metric} ${figure(c.score.value)} (90 % interval ${figure(c.score.low)} to ${figure(c.score.high)}) ${c.model === 'onnx' ? 'on a sample' : 'on rows never seen'}${c.baseline === undefined ? '' : `; always guessing the same gives ${figure(c.baseline)}`}`
    : 'not scored on a holdout';
  const head: [string, string][] = [
    ['question', `${plain(c.target)} (${c.task}). ${plain(c.taskReason, 300)}`],
    ...(c.classes.length
      ? [
          [
            'classes',
            c.classes
              .slice(0, 20)
              .map((k) => plain(k, 30))
              .join(', ') + (c.classes.length > 20 ? ', …' : ''),
          ] as [string, string],
        ]
      : []),
    ...(c.threshold === undefined
      ? []
      : [['threshold', `${plain(c.classes[1] ?? '')} from a probability of ${figure(c.threshold)}`] as [string, string]]),
    ...(c.costs ? [['decides', 'by what a wrong call costs, as given when it was trained'] as [string, string]] : []),
    ['score', score],
    ['model', c.model],
    ['made with', `Millwright ${c.millwright}, ${count(c.rows)} rows, seed ${c.seed}, data ${c.dataHash.slice(0, 12)}`],
  ];
  const columns = labelled(
    c.columns.map((k) => [plain(k.name, 40), `${k.type.padEnd(8)}  ${plain(k.reason, 120)}`]),
    '  ',
  );
  const ignored = c.ignored.length ? `\nnot read: ${c.ignored.map((n) => plain(n, 40)).join(', ')}\n` : '';
  return `${labelled(head)}\ncolumns expected\n${columns || '  none\n'}${ignored}\nnext  millwright predict ${shellWord(c.bundle)} new.csv -o predictions.csv\n`;
}
