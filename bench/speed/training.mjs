import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { logLoss, rmse, rocAuc } from '../quality/scores.mjs';
import { askChild, runChild } from '../support/child.mjs';
import { python } from '../support/places.mjs';
import { median } from '../support/statistics.mjs';
import { TREES } from './cases.mjs';

const script = (name) => new URL(name, import.meta.url).pathname;

/**
 * Trains both sides on one case, in turn (ours, LightGBM, ours, …), each fit in a new process that reads the same raw files.
 * @returns medians of the ratios of neighbours, and of both sides' own figures
 */
export async function trainBoth(c, threads, { folder, repeats = c.repeats, lightgbm = {}, onFit = () => undefined }) {
  await makeData(c, folder);
  const spec = { ...c, ...TREES, threads, data: folder, lightgbm };
  const pairs = [];
  for (let i = 0; i < repeats; i++) {
    const ours = await askChild(process.execPath, [script('fit-millwright.mjs'), JSON.stringify({ ...spec, scores: `${folder}/ours` })], {
      timeout: 3600,
    });
    onFit('millwright', ours);
    const theirs = await askChild(python(), [script('fit-lightgbm.py'), JSON.stringify({ ...spec, scores: `${folder}/theirs` })], {
      timeout: 3600,
    });
    onFit('lightgbm', theirs);
    pairs.push({ ours, theirs });
  }
  const ratio = (of) => median(pairs.map(({ ours, theirs }) => of(ours) / of(theirs)));
  const side = (which) => {
    const middle = (key) => median(pairs.map((p) => p[which][key]));
    const out = {};
    for (const [key, value] of Object.entries(pairs[0][which])) out[key] = typeof value === 'number' ? middle(key) : value;
    out.score = scoreOf(c, folder, which);
    return out;
  };
  const ours = side('ours');
  const theirs = side('theirs');
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
    hashes: [...new Set(pairs.map((p) => p.ours.hash))],
    ours,
    theirs,
  };
}

async function makeData(c, folder) {
  const { rows, testRows, columns, categories, classes, task } = c;
  const key = JSON.stringify({ rows, testRows, columns, categories, classes, task, version: 1 });
  if (existsSync(join(folder, 'spec')) && readFileSync(join(folder, 'spec'), 'utf8') === key) return;
  mkdirSync(folder, { recursive: true });
  const { status, stderr } = await runChild(python(), [script('make-data.py'), key, folder], { timeout: 3600 });
  if (status !== 0) throw new Error(`the data could not be made: ${stderr.trim().split('\n').at(-1)}`);
  writeFileSync(join(folder, 'spec'), key);
}

function doubles(path) {
  const bytes = readFileSync(path);
  return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
}

function scoreOf(c, folder, which) {
  const actual = [...doubles(`${folder}/y-test`)];
  const scores = doubles(`${folder}/${which}`);
  if (c.task === 'regression') return { rmse: rmse(actual, scores) };
  const shares =
    c.task === 'binary'
      ? actual.map((_, i) => [1 - scores[i], scores[i]])
      : actual.map((_, i) => [...scores.subarray(i * c.classes, (i + 1) * c.classes)]);
  const loss = { log_loss: logLoss(actual, shares) };
  return c.task === 'binary' ? { roc_auc: rocAuc(actual, scores), ...loss } : loss;
}
