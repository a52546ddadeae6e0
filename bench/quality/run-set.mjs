import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from '../support/child.mjs';
import { columnOf, formatCsv, readCsv } from '../support/csv.mjs';
import { COMMAND } from '../support/places.mjs';
import { baselineScore, judge } from './judge.mjs';
import { shuffleColumn } from './shuffle.mjs';

/**
 * Trains on one split as a user would (`run train.csv --target T --budget B --json`, nothing else) and scores the test part.
 * The target is taken out of the test file first: new data do not have it.
 * @param scratch folder for this set alone; emptied before and after
 * @param shuffle a seed: the training target is shuffled by it, so that nothing is left to learn
 */
export async function runSet(folder, meta, { budget, scratch, shuffle, threads }) {
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  let train = join(folder, 'train.csv');
  const trainRows = readCsv(train);
  const testRows = readCsv(join(folder, 'test.csv'));
  if (shuffle !== undefined) {
    train = join(scratch, 'train.csv');
    shuffleColumn(trainRows, meta.target, shuffle);
    writeFileSync(train, formatCsv(trainRows));
  }
  const at = testRows[0].indexOf(meta.target);
  const test = join(scratch, 'test.csv');
  writeFileSync(test, formatCsv(testRows.map((row) => row.toSpliced(at, 1))));
  const trainTarget = columnOf(trainRows, meta.target);
  const testTarget = columnOf(testRows, meta.target);

  const out = join(scratch, 'out');
  const extra = threads === undefined ? [] : ['--threads', threads];
  const trained = await runChild(
    process.execPath,
    [COMMAND, 'run', train, '--target', meta.target, '--budget', String(budget), '--json', '--out', out, ...extra],
    { timeout: budget * 3 + 60 },
  );
  const outcome = {
    name: meta.name,
    task: meta.task,
    metric: meta.metric,
    rows: trainRows.length - 1,
    columns: trainRows[0].length - 1,
    budget,
    status: trained.status,
    wallSeconds: trained.seconds,
    overrunSeconds: Math.max(0, trained.seconds - budget),
    peakMiB: trained.peak,
    baseline: baselineScore(meta, trainTarget, testTarget),
  };
  const said = lastObject(trained.stdout);
  if (trained.status !== 0) return { ...outcome, step: 'run', error: tell(said, trained) };
  const own = said?.score;
  Object.assign(outcome, {
    inferredTask: said?.task,
    chosen: said?.chosen?.id,
    cut: said?.cut,
    ownMetric: said?.metric,
    ownScore: own,
    ownBaseline: said?.baseline,
    report: said?.report !== undefined,
    dangers: (said?.findings ?? []).filter((f) => f.level === 'danger').map((f) => f.code),
    left: (said?.findings ?? []).filter((f) => f.code === 'time-short').map((f) => f.message),
    leaderboard: readFileSync(join(out, 'leaderboard.csv'), 'utf8'),
    bundleKiB: readFileSync(join(out, 'model.mill')).length / 1024,
  });
  if (said.task !== meta.task) return { ...outcome, step: 'task', error: `read as ${said.task}: ${said.taskReason}` };

  const predictions = join(scratch, 'predictions.csv');
  const predicted = await runChild(process.execPath, [COMMAND, 'predict', join(out, 'model.mill'), test, '-o', predictions, '--json'], {
    timeout: 300,
  });
  outcome.predictSeconds = predicted.seconds;
  if (predicted.status !== 0)
    return { ...outcome, step: 'predict', status: predicted.status, error: tell(lastObject(predicted.stdout), predicted) };
  try {
    outcome.score = judge(meta, trainTarget, testTarget, readCsv(predictions));
  } catch (error) {
    return { ...outcome, step: 'predict', error: error.message };
  }
  return outcome;
}

function lastObject(text) {
  try {
    return JSON.parse(text.trim().split('\n').at(-1));
  } catch {
    return undefined;
  }
}

function tell(said, child) {
  if (said?.type === 'error') return `[${said.code}] ${said.message}`;
  return child.stderr.trim().split('\n').slice(-4).join(' | ') || `ended with ${child.status} and said nothing`;
}
