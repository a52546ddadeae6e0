import { columnOf } from '../support/csv.mjs';
import { logLoss, rmse, rocAuc, sortedClasses } from './scores.mjs';

/**
 * Scores a file of predictions against the test part: AUC for two classes (the last in order is the positive one), log loss for
 * several, RMSE for numbers. Test rows of a class that training never saw are left out.
 * @throws Error when rows or columns are not what the contract says
 */
export function judge(meta, trainTarget, testTarget, predictions) {
  const rows = predictions.length - 1;
  if (rows !== testTarget.length) throw new Error(`${rows} predictions for ${testTarget.length} rows`);
  if (meta.task === 'regression') {
    const predicted = columnOf(predictions, 'prediction').map(numberOf);
    return rmse(testTarget.map(Number), predicted);
  }
  const classes = sortedClasses(trainTarget);
  const kept = testTarget.map((y, i) => [classes.indexOf(y), i]).filter(([k]) => k >= 0);
  const actual = kept.map(([k]) => k);
  const columns = classes.map((c) => columnOf(predictions, `probability_${c}`).map(numberOf));
  if (meta.task === 'binary')
    return rocAuc(
      actual,
      kept.map(([, i]) => columns[1][i]),
    );
  return logLoss(
    actual,
    kept.map(([, i]) => columns.map((c) => c[i])),
  );
}

/** What guessing without looking scores: even odds, the training part's class shares, its mean. */
export function baselineScore(meta, trainTarget, testTarget) {
  if (meta.task === 'binary') return 0.5;
  if (meta.task === 'regression') {
    const mean = trainTarget.reduce((s, y) => s + Number(y), 0) / trainTarget.length;
    return rmse(
      testTarget.map(Number),
      testTarget.map(() => mean),
    );
  }
  const classes = sortedClasses(trainTarget);
  const shares = classes.map((c) => trainTarget.filter((y) => y === c).length / trainTarget.length);
  const actual = testTarget.map((y) => classes.indexOf(y)).filter((k) => k >= 0);
  return logLoss(
    actual,
    actual.map(() => shares),
  );
}

function numberOf(cell) {
  const value = cell === '' ? Number.NaN : Number(cell);
  if (!Number.isFinite(value)) throw new Error(`"${cell}" among the predictions is not a number`);
  return value;
}
