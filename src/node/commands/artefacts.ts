import type { LeaderboardRow, RunResult, ScoredRows } from '../../engine/automl/result.js';
import { calledClass } from '../../model/predict.js';
import { csvNumber, csvText } from './csv-cell.js';

// The texts of a run's files. Only run.json holds times, so that the others are the same whenever the work is.

/** JSON for people: two spaces, a line break at the end. */
export function prettyJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

export function metricsJson(result: RunResult): string {
  const { task, metric, rows, threshold, cut, interrupted, tradeoff } = result;
  return prettyJson({
    target: task.target,
    task: task.kind,
    classes: task.classes,
    metric,
    rows,
    holdout: result.holdoutMetrics,
    baseline: result.baselineMetrics,
    threshold,
    importance: result.importance,
    findings: result.findings,
    tradeoff,
    cut,
    interrupted,
  });
}

export function leaderboardCsv(rows: readonly LeaderboardRow[]): string {
  const cell = (n: number | undefined) => (n === undefined ? '' : csvNumber(n));
  const lines = rows.map((r) =>
    [
      String(r.rank),
      csvText(r.id),
      csvText(r.learner),
      csvText(r.title),
      cell(r.validation),
      cell(r.holdout),
      cell(r.rounds),
      String(r.chosen),
      String(r.cut),
    ].join(','),
  );
  return `${['rank,id,learner,title,validation,holdout,rounds,chosen,cut', ...lines].join('\n')}\n`;
}

/** Chunks of predictions.csv: `row` counts the data's rows from 1, `part` is `holdout` or `out-of-fold`. */
export function* predictionsCsv(result: RunResult): Generator<string> {
  const { task } = result;
  const regression = task.kind === 'regression';
  yield `${['row', 'part', 'actual', 'prediction', ...task.classes.map((c) => csvText(`probability_${c}`))].join(',')}\n`;
  const names = task.classes.map(csvText);
  const line = (scored: ScoredRows, part: string, i: number): string => {
    const row = `${(scored.rows[i] as number) + 1},${part}`;
    const actual = scored.actual[i] as number;
    if (regression) return `${row},${csvNumber(actual)},${csvNumber(scored.predicted[i] as number)}\n`;
    const called = calledClass(task, scored.predicted, i, result.threshold, result.bundle.costs);
    const k = names.length;
    let text = `${row},${names[actual] ?? ''},${names[called]}`;
    for (let c = 0; c < k; c++) text += `,${csvNumber(scored.predicted[i * k + c] as number)}`;
    return `${text}\n`;
  };
  for (const [part, scored] of [
    ['holdout', result.holdout],
    ['out-of-fold', result.outOfFold],
  ] as const) {
    for (let at = 0; at < scored.rows.length; at += 4096) {
      let chunk = '';
      const end = Math.min(at + 4096, scored.rows.length);
      for (let i = at; i < end; i++) chunk += line(scored, part, i);
      yield chunk;
    }
  }
}
