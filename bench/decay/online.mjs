import { built } from '../support/places.mjs';

/** An online learner on the same rows: it learns those of the champion first, and each later one when its truth is told. @returns what it said, as numbers */
export async function learnOnline(set, { first, delayOf, learner = 'arf' }) {
  const [{ StreamModel }, { inferStream }] = await Promise.all([
    import(built('engine/online/stream-model.js')),
    import(built('engine/online/infer-stream.js')),
  ]);
  const { header, rows, target, at, positive } = set;
  const task = positive === undefined ? 'regression' : 'multiclass';
  const model = new StreamModel(header, inferStream(header, rows.slice(0, Math.min(first, 1000)), { target, task }), learner, 0);
  for (const row of rows.slice(0, first)) model.take(row);
  const due = new Map();
  const said = [];
  for (let i = first; i < rows.length; i++) {
    const asked = [...rows[i]];
    asked[at] = '';
    const { predicted, probability } = model.take(asked);
    said.push(positive === undefined ? Number(predicted) : ofPositive(model, predicted, probability, positive));
    const when = i + delayOf(i);
    due.set(when, [...(due.get(when) ?? []), i]);
    for (const known of due.get(i) ?? []) model.take(rows[known]);
    due.delete(i);
  }
  return said;
}

/** Of two classes, the probability of one. */
const ofPositive = ({ classes }, predicted, probability, positive) =>
  predicted === undefined ? 0.5 : predicted === positive ? probability : classes.length > 2 ? 0 : 1 - probability;
