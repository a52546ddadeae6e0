// Many runs in a project store: how long it takes to list, filter and sort them, and what a durable write costs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Rng } from '../../dist/core/rng.js';
import { openStore } from '../../dist/node/store/open-store.js';

export const HELP = `store      30,000 runs: list, filter and sort; durable writes
  --runs N          how many (default 30000)
  --store URL       postgres://… instead of SQLite`;

const REPEATS = 15;
const median = (times) => times.toSorted((a, b) => a - b)[times.length >> 1];

export async function main(args) {
  const { values } = parseArgs({ args, options: { runs: { type: 'string', default: '30000' }, store: { type: 'string' } } });
  const count = Number(values.runs);
  const folder = mkdtempSync(join(tmpdir(), 'millwright-bench-store-'));
  const store = await openStore({ database: values.store ?? join(folder, 'store.db'), artefacts: join(folder, 'artefacts') });
  try {
    await populate(store, count);
    const experiment = (await store.runs.experiment('exp-3')).id;
    const queries = {
      'latest 100': {},
      'latest 100 of one of ten experiments': { experiments: [experiment] },
      'sorted by score': { sort: '-score' },
      'sorted by a metric': { sort: '-metric.roc_auc' },
      'filtered by a metric': { filter: 'metric.roc_auc > 0.95' },
      'filtered by a metric and a tag, sorted by another metric': {
        filter: "metric.roc_auc > 0.9 and tag.team = 'team-3'",
        sort: 'metric.log_loss',
      },
      'filtered by a parameter': { filter: "param.depth = '7'", sort: 'score' },
      'filtered by name': { filter: "name like '%-1234%'" },
      'page 200 of 100': { offset: 19_900 },
    };
    console.log(
      `${count} runs, 3 metrics, 3 parameters and 2 tags each, ${values.store ? 'PostgreSQL' : 'SQLite'}; median of ${REPEATS}, ms`,
    );
    for (const [name, query] of Object.entries(queries)) {
      await store.runs.list(query);
      const times = [];
      let total = 0;
      for (let i = 0; i < REPEATS; i++) {
        const start = performance.now();
        ({ total } = await store.runs.list(query));
        times.push(performance.now() - start);
      }
      console.log(`${median(times).toFixed(1).padStart(8)}  ${name} (${total})`);
    }
    await writes(store);
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function populate(store, count) {
  const rng = new Rng(1);
  const actor = { user: 'bench', roles: [], via: 'library' };
  for (let from = 0; from < count; from += 1000)
    await store.act(actor, { action: 'bench', subject: 'store' }, async ({ runs }) => {
      for (let i = from; i < Math.min(from + 1000, count); i++) {
        const at = new Date(1.7e12 + i * 60_000).toISOString();
        const score = rng.float();
        await runs.create({
          ...{ id: `run-${i}`, experiment: `exp-${i % 10}`, name: `try-${i}`, startedAt: at, by: `user-${i % 7}`, source: 'bench' },
          ...{ target: 'y', task: 'binary', metric: 'roc_auc', score, status: 'finished' },
        });
        const point = (name, value) => ({ name, value, step: 0, at });
        await runs.log(`run-${i}`, {
          metrics: [point('roc_auc', score), point('log_loss', rng.float()), point('accuracy', rng.float())],
          params: new Map([
            ['depth', String(rng.below(12))],
            ['rate', String(rng.float())],
            ['model', `m${rng.below(5)}`],
          ]),
          tags: new Map([
            ['team', `team-${i % 20}`],
            ['note', `n${i}`],
          ]),
        });
      }
    });
}

async function writes(store) {
  const actor = { user: 'bench', roles: [], via: 'library' };
  const feedback = (i, n) =>
    Array.from({ length: n }, (_, k) => ({ id: `f${n}-${i}-${k}`, at: new Date().toISOString(), model: 'm', actual: 1 }));
  const works = {
    'one acknowledged feedback': (i) => store.traffic.addFeedback(feedback(i, 1)),
    '500 feedbacks in one batch': (i) => store.traffic.addFeedback(feedback(i, 500)),
    'one governed action with its audit entry': (i) => store.note(actor, { action: 'bench', subject: `x:${i}` }),
  };
  for (const [name, work] of Object.entries(works)) {
    const times = [];
    for (let i = 0; i < 60; i++) {
      const start = performance.now();
      await work(i);
      times.push(performance.now() - start);
    }
    console.log(`${median(times).toFixed(1).padStart(8)}  ${name}`);
  }
}
