import { figure } from '../../core/figure.js';
import { type Alert, type AlertKind, type Severity, unitChange } from './alert.js';
import type { Binning } from './binning.js';
import type { Asked, ColumnFigures } from './column-figures.js';
import type { Sketch } from './sketch.js';

/** What an alert says, without its times. */
export type Said = Pick<Alert, 'kind' | 'severity' | 'what' | 'cause' | 'action' | 'figure'>;

const percent = (share: number): string => `${Number((100 * share).toPrecision(share < 0.1 ? 2 : 3))} %`;
const named = (name: string): string => `“${name}”`;

function bySize(size: number, warning: number, danger: number): Severity {
  return size >= danger ? 'danger' : size >= warning ? 'warning' : 'notice';
}

/** Puts into words what the gravest test of a column found. */
export function describeColumn(
  binning: Binning,
  figures: ColumnFigures,
  asked: Asked,
  window: Sketch,
  column: number,
  ofModel: boolean,
): Said {
  const name = named(binning.name);
  const { reference, current } = asked.question === 'outside' ? figures.outside : figures.missing;
  const drift = {
    figure: { name: 'psi' as const, reference: 0, current: figures.psi },
    severity: bySize(asked.effect, 0.1, 0.25),
    kind: (ofModel ? 'prediction' : 'drift') as AlertKind,
    action: ofModel
      ? 'Look at the alerts of the columns first: they usually explain it. Without any, have the model scored on fresh labels.'
      : `Ask whether the change of ${name} is real. If it is an error, mend its source; if it is real, score the model on fresh labels and retrain it on recent rows.`,
  };
  switch (asked.question) {
    case 'missing':
      return {
        kind: 'missing',
        severity: bySize(asked.effect, 0.05, 0.2),
        what: `${name} is missing in ${percent(current)} of the rows; it was in ${percent(reference)}.`,
        cause:
          asked.sign > 0
            ? current === 1
              ? 'The column is no longer delivered, or under another name.'
              : 'A source, a form or a join no longer delivers it for some rows.'
            : 'Cells that used to be empty are now filled in, maybe with a default.',
        action: `Ask whoever delivers ${name} what changed; until then the model fills the gaps as it learned to.`,
        figure: { name: 'share', reference, current },
      };
    case 'outside': {
      const unit = unitChange(figures.mean, figures.spread);
      return {
        kind: unit ? 'drift' : 'outside',
        severity: bySize(asked.effect, 0.02, 0.1),
        what:
          binning.kind === 'number'
            ? `${percent(current)} of ${name} is beyond the range of training (${figure(binning.lowest)} to ${figure(binning.uppers.at(-1) ?? binning.lowest)}).`
            : `${percent(current)} of ${name} holds values that training never had.`,
        cause: unit
          ? `${unit[0]?.toUpperCase()}${unit.slice(1)}.`
          : binning.kind === 'number'
            ? 'Extreme values, a wrong unit or a placeholder such as 9999 arrive.'
            : 'A new category exists, or its spelling has changed.',
        action:
          binning.kind === 'number'
            ? `Look at the largest and smallest ${name}; mend the source, or retrain when they are real.`
            : `List the new values of ${name}; map changed spellings back, and retrain when they are real.`,
        figure: { name: 'share', reference, current },
      };
    }
    case 'season':
      return {
        kind: 'season',
        severity: bySize(asked.effect, 0.3, 0.6),
        what: `${name} follows the hours or days otherwise than in training, though its overall values may be the same.`,
        cause: 'Clocks or time zones have shifted, or habits have changed.',
        action: `Compare ${name} by hour and day with training; check time zones first.`,
        figure: { name: 'season', reference: 0, current: asked.effect },
      };
    default:
      return { ...drift, ...wordsOfDrift(binning, figures, asked, window, column) };
  }
}

function wordsOfDrift(
  binning: Binning,
  { mean, spread, psi }: ColumnFigures,
  asked: Asked,
  window: Sketch,
  column: number,
): { what: string; cause: string } {
  const name = named(binning.name);
  if (binning.kind === 'number' && mean && spread) {
    const unit = unitChange(mean, spread);
    const means = `mean ${figure(mean.reference)} → ${figure(mean.current)}`;
    const spreads = `spread ${figure(spread.reference)} → ${figure(spread.current)}`;
    if (unit) return { what: `${name} has another scale: ${means}, ${spreads}.`, cause: `${unit[0]?.toUpperCase()}${unit.slice(1)}.` };
    const moved = (mean.current - mean.reference) / spread.reference;
    // where both are certain, what moved farther is what a person sees
    const seen = Math.abs(moved) > Math.max(0.5, Math.abs(spread.current / spread.reference - 1));
    if (asked.question === 'location' || (asked.question === 'scale' && seen))
      return {
        what: `${name} runs ${(asked.question === 'location' ? asked.sign : moved) > 0 ? 'higher' : 'lower'}: ${means} (PSI ${figure(psi)}).`,
        cause: 'Other rows arrive than before (another market, product or season), or it is measured otherwise.',
      };
    if (asked.question === 'scale')
      return {
        what: `${name} varies ${asked.sign > 0 ? 'more' : 'less'}: ${spreads} (PSI ${figure(psi)}).`,
        cause:
          asked.sign > 0
            ? 'A mixture of sources, a noisier measurement or wider circumstances.'
            : 'A filter, a default value or a narrower choice of rows.',
      };
    return {
      what: `${name} is distributed otherwise: ${means}, ${spreads} (PSI ${figure(psi)}).`,
      cause: 'Some values have become more frequent than others: rounding, a default, or another mixture of rows.',
    };
  }
  return {
    what: `${name} has other shares of its values${mostMoved(binning, window, column)} (PSI ${figure(psi)}).`,
    cause: 'Another mixture of rows arrives, or values are spelled or grouped otherwise.',
  };
}

/** The most frequent level of the window, in brackets. */
function mostMoved(binning: Binning, window: Sketch, column: number): string {
  if (binning.kind !== 'category') return '';
  const counts = window.counts[column] as Float64Array;
  let best = 1;
  for (let k = 2; k <= binning.levels.length; k++) if ((counts[k] as number) > (counts[best] as number)) best = k;
  const level = binning.levels[best - 1];
  return level === undefined ? '' : `; “${level.slice(0, 40)}” now has ${percent((counts[best] as number) / Math.max(1, window.rows))}`;
}

/** Puts into words that columns no longer go together as they did. */
export function describeJoint(names: readonly string[], reference: number, current: number): Said {
  const [first, second] = names.map(named);
  const weaker = Math.abs(current) < Math.abs(reference);
  return {
    kind: 'joint',
    severity: bySize(Math.abs(current - reference), 0.2, 0.4),
    what: `${first} and ${second} go together ${weaker ? 'less' : 'otherwise'} than in training (correlation ${figure(reference)} → ${figure(current)}), though each looks as before.`,
    cause: weaker
      ? `Rows are joined wrongly (values of ${first} shifted or mixed up), or the two have come apart.`
      : 'One is now made of the other, or rows are chosen by both.',
    action: `Check the join and order that bring ${first} to the row; if all is right, score the model on fresh labels.`,
    figure: { name: 'correlation', reference, current },
  };
}
