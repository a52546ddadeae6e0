/** Area under the ROC curve with ties at half (Mann and Whitney 1947). @param positive 1 or 0 a row */
export function rocAuc(positive, score) {
  const order = [...score.keys()].sort((a, b) => score[a] - score[b]);
  let rankSum = 0;
  let positives = 0;
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && score[order[to]] === score[order[from]]) to++;
    for (let i = from; i < to; i++)
      if (positive[order[i]]) {
        rankSum += (from + to + 1) / 2;
        positives++;
      }
    from = to;
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * (order.length - positives));
}

/** Mean log loss; probabilities clipped to 1e-9 and made to sum to one, as the peers' script does. @param actual class index a row */
export function logLoss(actual, probabilities) {
  let sum = 0;
  actual.forEach((k, i) => {
    const clipped = probabilities[i].map((p) => Math.min(1, Math.max(1e-9, p)));
    sum -= Math.log(clipped[k] / clipped.reduce((s, p) => s + p, 0));
  });
  return sum / actual.length;
}

export function rmse(actual, predicted) {
  return Math.sqrt(actual.reduce((s, y, i) => s + (y - predicted[i]) ** 2, 0) / actual.length);
}

/** Python's order of text: by code point. */
export function sortedClasses(values) {
  return [...new Set(values)].sort((a, b) => compareCodePoints([...a], [...b]));
}

function compareCodePoints(a, b) {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i].codePointAt(0) - b[i].codePointAt(0);
  return a.length - b.length;
}

/** True when two scores are one. */
export function isTie(a, b) {
  return Math.abs(a - b) <= 1e-12;
}

/** True when `a` is a better score than `b`. */
export function isBetter(task, a, b) {
  return !isTie(a, b) && (task === 'binary' ? a > b : a < b);
}
