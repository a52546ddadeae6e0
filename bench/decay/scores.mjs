/** What is scored: figures that go up or down, each with whether more is better, and how it is computed from rows that weigh. */
export const SCORES = {
  roc_auc: { title: 'ROC AUC', greater: true, prepare: preparedAuc },
  log_loss: { title: 'log loss', greater: false, prepare: mean((y, p) => -Math.log(Math.max(1e-9, y ? p : 1 - p))) },
  accuracy: { title: 'accuracy', greater: true, prepare: mean((y, p) => ((p >= 0.5 ? 1 : 0) === y ? 1 : 0)) },
  rmse: { title: 'RMSE', greater: false, prepare: mean((y, p) => (y - p) ** 2, Math.sqrt) },
  mae: { title: 'MAE', greater: false, prepare: mean((y, p) => Math.abs(y - p)) },
};

/** @param weights of the rows; a function of them so that resamples are cheap */
function mean(loss, after = (x) => x) {
  return (actual, predicted) => {
    const losses = actual.map((y, i) => loss(y, predicted[i]));
    return (weights) => {
      let sum = 0;
      let all = 0;
      for (let i = 0; i < losses.length; i++) {
        sum += weights[i] * losses[i];
        all += weights[i];
      }
      return after(sum / all);
    };
  };
}

/** Pairs of a positive and a negative row that stand in the right order, ties counting half. */
function preparedAuc(actual, predicted) {
  const order = Array.from(actual.keys()).sort((a, b) => predicted[a] - predicted[b]);
  return (weights) => {
    let [right, below, positives] = [0, 0, 0];
    for (let at = 0; at < order.length; ) {
      let [up, down] = [0, 0];
      const value = predicted[order[at]];
      for (; at < order.length && predicted[order[at]] === value; at++) {
        const i = order[at];
        if (actual[i]) up += weights[i];
        else down += weights[i];
      }
      right += up * (below + down / 2);
      below += down;
      positives += up;
    }
    return right / (positives * below);
  };
}

/** A score of some rows. */
export function scoreOf(name, actual, predicted) {
  return SCORES[name].prepare(actual, predicted)(new Array(actual.length).fill(1));
}

/** mulberry32 */
export function random(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * How much better one is than the other on the same rows, with a 95 % interval: blocks of neighbouring rows are drawn together, because neighbours are alike.
 * @returns both scores, gain (above 0: the first is better) and its interval
 */
export function pairedGain(name, actual, first, second, { block = 250, resamples = 1000, seed = 1 } = {}) {
  const { greater, prepare } = SCORES[name];
  const [a, b] = [prepare(actual, first), prepare(actual, second)];
  const sign = greater ? 1 : -1;
  const ones = new Array(actual.length).fill(1);
  const blocks = Math.ceil(actual.length / block);
  const draw = random(seed);
  const gains = [];
  for (let r = 0; r < resamples; r++) {
    const times = new Uint16Array(blocks);
    for (let i = 0; i < blocks; i++) times[Math.floor(draw() * blocks)]++;
    const weights = ones.map((_, i) => times[Math.floor(i / block)]);
    const gain = sign * (a(weights) - b(weights));
    if (Number.isFinite(gain)) gains.push(gain);
  }
  gains.sort((x, y) => x - y);
  const at = (share) => gains[Math.min(gains.length - 1, Math.floor(share * gains.length))];
  const [x, y] = [a(ones), b(ones)];
  return { first: x, second: y, gain: sign * (x - y), low: at(0.025), high: at(0.975) };
}

/** The score of each window of so many rows; a last one of less than half joins the one before. */
export function byWindow(name, actual, predicted, size) {
  const windows = [];
  const count = Math.max(1, Math.round(actual.length / size));
  for (let w = 0; w < count; w++) {
    const [from, to] = [w * size, w === count - 1 ? actual.length : (w + 1) * size];
    windows.push({ from, to, score: scoreOf(name, actual.slice(from, to), predicted.slice(from, to)) });
  }
  return windows;
}
