import { join } from 'node:path';
import { names, numbers, readArguments } from '../support/arguments.mjs';
import { circumstances, circumstancesLine } from '../support/circumstances.mjs';
import { figure, markdownTable } from '../support/markdown.mjs';
import { REPOSITORY, writeResult } from '../support/places.mjs';
import { CASES, smaller, TREES } from './cases.mjs';
import { rowLatency } from './latency.mjs';
import { trainBoth } from './training.mjs';

export const HELP = `npm run bench -- speed [--cases ${CASES.map((c) => c.name).join(',')},row] [--threads 1,2] [--repeats n] [--quick] [--lightgbm '{"force_row_wise":true}'] [--label x]
  boosted trees beside LightGBM: training, memory, scores, prediction in batch, and the latency of one row`;

export async function main(args) {
  const { options } = readArguments(args, {
    cases: undefined,
    threads: '1,2',
    repeats: undefined,
    quick: 'flag',
    lightgbm: '{}',
    label: undefined,
  });
  const only = names(options.cases);
  const cases = CASES.filter((c) => !only || only.has(c.name)).map((c) => (options.quick ? smaller(c) : c));
  if (only)
    for (const name of only) if (name !== 'row' && !CASES.some((c) => c.name === name)) throw new Error(`there is no case "${name}"`);
  const about = { ...circumstances(), trees: TREES, quick: options.quick, when: new Date().toISOString() };
  const results = [];
  let latency;
  const label = options.label ?? `speed${options.quick ? '-quick' : ''}`;
  const write = () => {
    writeResult(`${label}.json`, `${JSON.stringify({ about, results, latency }, undefined, 1)}\n`);
    writeResult(`${label}.md`, speedText(about, results, latency));
  };
  for (const c of cases) {
    const onFit = (side, threads, f) =>
      console.log(`  ${c.name} ${threads} thread(s) ${side.padEnd(10)} ${f.fit.toFixed(3)} s, peak ${Math.round(f.peak)} MiB`);
    const made = await trainBoth(c, numbers(options.threads), {
      folder: join(REPOSITORY, 'build/bench-data'),
      repeats: options.repeats === undefined ? undefined : Number(options.repeats),
      lightgbm: JSON.parse(options.lightgbm),
      onFit,
    });
    results.push(...made);
    for (const r of made)
      console.log(
        `${c.name}, ${r.threads} thread(s): time ${figure(r.timeRatio, 3)} ×, memory ${figure(r.memoryRatio, 3)} ×, ${scoresText(r)}, rows/s ${figure(r.rowsPerSecondRatio, 3)} ×`,
      );
    write();
  }
  if (!only || only.has('row')) {
    latency = await rowLatency({ quick: options.quick });
    write();
  }
  console.log(`\n${speedText(about, results, latency)}`);
}

/** Means over the seeds, and the mean difference with its standard error. */
function scoresText(r) {
  const signed = (d) => `${d < 0 ? '−' : '+'}${Math.abs(d).toFixed(5)}`;
  return r.scores
    .map(
      (s) =>
        `${s.metric} ${s.ours.toFixed(5)} / ${s.theirs.toFixed(5)} (${signed(s.difference)}${s.error === undefined ? '' : ` ± ${s.error.toFixed(5)}`})`,
    )
    .join(', ');
}

function speedText(about, results, latency) {
  const parts = ['# Boosted trees beside LightGBM', circumstancesLine(about)];
  if (results.length) {
    parts.push(
      `LightGBM ${results[0].theirs.version}; ${TREES.leaves} leaves, ${TREES.maxBins} bins, at least ${TREES.minRowsInLeaf} rows a leaf, learning rate ${TREES.learningRate}. Ratios are Millwright ÷ LightGBM, medians over fits in turn: below 1 is better for time and memory, above 1 for rows/s. Time runs from raw columns to a model (LightGBM: dataset and training); "added" memory is the peak above what the process held with the raw data read. Every pair has data of its own: scores are means over them, with the mean difference ± its standard error.`,
      markdownTable(
        [
          'case',
          'rows × columns',
          'rounds',
          'threads',
          'pairs',
          'time ×',
          'ours s',
          'LightGBM s (dataset + train)',
          'memory ×',
          'added ×',
          'ours MiB',
          'LightGBM MiB',
          'held out, ours / LightGBM',
          'rows/s ×',
          'ours rows/s',
        ],
        results.map((r) => [
          r.case,
          `${r.rows} × ${r.columns}`,
          r.rounds,
          r.threads,
          r.pairs,
          figure(r.timeRatio, 3),
          figure(r.ours.fit, 3),
          `${figure(r.theirs.fit, 3)} (${figure(r.theirs.bin, 2)} + ${figure(r.theirs.train, 3)})`,
          figure(r.memoryRatio, 3),
          figure(r.addedMemoryRatio, 3),
          Math.round(r.ours.peak),
          Math.round(r.theirs.peak),
          scoresText(r),
          `${figure(r.rowsPerSecondRatio, 3)} (${figure(r.rowsPerSecondRatioTwoThreads, 3)} against 2 threads)`,
          Math.round(r.testRows / r.ours.predict1),
        ]),
      ),
      sameTrees(results),
      ...contended(results),
      `Starting the kernels (and threads) before the fit took ${figure(Math.max(...results.map((r) => r.ours.start)) * 1000, 2)} ms at most; with it the worst time ratio is ${figure(Math.max(...results.map((r) => r.timeRatioWithStart)), 3)}.`,
    );
  }
  if (latency) parts.push(latency.text);
  return `${parts.join('\n\n')}\n`;
}

/** OpenMP's waiting threads spin, so that LightGBM on two threads collapses when others use the cores: such ratios flatter us. */
function contended(results) {
  const slower = results.filter((r) =>
    results.some((one) => one.case === r.case && one.threads < r.threads && one.theirs.fit < r.theirs.fit * 0.95),
  );
  const list = slower.map((r) => `${r.case} on ${r.threads}`).join(', ');
  return slower.length ? [`NOT TO BE QUOTED: LightGBM was slower on more threads (${list}), so others used the cores.`] : [];
}

function sameTrees(results) {
  const byData = new Map();
  for (const r of results)
    for (const { seed, ours } of r.raw) {
      const key = `${r.case}, seed ${seed}`;
      byData.set(key, new Set([...(byData.get(key) ?? []), ours.hash]));
    }
  const differing = [...byData].filter(([, hashes]) => hashes.size > 1).map(([name]) => name);
  return differing.length
    ? `THE TREES DIFFER between thread counts: ${differing.join('; ')}.`
    : results.some((r) => r.threads !== results[0].threads)
      ? 'One and several threads gave the same trees on the same data, byte for byte.'
      : '';
}
