import { MillwrightError } from '../../core/errors.js';
import type { Parameters } from '../../engine/learn/learner.js';
import type { Dimension, ParameterValue, Space } from '../../engine/search/search-space.js';
import type { TriedPoint } from '../../engine/tune/tried-point.js';
import { csvNumber, csvText } from './csv-cell.js';

const FIXED = ['trial', 'status', 'score', 'folds', 'share', 'seconds'] as const;

/** Trials as CSV: how each ended, its score on every fold, and what it tried. A dimension that does not exist at a point is empty. */
export function trialsCsv(trials: readonly TriedPoint[], space: Space, folds: number): string {
  const lines = trials.map((t) => {
    const scores = Array.from({ length: folds }, (_, k) => (k < t.foldScores.length ? foldCell(t.foldScores[k] as number) : ''));
    const values = space.dimensions.map((d) => valueCell(t.parameters[d.name]));
    const share = csvNumber(t.share);
    return [String(t.trial), t.status, csvNumber(t.score), String(t.foldScores.length), share, t.seconds.toFixed(3), ...scores, ...values];
  });
  return [header(space, folds), ...lines].map((cells) => `${cells.join(',')}\n`).join('');
}

function header(space: Space, folds: number): string[] {
  return [...FIXED, ...Array.from({ length: folds }, (_, k) => `fold_${k + 1}`), ...space.dimensions.map((d) => csvText(d.name))];
}

function foldCell(score: number): string {
  return Number.isNaN(score) ? 'nan' : csvNumber(score);
}

function valueCell(value: ParameterValue | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'number' ? csvNumber(value) : csvText(String(value));
}

/**
 * Reads trials back, to go on with their search.
 * @throws MillwrightError `DATA_UNREADABLE` naming the line that is wrong
 */
export function readTrials(text: string, space: Space, folds: number, file: string): TriedPoint[] {
  const lines = text.split('\n').filter((line) => line !== '');
  const wrong = (line: number, why: string): MillwrightError =>
    new MillwrightError(
      'DATA_UNREADABLE',
      `${file}, line ${line + 1}: ${why}.`,
      'Leave the file as the search wrote it, or begin anew with another --out.',
    );
  if (lines[0] !== header(space, folds).join(',')) throw wrong(0, 'these are not the columns of this search');
  return lines.slice(1).map((line, i) => {
    const cells = line.split(',');
    if (cells.length !== FIXED.length + folds + space.dimensions.length) throw wrong(i + 1, 'it has not as many cells as the header');
    const [trial, status, score, done, share, seconds] = cells as [string, string, string, string, string, string];
    if (Number(trial) !== i) throw wrong(i + 1, `trial ${trial} is out of order`);
    if (status !== 'complete' && status !== 'stopped' && status !== 'failed')
      throw wrong(i + 1, `"${status}" is no way for a trial to end`);
    const foldScores = cells
      .slice(FIXED.length, FIXED.length + folds)
      .slice(0, Number(done))
      .map(Number);
    const parameters: Parameters = { ...space.fixed };
    space.dimensions.forEach((d, k) => {
      const cell = cells[FIXED.length + folds + k] as string;
      if (cell === '') return;
      const value = valueOfCell(d, cell);
      if (value === undefined) throw wrong(i + 1, `"${cell}" is no value of ${d.name}`);
      parameters[d.name] = value;
    });
    if (!(Number(share) > 0 && Number(share) <= 1)) throw wrong(i + 1, `"${share}" is no share`);
    return {
      trial: i,
      parameters,
      share: Number(share),
      status,
      foldScores,
      score: score === '' ? Number.NaN : Number(score),
      seconds: Number(seconds),
    };
  });
}

function valueOfCell(d: Dimension, cell: string): ParameterValue | undefined {
  if (d.kind === 'choice') return d.choices.find((choice) => valueCell(choice) === cell);
  const n = Number(cell);
  return Number.isFinite(n) ? n : undefined;
}
