import { isBetter } from './scores.mjs';

const NAMES = {
  autogluon: 'AutoGluon',
  flaml: 'FLAML',
  catboost: 'CatBoost',
  lightgbm: 'LightGBM',
  h2o: 'H2O',
  mljar: 'mljar',
  xgboost: 'XGBoost',
};
const named = (peer) => NAMES[peer] ?? peer;

/** The systems that any of the sets was compared with. */
export const peersOf = (results) => [...new Set(results.flatMap((r) => Object.keys(r.peers ?? {})))].sort();

/** Sets that are won against each, and the mean rank of each among those that it took part in. */
export function peersSummary(results) {
  const peers = peersOf(results);
  if (peers.length < 2) return [];
  const wins = peers.map((peer) => {
    const both = results.filter((r) => r.peers?.[peer] !== undefined);
    return `${named(peer)} ${both.filter((r) => isBetter(r.task, r.score, r.peers[peer])).length} of ${both.length}`;
  });
  const ranks = [undefined, ...peers].map((peer) => {
    const own = results.filter((r) => peer === undefined || r.peers?.[peer] !== undefined).map((r) => rankOf(r, peer));
    return { peer, mean: own.reduce((a, b) => a + b, 0) / own.length };
  });
  ranks.sort((a, b) => a.mean - b.mean);
  const listed = ranks.map(({ peer, mean }) => `${peer === undefined ? 'Millwright' : named(peer)} ${mean.toFixed(2)}`).join(', ');
  return [`Better than ${wins.join(', ')}.`, `Mean rank: ${listed}.`];
}

export const peerColumns = (results) => ['set', 'metric', 'Millwright', ...peersOf(results).map(named), 'rank'];

export const peerRow = (results, r) => [r.name, r.metric, r.score, ...peersOf(results).map((peer) => r.peers?.[peer]), rankOf(r)];

/** 1 and those that are better; of ourselves when no peer is named. */
function rankOf(r, peer) {
  const score = peer === undefined ? r.score : r.peers[peer];
  const others = [r.score, ...Object.values(r.peers ?? {})];
  return 1 + others.filter((other) => isBetter(r.task, other, score)).length;
}
