import { setTimeout as sleep } from 'node:timers/promises';
import { formatCsv } from '../support/csv.mjs';
import { MODEL } from './project.mjs';

/** Rows of a request. */
const BATCH = 10;
const SECOND = 1000;

async function post(url, body, type) {
  for (let attempt = 0; ; attempt++) {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': type, accept: 'application/json' }, body });
    if (response.ok) return response.json();
    const text = await response.text();
    // a busy server asks to be asked again
    if (response.status !== 503 || attempt === 100) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 500)}`);
    await sleep(50);
  }
}

async function until(what, look) {
  for (const end = performance.now() + 120_000; performance.now() < end; await sleep(30)) if (await look()) return;
  throw new Error(`waited in vain for ${what}`);
}

/** What an answer says, as one number: the probability of the positive class, or the predicted number. */
const told = ({ prediction, probabilities }, positive) => (positive === undefined ? Number(prediction) : Number(probabilities[positive]));

/**
 * Asks both servers for the rows in their order, tells the truth of each some rows later, and lets a worker look every so many rows.
 * @param set what `readSet` gave
 * @param timeOf milliseconds since 1970 of a row
 * @param delayOf after how many further rows its truth is told
 * @returns what either said of each row, which version answered, and when workers had something to do
 */
export async function replay(project, set, { served, frozen, first, look, timeOf, delayOf, onLook }) {
  const store = await project.store();
  const header = set.header.filter((_, i) => i !== set.at);
  const said = { champion: [], frozen: [], version: [] };
  const due = new Map();
  const looks = [];
  let toldRows = 0;
  let champion = 1;
  const tell = async (from, to) => {
    const entries = [];
    for (let i = from; i < to; i++) for (const entry of due.get(i) ?? []) entries.push(entry);
    if (entries.length === 0) return;
    await post(`${served}/feedback`, JSON.stringify(entries), 'application/json');
    toldRows += entries.length;
  };
  try {
    for (let at = first; at < set.rows.length; at += BATCH) {
      const rows = set.rows.slice(at, at + BATCH);
      project.setTime(timeOf(at));
      const body = formatCsv([header, ...rows.map((row) => row.filter((_, i) => i !== set.at))]);
      const [ours, theirs] = await Promise.all(
        [served, frozen].map((address) => post(`${address}/predict?lenient=true`, body, 'text/csv')),
      );
      for (const [i, row] of rows.entries()) {
        said.champion.push(told(ours.predictions[i], set.positive));
        said.frozen.push(told(theirs.predictions[i], set.positive));
        said.version.push(Number(ours.version));
        const when = at + i + delayOf(at + i);
        const actual = set.positive === undefined ? Number(row[set.at]) : row[set.at];
        due.set(when, [...(due.get(when) ?? []), { prediction: ours.id, row: i, actual }]);
      }
      await tell(at, at + BATCH);
      const done = at + BATCH - first;
      if (Math.floor(done / look) === Math.floor((done - BATCH) / look)) continue;
      // what a worker sees must be in the store, and nothing happens at the very moment at which it looks
      await until('the labels in the store', async () => (await store.traffic.labels(MODEL, '')) === toldRows);
      project.setTime(timeOf(at) + SECOND);
      const worked = await project.command('robot', 'worker', '--once');
      const now = await store.models.get(MODEL);
      const wanted = { champion: String(now.aliases.get('champion')), former: now.aliases.get('former') };
      await until('the champion to be served', async () => {
        const answer = await fetch(served).then((r) => r.json());
        return serves(answer, wanted);
      });
      if (worked.done + worked.failed + worked.again > 0 || Number(wanted.champion) !== champion)
        looks.push({ row: at + BATCH, ...worked });
      champion = Number(wanted.champion);
      onLook?.({ row: at + BATCH, worked, champion, canary: wanted.former !== undefined });
      project.setTime(timeOf(at) + 2 * SECOND);
    }
    return { ...said, looks, ...(await story(store)) };
  } finally {
    await store.close();
  }
}

function serves({ traffic }, { champion, former }) {
  return (
    String(traffic.champion) === champion && (former === undefined ? !traffic.canary : String(traffic.canary?.version) === String(former))
  );
}

/** What became of each retraining, and what happened to the champion. */
async function story(store) {
  const jobs = (await store.jobs.list({ kind: 'retrain', limit: 1000 })).reverse();
  const entries = await store.audit.entries({ limit: 10_000 });
  const alerts = await store.alerts.list({
    models: [MODEL],
    states: ['open', 'acknowledged', 'snoozed', 'resolved', 'ended'],
    limit: 1000,
  });
  return {
    jobs: jobs.map(({ createdAt, state, input, result, error }) => ({
      at: Date.parse(createdAt),
      state,
      trigger: input.trigger,
      reason: input.reason,
      outcome: result?.outcome,
      why: result?.why,
      version: result?.version,
      window: result?.chosen?.window.kind,
      warm: result?.chosen?.warm,
      trained: result?.gathered?.poolRows,
      difference: result?.difference,
      ...(error && { error }),
    })),
    events: entries
      .filter(({ action }) => /^(promotion|canary\.(begin|pass|rollback)|rollback)$/.test(action))
      .map(({ at, action, subject, detail }) => ({ at: Date.parse(at), action, version: Number(subject.split('@')[1]), detail })),
    alerts: alerts.map(({ raisedAt, kind, severity, version, detail }) => ({
      at: Date.parse(raisedAt),
      kind,
      severity,
      version,
      what: detail?.what,
    })),
  };
}
