import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { splitsFolder } from '../quality/splits.mjs';
import { names, readArguments } from '../support/arguments.mjs';
import { runChild } from '../support/child.mjs';
import { circumstances } from '../support/circumstances.mjs';
import { built, python, writeResult } from '../support/places.mjs';
import { fitSplit, plainRows, readSplit, testLoss } from '../support/prepared-split.mjs';

export const HELP = `npm run bench -- trees [--sets a,b] [--splits DIR] [--rows 10000] [--peers FILE]
  boosted trees alone, with their defaults, beside CatBoost's, LightGBM's and XGBoost's: loss on test rows, processor seconds, one thread
  each. FILE keeps what the peers gave: sets in it are not fitted by them again`;

export async function main(args) {
  const { options } = readArguments(args, { sets: undefined, splits: undefined, rows: '10000', peers: undefined });
  const only = names(options.sets);
  const splits = await splitsFolder(options.splits);
  const folders = readdirSync(splits).filter((name) => existsSync(join(splits, name, 'meta.json')) && (!only || only.has(name)));
  if (folders.length === 0) throw new Error('no such set among the splits');
  const kept = options.peers && existsSync(options.peers) ? JSON.parse(readFileSync(options.peers, 'utf8')) : {};
  const results = [];
  for (const name of folders.sort()) {
    const folder = join(splits, name);
    const { rows, ours } = await fitOurs(folder, Number(options.rows));
    const key = `${name}/${rows.train.length}`;
    kept[key] ??= await fitPeers(folder, rows, name);
    if (options.peers) writeFileSync(options.peers, JSON.stringify(kept));
    const peers = kept[key];
    results.push({ name, rows: rows.train.length, ours, peers });
    const beside = peers.map((p) => `${p.name} ${p.loss.toPrecision(5)} (time × ${(p.seconds / ours.seconds).toFixed(1)})`);
    console.log(`${name.padEnd(24)} ${ours.loss.toPrecision(5)} in ${ours.seconds.toFixed(2)} s  ${beside.join('  ')}`);
  }
  const about = { ...circumstances(), when: new Date().toISOString() };
  writeResult('trees.json', `${JSON.stringify({ about, results }, undefined, 1)}\n`);
  writeResult('trees.md', `${summary(results)}\n\n${bySet(results)}\n`);
  console.log(`\n${summary(results)}`);
  return 0;
}

/** The peers on the same rows. */
async function fitPeers(folder, rows, name) {
  const { status, stdout, stderr } = await runChild(python(), [new URL('fit-boosters.py', import.meta.url).pathname], {
    input: JSON.stringify({ folder, ...rows }),
    timeout: 1800,
  });
  if (status !== 0) throw new Error(`the boosters failed on ${name}: ${stderr.trim().split('\n').at(-1)}`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Wins, mean and median difference of loss, and time, beside each peer. */
function summary(results) {
  const lines = [
    '| peer | sets | we win | its loss beside ours, mean | median | its time beside ours |',
    '| --- | --- | --- | --- | --- | --- |',
  ];
  results[0].peers.forEach(({ name }, p) => {
    const off = results.map((r) => Math.log(r.peers[p].loss / r.ours.loss) * 100).sort((a, b) => a - b);
    const total = (of) => results.reduce((sum, r) => sum + of(r).seconds, 0);
    const mean = off.reduce((a, b) => a + b, 0) / off.length;
    const ratio = total((r) => r.peers[p]) / total((r) => r.ours);
    const cells = [
      name,
      off.length,
      off.filter((d) => d > 0).length,
      `${mean.toFixed(1)} %`,
      `${off[off.length >> 1].toFixed(1)} %`,
      `× ${ratio.toFixed(1)}`,
    ];
    lines.push(`| ${cells.join(' | ')} |`);
  });
  return lines.join('\n');
}

/** Losses and seconds, set by set. */
function bySet(results) {
  const peers = results[0].peers.map((p) => p.name);
  const lines = [`| set | rows | ours | s |${peers.map((name) => ` ${name} | s |`).join('')}`, `|${' --- |'.repeat(4 + 2 * peers.length)}`];
  for (const { name, rows, ours, peers: theirs } of results) {
    const cells = [ours, ...theirs].flatMap(({ loss, seconds }) => [loss.toPrecision(5), seconds.toFixed(1)]);
    lines.push(`| ${[name, rows, ...cells].join(' | ')} |`);
  }
  return lines.join('\n');
}

/** Trains on 80 % of the split's training rows, at most so many, watched by the rest. */
async function fitOurs(folder, most) {
  const { boostedTrees } = await import(built('engine/learn/trees/boosted-trees.js'));
  const split = await readSplit(folder, most);
  const fitted = await fitSplit(split, boostedTrees);
  return { rows: plainRows(split), ours: { loss: await testLoss(split, fitted), rounds: fitted.work.rounds, seconds: fitted.seconds } };
}
