import { circumstancesLine } from '../support/circumstances.mjs';
import { figure, markdownTable } from '../support/markdown.mjs';
import { quantile } from '../support/statistics.mjs';
import { peerColumns, peerRow, peersOf, peersSummary } from './peers.mjs';
import { isBetter, isTie } from './scores.mjs';

/** Words for the results so far: the whole text, its summary, one line a set. */
export function qualityReport(about, results) {
  const beats = (r, other) => (r.score === undefined || other === undefined ? undefined : isBetter(r.task, r.score, other));
  const yes = (value) => (value === undefined ? '–' : value ? 'yes' : 'no');

  const summary = () => {
    const failed = results.filter((r) => r.error);
    const scored = results.filter((r) => r.score !== undefined);
    const compared = scored.filter((r) => r.lightgbm !== undefined);
    const overruns = results.filter((r) => r.status === 0).map((r) => r.overrunSeconds);
    const lines = [
      `${results.length} sets, ${failed.length} failed.`,
      about.shuffled
        ? shuffledSummary(scored)
        : `Better than the baseline on ${scored.filter((r) => beats(r, r.baseline)).length} of ${scored.length}; better than default LightGBM on ${compared.filter((r) => beats(r, r.lightgbm)).length} of ${compared.length}; better than both on ${compared.filter((r) => beats(r, r.lightgbm) && beats(r, r.baseline)).length}; even with LightGBM on ${compared.filter((r) => isTie(r.score, r.lightgbm)).length}.`,
      ...peersSummary(scored),
      ...(about.shuffled ? [] : [optimism(scored)]),
      `Wall time beyond the budget of ${about.budget} s: median ${figure(quantile(overruns, 0.5), 3)} s, p99 ${figure(quantile(overruns, 0.99), 3)} s, most ${figure(Math.max(...overruns), 3)} s; over by more than 1.5 s: ${overruns.filter((s) => s > 1.5).length}.`,
      `Peak memory: median ${figure(
        quantile(
          results.map((r) => r.peakMiB ?? 0),
          0.5,
        ),
        3,
      )} MiB, most ${figure(Math.max(...results.map((r) => r.peakMiB ?? 0)), 4)} MiB.`,
    ];
    return lines.join('\n');
  };

  const text = () =>
    `${[
      `# Quality at a budget of ${about.budget} s${about.shuffled ? ', target shuffled' : ''}`,
      circumstancesLine(about),
      summary(),
      markdownTable(
        [
          'set',
          'task',
          'rows',
          'metric',
          'score',
          'own holdout',
          'baseline',
          'LightGBM',
          'beats both',
          'chosen',
          'cut',
          'wall s',
          'peak MiB',
        ],
        results.map((r) => [
          r.name,
          r.task,
          r.rows,
          r.metric,
          r.error ? `FAILED (${r.status})` : r.score,
          r.ownScore ? `${figure(r.ownScore.value)} (${figure(r.ownScore.low)} to ${figure(r.ownScore.high)})` : undefined,
          r.baseline,
          r.lightgbm,
          yes(r.lightgbm === undefined ? undefined : beats(r, r.lightgbm) && beats(r, r.baseline)),
          r.chosen,
          yes(r.cut),
          figure(r.wallSeconds, 3),
          r.peakMiB && Math.round(r.peakMiB),
        ]),
      ),
      ...(peersOf(results).length > 1
        ? [
            '## Beside other systems',
            markdownTable(
              peerColumns(results),
              results.filter((r) => r.score !== undefined).map((r) => peerRow(results, r)),
            ),
          ]
        : []),
      ...failures(results),
    ].join('\n\n')}\n`;

  const line = (r) => {
    if (r.error) return `! ${r.name}: ${r.step} ended with ${r.status}: ${r.error}`;
    const mark = r.lightgbm === undefined ? ' ' : isTie(r.score, r.lightgbm) ? '=' : beats(r, r.lightgbm) ? '+' : '-';
    const under = beats(r, r.baseline) ? '' : ' NOT BETTER THAN BASELINE';
    return `${mark} ${r.name.padEnd(26)} ${r.metric} ${figure(r.score)} (own ${figure(r.ownScore?.value ?? Number.NaN)}, baseline ${figure(r.baseline)}, lightgbm ${figure(r.lightgbm ?? Number.NaN)}) ${r.chosen} ${r.wallSeconds.toFixed(1)} s ${Math.round(r.peakMiB ?? 0)} MiB${r.cut ? ' cut' : ''}${r.report ? '' : ' NO REPORT'}${about.shuffled ? '' : under}`;
  };

  return { summary, text, line };
}

function failures(results) {
  const failed = results.filter((r) => r.error);
  return failed.length === 0
    ? []
    : ['## Failures', failed.map((r) => `- ${r.name}: ${r.step} ended with ${r.status}: ${r.error}`).join('\n')];
}

/** How the run's own holdout score compares with the score on the test part that it never saw. */
function optimism(scored) {
  const own = scored.filter((r) => r.ownScore && Number.isFinite(r.ownScore.low) && sameMetric(r));
  const inside = own.filter((r) => r.score >= r.ownScore.low && r.score <= r.ownScore.high).length;
  const rosy = own.filter((r) => isBetter(r.task, r.ownScore.value, r.score)).length;
  return `The run's own holdout score: its 90 % interval holds the test score on ${inside} of ${own.length}; it is better than the test score on ${rosy} (half would be fair).`;
}

function shuffledSummary(scored) {
  const own = scored.filter((r) => r.ownScore && r.ownBaseline !== undefined);
  const fooled = own.filter((r) => isBetter(r.task, r.task === 'binary' ? r.ownScore.low : r.ownScore.high, r.ownBaseline));
  const worse = scored.filter((r) => (r.task === 'binary' ? r.score < 0.45 : r.score > r.baseline * 1.05));
  const list = (rows) => (rows.length ? ` (${rows.map((r) => r.name).join(', ')})` : '');
  return [
    'Nothing can be learnt here: every score should be chance.',
    `Own holdout interval wholly better than the baseline on ${fooled.length} of ${own.length}${list(fooled)}; about 5 % is what such intervals allow.`,
    `Test score far worse than knowing nothing (AUC below 0.45, or loss 5 % above the baseline's) on ${worse.length}${list(worse)}.`,
  ].join('\n');
}

function sameMetric(r) {
  return { roc_auc: ['roc_auc'], log_loss: ['log_loss'], rmse: ['rmse', 'root_mean_squared_error'] }[r.metric]?.includes(r.ownMetric);
}
