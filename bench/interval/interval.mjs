import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runSet } from '../quality/run-set.mjs';
import { splitsFolder } from '../quality/splits.mjs';
import { names, numbers, readArguments } from '../support/arguments.mjs';
import { circumstances, circumstancesLine } from '../support/circumstances.mjs';
import { formatCsv, readCsv } from '../support/csv.mjs';
import { markdownTable } from '../support/markdown.mjs';
import { resultFile, scratchFolder, writeResult } from '../support/places.mjs';

export const HELP = `interval   does the reported 90 % interval hold the score on rows that come later?
  --budget 5          seconds a run
  --seeds 1,2,3       a new split into 80 % to learn from and 20 % to test on for each
  --only a,b          sets (default: all below --most rows)
  --most 6000         rows of the sets that are taken by default
  --splits DIR        as for quality
  --keep DIR          leave the folders of the runs there
  --threads 1         threads a run
`;

/** Draws new splits, trains on each as a user would, and looks whether the interval that the run reports holds the score of the test part. */
export async function main(args) {
  const { options } = readArguments(args, {
    budget: '5',
    seeds: '1,2,3',
    only: undefined,
    most: '6000',
    splits: undefined,
    keep: undefined,
    threads: undefined,
  });
  const budget = Number(options.budget);
  const only = names(options.only);
  const about = circumstances();
  const splits = await splitsFolder(options.splits);
  const { readdirSync } = await import('node:fs');
  const sets = readdirSync(splits)
    .map((name) => ({ folder: join(splits, name), meta: JSON.parse(readFileSync(join(splits, name, 'meta.json'), 'utf8')) }))
    .filter(({ meta }) => (only ? only.has(meta.name) : meta.rows <= Number(options.most)))
    .sort((a, b) => a.meta.rows - b.meta.rows);
  const scratch = options.keep ?? scratchFolder('interval');
  const outcomes = [];
  for (const seed of numbers(options.seeds))
    for (const { folder, meta } of sets) {
      const at = join(scratch, `${meta.name}-${seed}`);
      const split = join(at, 'split');
      mkdirSync(split, { recursive: true });
      resplit(folder, split, seed);
      const outcome = await runSet(split, meta, { budget, scratch: join(at, 'run'), threads: options.threads });
      outcomes.push({ ...outcome, seed });
      const { ownScore: own } = outcome;
      console.log(
        `${meta.name} ${seed}: ${outcome.error ?? `${holds(outcome) ? 'holds' : 'MISSES'} ${outcome.score} in ${own?.low} … ${own?.value} … ${own?.high}`}`,
      );
    }
  writeFileSync(resultFile('interval.json'), JSON.stringify(outcomes));
  writeResult('interval.md', text(outcomes, { about, budget }));
}

function holds({ score, ownScore }) {
  return ownScore !== undefined && score >= ownScore.low && score <= ownScore.high;
}

/** All rows of the set, dealt anew. */
function resplit(from, to, seed) {
  const [head, ...rows] = readCsv(join(from, 'train.csv'));
  const test = readCsv(join(from, 'test.csv')).slice(1);
  const all = [...rows, ...test];
  // a linear congruential generator (Knuth) suffices to shuffle
  let state = BigInt(seed) + 88172645463325252n;
  const below = (n) => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return Number((state >> 33n) % BigInt(n));
  };
  for (let i = all.length - 1; i > 0; i--) {
    const j = below(i + 1);
    [all[i], all[j]] = [all[j], all[i]];
  }
  writeFileSync(join(to, 'test.csv'), formatCsv([head, ...all.slice(0, test.length)]));
  writeFileSync(join(to, 'train.csv'), formatCsv([head, ...all.slice(test.length)]));
}

function text(outcomes, { about, budget }) {
  const good = outcomes.filter((o) => o.score !== undefined && o.ownScore !== undefined);
  const sets = [...new Set(outcomes.map((o) => o.name))];
  const held = good.filter(holds).length;
  const percent = (share) => `${(100 * share).toFixed(1)} %`;
  const rows = sets.map((name) => {
    const own = good.filter((o) => o.name === name);
    const width = own.map((o) => (o.ownScore.high - o.ownScore.low) / Math.abs(o.ownScore.value - o.ownBaseline));
    return [
      name,
      outcomes.find((o) => o.name === name).rows,
      own[0]?.ownMetric,
      `${own.filter(holds).length} of ${own.length}`,
      mean(width),
      mean(own.map((o) => o.score)),
      mean(own.map((o) => o.ownScore.value)),
    ];
  });
  const missed = good.filter((o) => !holds(o));
  const low = missed.filter((o) => o.score < o.ownScore.low).length;
  return `# The reported interval and the rows that come later

${circumstancesLine(about)}

\`npm run bench -- interval --budget ${budget}\`: every set is split anew for each seed, 80 % of the rows are given to \`millwright run --budget ${budget}\`, the other 20 % are scored by the model that it saved.
The interval that the run reports (90 %) held the score on them in **${held} of ${good.length}** runs (${percent(held / good.length)}) of ${sets.length} sets; ${low} of the ${missed.length} others
lay below it and ${missed.length - low} above. ${outcomes.length - good.length} runs gave no score. Binomial standard error: ${percent(Math.sqrt(((held / good.length) * (1 - held / good.length)) / good.length))}.

${markdownTable(['set', 'rows given', 'metric', 'held', 'width as a share of the gain over the baseline', 'score later, mean', 'reported, mean'], rows)}
`;
}

function mean(values) {
  return values.length === 0 ? undefined : values.reduce((a, b) => a + b, 0) / values.length;
}
