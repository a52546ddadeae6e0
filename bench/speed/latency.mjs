import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askChild, runChild } from '../support/child.mjs';
import { readCsv } from '../support/csv.mjs';
import { figure, markdownTable } from '../support/markdown.mjs';
import { COMMAND, python, scratchFolder } from '../support/places.mjs';
import { median } from '../support/statistics.mjs';

const script = (name) => new URL(name, import.meta.url).pathname;
const ROUNDS = 100;
const LEAVES = 31;

/**
 * Latency of one row, recipe included: a table of 10 numbers (some missing) and 10 categories, a bundle trained by the command with a plan of
 * 100 rounds × 31 leaves, and LightGBM with the same; processes in turn.
 */
export async function rowLatency({ quick = false } = {}) {
  const folder = scratchFolder('row');
  const file = join(folder, 'table.csv');
  await done(python(), [script('make-mixed-table.py'), file, String(quick ? 5000 : 20_000)]);
  const bundle = await trainedBundle(folder, file);
  const calls = quick ? 2000 : 20_000;
  const pairs = [];
  for (let i = 0; i < (quick ? 1 : 3); i++) {
    const ours = await askChild(process.execPath, [script('row-millwright.mjs'), bundle.path, file, String(calls)]);
    const theirs = await askChild(python(), [
      script('row-lightgbm.py'),
      file,
      String(ROUNDS),
      String(LEAVES),
      String(Math.round(calls / 10)),
    ]);
    pairs.push({ ours, theirs });
  }
  const of = (side, key) => median(pairs.map((p) => p[side][key]));
  const rows = [
    ['Millwright, plain object, recipe included', of('ours', 'p50'), of('ours', 'p99'), of('ours', 'cold'), 1],
    [
      'LightGBM, Booster.predict of a ready numeric row',
      of('theirs', 'booster50'),
      of('theirs', 'booster99'),
      of('theirs', 'boosterCold'),
      ratio(pairs, 'booster50'),
    ],
    [
      'LightGBM, a dict coded by hand, then Booster.predict',
      of('theirs', 'hand50'),
      of('theirs', 'hand99'),
      of('theirs', 'handCold'),
      ratio(pairs, 'hand50'),
    ],
    [
      'LightGBM, LGBMClassifier.predict_proba of a one-row DataFrame',
      of('theirs', 'frame50'),
      of('theirs', 'frame99'),
      of('theirs', 'frameCold'),
      ratio(pairs, 'frame50'),
    ],
  ];
  const text = [
    '## One row',
    `10 numbers and 10 categories; ${bundle.rounds} trees of ${LEAVES} leaves here, ${ROUNDS} there. Microseconds a call; medians over ${pairs.length} processes a side, in turn. The first 2,000 calls warm ours up and 100 theirs; "first" is the very first call of the process.`,
    markdownTable(
      ['', 'p50 µs', 'p99 µs', 'first µs', 'times ours (p50)'],
      rows.map(([name, ...f]) => [name, ...f.map((v) => figure(v, 3))]),
    ),
  ].join('\n\n');
  return { pairs, bundleRounds: bundle.rounds, text };
}

const ratio = (pairs, key) => median(pairs.map((p) => p.theirs[key] / p.ours.p50));

async function done(file, args) {
  const { status, stderr, stdout } = await runChild(file, args, { timeout: 900 });
  if (status !== 0) throw new Error(`${args[0]} ended with ${status}: ${(stderr || stdout).trim().split('\n').slice(-3).join(' | ')}`);
}

/** A bundle made as a person would who wants 100 rounds: write the plan, edit it, run it. */
async function trainedBundle(folder, file) {
  const plan = join(folder, 'plan.json');
  await done(process.execPath, [COMMAND, 'plan', file, '--target', 'y', '--budget', 'none', '-o', plan]);
  const edited = JSON.parse(readFileSync(plan, 'utf8'));
  edited.candidates = [{ learner: 'boosted-trees', parameters: { rounds: ROUNDS, leaves: LEAVES, learningRate: 0.03, patience: 100_000 } }];
  edited.validation.folds = 2;
  writeFileSync(plan, JSON.stringify(edited));
  const out = join(folder, 'out');
  mkdirSync(out, { recursive: true });
  await done(process.execPath, [COMMAND, 'run', file, '--plan', plan, '--out', join(out, 'run'), '--quiet']);
  const board = readCsv(join(out, 'run', 'leaderboard.csv'));
  return { path: join(out, 'run', 'model.mill'), rounds: board[1]?.[board[0].indexOf('rounds')] };
}
