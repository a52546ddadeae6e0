import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { logLoss, rmse, rocAuc } from '../quality/scores.mjs';
import { askChild, runChild } from '../support/child.mjs';
import { python } from '../support/places.mjs';
import { median } from '../support/statistics.mjs';
import { TREES } from './cases.mjs';

const script = (name) => new URL(name, import.meta.url).pathname;

/**
 * Trains both sides on one case, in turn (ours, LightGBM, ours, …), each fit in a new process that reads the same raw files. Every pair has data of a
 * seed of its own, so that the differences of the scores show their noise; for every seed each number of threads has its turn.
 * @returns for each number of threads the medians of the ratios of neighbours, and of both sides' own figures
 */
export async function trainBoth(c, threadCounts, { folder, repeats = c.repeats, lightgbm = {}, onFit = () => undefined }) {
  const pairs = new Map(threadCounts.map((threads) => [threads, []]));
  for (let seed = 1; seed <= repeats; seed++) {
    await makeData(c, seed, folder);
    for (const threads of threadCounts) {
      const spec = { ...c, ...TREES, threads, data: folder, lightgbm };
      const measured = async (side, file, name) => {
        const scores = join(folder, `scores-${side}`);
        const made = await askChild(file, [script(name), JSON.stringify({ ...spec, scores })], { timeout: 3600 });
        onFit(side, threads, made);
        return { ...made, score: scoreOf(c, folder, scores) };
      };
      const ours = await measured('millwright', process.execPath, 'fit-millwright.mjs');
      const theirs = await measured('lightgbm', python(), 'fit-lightgbm.py');
      pairs.get(threads).push({ seed, ours, theirs });
    }
  }
  rmSync(folder, { recursive: true, force: true });
  return threadCounts.map((threads) => summary(c, threads, pairs.get(threads)));
}

function summary(c, threads, pairs) {
  const ratio = (of) => median(pairs.map(({ ours, theirs }) => of(ours) / of(theirs)));
  const side = (which) => {
    const out = {};
    for (const [key, value] of Object.entries(pairs[0][which]))
      out[key] = typeof value === 'number' ? median(pairs.map((p) => p[which][key])) : value;
    return out;
  };
  return {
    case: c.name,
    task: c.task,
    rows: c.rows,
    testRows: c.testRows,
    columns: c.columns,
    rounds: c.rounds,
    threads,
    pairs: pairs.length,
    timeRatio: ratio((s) => s.fit),
    timeRatioWithStart: median(pairs.map((p) => (p.ours.fit + p.ours.start) / p.theirs.fit)),
    memoryRatio: ratio((s) => s.peak),
    addedMemoryRatio: ratio((s) => s.peak - s.before),
    rowsPerSecondRatio: median(pairs.map((p) => p.theirs.predict1 / p.ours.predict1)),
    rowsPerSecondRatioTwoThreads: median(pairs.map((p) => p.theirs.predict2 / p.ours.predict1)),
    scores: compareScores(pairs),
    ours: side('ours'),
    theirs: side('theirs'),
    raw: pairs,
  };
}

/** For each metric the means of both sides, the mean of the differences over the seeds, and its standard error. */
function compareScores(pairs) {
  return Object.keys(pairs[0].ours.score).map((metric) => {
    const mean = (values) => values.reduce((s, v) => s + v, 0) / values.length;
    const differences = pairs.map((p) => p.ours.score[metric] - p.theirs.score[metric]);
    const difference = mean(differences);
    const n = differences.length;
    const error = n > 1 ? Math.sqrt(differences.reduce((s, d) => s + (d - difference) ** 2, 0) / (n - 1) / n) : undefined;
    return {
      metric,
      ours: mean(pairs.map((p) => p.ours.score[metric])),
      theirs: mean(pairs.map((p) => p.theirs.score[metric])),
      difference,
      error,
    };
  });
}

async function makeData(c, seed, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { status, stderr } = await runChild(python(), [script('make-data.py'), JSON.stringify({ ...c, seed }), folder], { timeout: 3600 });
  if (status !== 0) throw new Error(`the data could not be made: ${stderr.trim().split('\n').at(-1)}`);
}

function doubles(path) {
  const bytes = readFileSync(path);
  return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
}

function scoreOf(c, folder, file) {
  const actual = [...doubles(`${folder}/y-test`)];
  const scores = doubles(file);
  if (c.task === 'regression') return { rmse: rmse(actual, scores) };
  const shares =
    c.task === 'binary'
      ? actual.map((_, i) => [1 - scores[i], scores[i]])
      : actual.map((_, i) => [...scores.subarray(i * c.classes, (i + 1) * c.classes)]);
  const loss = { log_loss: logLoss(actual, shares) };
  return c.task === 'binary' ? { roc_auc: rocAuc(actual, scores), ...loss } : loss;
}
