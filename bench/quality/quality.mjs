import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { names, readArguments } from '../support/arguments.mjs';
import { runChild } from '../support/child.mjs';
import { circumstances } from '../support/circumstances.mjs';
import { python, scratchFolder, writeResult } from '../support/places.mjs';
import { qualityReport } from './report.mjs';
import { runSet } from './run-set.mjs';
import { splitsFolder } from './splits.mjs';

export const HELP = `npm run bench -- quality [--budget 30] [--sets a,b] [--splits DIR] [--peers FILES | --no-peers] [--shuffle-target] [--threads n] [--label x]
  every split trained with --target and --budget alone and scored on its test part, beside a LightGBM with its defaults, or beside whatever FILES
  (JSON with { peer, name, score }, divided by commas) say that others scored on the same splits`;

export async function main(args) {
  const { options } = readArguments(args, {
    budget: '30',
    sets: undefined,
    splits: undefined,
    peers: undefined,
    'no-peers': 'flag',
    'shuffle-target': 'flag',
    threads: undefined,
    label: undefined,
  });
  const budget = Number(options.budget);
  const shuffle = options['shuffle-target'];
  const splits = await splitsFolder(options.splits);
  const only = names(options.sets);
  const sets = readdirSync(splits)
    .filter((name) => existsSync(join(splits, name, 'meta.json')) && (!only || only.has(name)))
    .sort();
  if (sets.length === 0) throw new Error('no such set among the splits');
  const known = options.peers?.split(',').flatMap((file) => JSON.parse(readFileSync(file, 'utf8')));
  const scratch = scratchFolder('quality');
  const label = options.label ?? `quality-${budget}s${shuffle ? '-shuffled' : ''}`;
  const about = { ...circumstances(), budget, shuffled: shuffle, when: new Date().toISOString() };
  const results = [];
  for (const name of sets) {
    const folder = join(splits, name);
    const meta = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8'));
    const result = await runSet(folder, meta, {
      budget,
      scratch: join(scratch, 'set'),
      shuffle: shuffle ? 1 : undefined,
      threads: options.threads,
    });
    if (!shuffle && !options['no-peers']) {
      const peer = known?.find((r) => r.peer === 'lightgbm' && r.name === name) ?? (known ? undefined : await defaultLightgbm(folder));
      result.lightgbm = peer?.score;
      result.lightgbmError = peer?.error;
      result.lightgbmSeconds = peer?.fit_s;
      result.peers = Object.fromEntries(
        (known ?? []).filter((r) => r.name === name && r.score !== undefined).map((r) => [r.peer, r.score]),
      );
    }
    results.push(result);
    const { text, line } = qualityReport(about, results);
    console.log(line(result));
    writeResult(`${label}.json`, `${JSON.stringify({ about, results }, undefined, 1)}\n`);
    writeResult(`${label}.md`, text());
  }
  console.log(`\n${qualityReport(about, results).summary()}`);
  return results.some((r) => r.error) ? 1 : 0;
}

async function defaultLightgbm(folder) {
  const { status, stdout, stderr } = await runChild(python(), [new URL('lightgbm-default.py', import.meta.url).pathname, folder], {
    timeout: 600,
  });
  if (status !== 0) return { error: stderr.trim().split('\n').at(-1) };
  return JSON.parse(stdout.trim().split('\n').at(-1));
}
