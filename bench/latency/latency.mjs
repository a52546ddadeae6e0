import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { splitsFolder } from '../quality/splits.mjs';
import { names, readArguments } from '../support/arguments.mjs';
import { askChild, runChild } from '../support/child.mjs';
import { circumstances, circumstancesLine } from '../support/circumstances.mjs';
import { figure, markdownTable } from '../support/markdown.mjs';
import { COMMAND, scratchFolder, writeResult } from '../support/places.mjs';
import { quantile } from '../support/statistics.mjs';

export const HELP = `npm run bench -- latency [--budget 30] [--sets a,b] [--splits DIR] [--limits "--latency 50us"] [--label x]
  what the saved model takes to answer one row, and what its file takes, beside what the run foresaw from counts`;

const script = new URL('row.mjs', import.meta.url).pathname;

export async function main(args) {
  const { options } = readArguments(args, { budget: '30', sets: undefined, splits: undefined, limits: '', label: 'latency' });
  const splits = await splitsFolder(options.splits);
  const only = names(options.sets);
  const sets = readdirSync(splits)
    .filter((name) => existsSync(join(splits, name, 'meta.json')) && (!only || only.has(name)))
    .sort();
  if (sets.length === 0) throw new Error('no such set among the splits');
  const about = { ...circumstances(), budget: Number(options.budget), limits: options.limits, when: new Date().toISOString() };
  const results = [];
  for (const name of sets) {
    const result = await measure(join(splits, name), name, options);
    results.push(result);
    console.log(
      result.error
        ? `! ${name}: ${result.error}`
        : `${name.padEnd(26)} p50 ${figure(result.p50, 3)} µs, p99 ${figure(result.p99, 3)} µs, foreseen ${figure(result.foreseen, 3)} µs; ${Math.round(result.bytes / 1000)} KB, foreseen ${Math.round(result.foreseenBytes / 1000)} KB; ${result.model}`,
    );
    writeResult(`${options.label}.json`, `${JSON.stringify({ about, results }, undefined, 1)}\n`);
    writeResult(`${options.label}.md`, textOf(about, results));
  }
  console.log(`\n${textOf(about, results)}`);
  return results.some((r) => r.error) ? 1 : 0;
}

async function measure(folder, name, options) {
  const { target } = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8'));
  const out = join(scratchFolder('latency'), name);
  mkdirSync(out, { recursive: true });
  const more = options.limits.split(/\s+/).filter(Boolean);
  const train = [COMMAND, 'run', join(folder, 'train.csv'), '--target', target, '--budget', options.budget, '--force', '-q', '--out', out];
  const { status, stderr } = await runChild(process.execPath, [...train, ...more], { timeout: Number(options.budget) * 3 + 60 });
  if (status !== 0) return { name, error: stderr.trim().split('\n').at(-1) };
  const { tradeoff } = JSON.parse(readFileSync(join(out, 'metrics.json'), 'utf8'));
  const chosen = tradeoff.points.find((p) => p.role === 'chosen');
  const times = await askChild(process.execPath, [script, join(out, 'model.mill'), join(folder, 'test.csv')]);
  const bytes = statSync(join(out, 'model.mill')).size;
  rmSync(out, { recursive: true, force: true });
  return {
    name,
    ...times,
    bytes,
    foreseen: chosen?.latency ?? Number.NaN,
    foreseenBytes: chosen?.size ?? Number.NaN,
    model: chosen?.title ?? 'Baseline',
  };
}

function textOf(about, results) {
  const fine = results.filter((r) => !r.error);
  const of = (key, share) =>
    figure(
      quantile(
        fine.map((r) => r[key]),
        share,
      ),
      3,
    );
  const known = fine.filter((r) => Number.isFinite(r.foreseen));
  const ratio = (a, b, share) =>
    figure(
      quantile(
        known.map((r) => r[a] / r[b]),
        share,
      ),
      3,
    );
  return `${[
    '# Time to answer one row, and size of the model',
    circumstancesLine(about),
    `Models of \`run --budget ${about.budget}\`${about.limits ? ` with \`${about.limits}\`` : ''}, each asked for 300 rows of its test part as plain objects of text, in-process, one call at a time, after 2,000 calls; each row 15 times in turn. "p50" and "p99" are over all calls, whatever else the machine was doing; "row p99" is over the rows' middle times.`,
    `${fine.length} sets. p50: median ${of('p50', 0.5)} µs, most ${of('p50', 1)} µs. Row p99: median ${of('row99', 0.5)} µs, most ${of('row99', 1)} µs. p99 of all calls: median ${of('p99', 0.5)} µs, most ${of('p99', 1)} µs.`,
    `Measured ÷ foreseen: time ${ratio('row50', 'foreseen', 0.5)} (${ratio('row50', 'foreseen', 0)} to ${ratio('row50', 'foreseen', 1)}), size ${ratio('bytes', 'foreseenBytes', 0.5)} (${ratio('bytes', 'foreseenBytes', 0)} to ${ratio('bytes', 'foreseenBytes', 1)}).`,
    markdownTable(
      ['set', 'p50 µs', 'p99 µs', 'row p99 µs', 'foreseen µs', 'first µs', 'KB', 'foreseen KB', 'model'],
      results.map((r) =>
        r.error
          ? [r.name, `FAILED: ${r.error}`]
          : [
              r.name,
              ...[r.p50, r.p99, r.row99, r.foreseen, r.first].map((v) => figure(v, 3)),
              ...[r.bytes, r.foreseenBytes].map((v) => figure(v / 1000, 3)),
              r.model,
            ],
      ),
    ),
  ].join('\n\n')}\n`;
}
