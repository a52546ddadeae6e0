import type { PerformanceReport, WindowScore } from '../commands/monitor.js';
import { tableText } from './table-text.js';
import { count, figure, plain } from './words.js';

const MOST_WINDOWS = 12;

const span = (s: WindowScore['real']): string | undefined => s && `${figure(s.value)} (${figure(s.low)} to ${figure(s.high)})`;

/** Scores by window, estimated beside real, by group, and where the model is weakest. */
export function performanceText({ metric, windows, groups, slices, unmatched }: PerformanceReport): string {
  const of = (scores: readonly WindowScore[]) => scores.find((s) => s.metric === metric);
  const reference = windows.map((w) => of(w.scores)?.reference).find((v) => v !== undefined);
  const shown = windows.slice(-MOST_WINDOWS);
  let text = `\n${metric}${reference === undefined ? '' : ` (${figure(reference)} on the training rows)`}, by window${windows.length > shown.length ? `, the last ${shown.length}` : ''}\n`;
  text += tableText(
    ['from row', 'rows', 'labels', 'estimated', 'real', 'stated', 'came'],
    shown.map((w) => [
      count(w.from.row + 1),
      count(w.rows),
      count(w.answered),
      span(of(w.scores)?.estimated),
      span(of(w.scores)?.real),
      w.calibration && figure(w.calibration.stated),
      w.calibration && figure(w.calibration.observed),
    ]),
  );
  if (groups.length > 0)
    text += `\n${tableText(
      ['group', 'rows', 'labels', 'estimated', 'real'],
      groups.map((g) => [
        `${g.column}: ${g.values}`,
        count(g.rows),
        count(g.answered),
        span(of(g.scores)?.estimated),
        span(of(g.scores)?.real),
      ]),
    )}`;
  for (const slice of slices) {
    const where = slice.where.map(({ column, values }) => `“${plain(column)}” ${plain(values)}`).join(' and ');
    const expected = slice.expected === undefined ? '' : `, ${figure(slice.expected)} was to be expected`;
    text += `\nweak where ${where}: loss ${figure(slice.loss)} in ${count(slice.rows)} rows, ${figure(slice.elsewhere)} elsewhere${expected}\n`;
  }
  return unmatched > 0 ? `${text}\n${count(unmatched)} labels are of rows that are not here\n` : text;
}
