import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runSet } from '../quality/run-set.mjs';
import { splitsFolder } from '../quality/splits.mjs';
import { names, numbers, readArguments } from '../support/arguments.mjs';
import { circumstances, circumstancesLine } from '../support/circumstances.mjs';
import { figure, markdownTable } from '../support/markdown.mjs';
import { scratchFolder, writeResult } from '../support/places.mjs';
import { quantile } from '../support/statistics.mjs';

export const HELP = `npm run bench -- deadline [--budgets 2,10,60] [--sets a,b] [--repeats 1] [--splits DIR] [--label x]
  how far runs go beyond their budget: wall time from the start of the process to its end`;

export async function main(args) {
  const { options } = readArguments(args, { budgets: '2,10,60', sets: undefined, repeats: '1', splits: undefined, label: 'deadline' });
  const splits = await splitsFolder(options.splits);
  const only = names(options.sets);
  const sets = readdirSync(splits)
    .filter((name) => existsSync(join(splits, name, 'meta.json')) && (!only || only.has(name)))
    .sort();
  const scratch = join(scratchFolder('deadline'), 'set');
  const about = { ...circumstances(), when: new Date().toISOString() };
  const results = [];
  for (const budget of numbers(options.budgets))
    for (const name of sets) {
      const meta = JSON.parse(readFileSync(join(splits, name, 'meta.json'), 'utf8'));
      for (let i = 0; i < Number(options.repeats); i++) {
        const r = await runSet(join(splits, name), meta, { budget, scratch });
        results.push({
          name,
          budget,
          status: r.status,
          error: r.error,
          wallSeconds: r.wallSeconds,
          cut: r.cut,
          report: r.report,
          chosen: r.chosen,
        });
        const over = r.wallSeconds - budget;
        console.log(
          `${name.padEnd(26)} ${budget} s: ${r.wallSeconds.toFixed(2)} s${over > 0 ? ` (+${over.toFixed(2)})` : ''}${r.cut ? ' cut' : ''}${r.error ? ` ${r.step} FAILED: ${r.error}` : ''}`,
        );
        writeResult(`${options.label}.json`, `${JSON.stringify({ about, results }, undefined, 1)}\n`);
        writeResult(`${options.label}.md`, textOf(about, results));
      }
    }
  console.log(`\n${textOf(about, results)}`);
  return results.some((r) => r.error) ? 1 : 0;
}

function textOf(about, results) {
  const rows = [...new Set(results.map((r) => r.budget))].map((budget) => {
    const ran = results.filter((r) => r.budget === budget);
    const over = ran.filter((r) => r.status === 0).map((r) => Math.max(0, r.wallSeconds - budget));
    const late = over.filter((s) => s > budget * 0.02).length;
    const worst = ran.reduce((a, b) => (b.wallSeconds > a.wallSeconds ? b : a));
    const percent = (s) => (Number.isFinite(s) ? `${figure(s, 3)} s (${figure((s / budget) * 100, 3)} %)` : '–');
    return [
      `${budget} s`,
      ran.length,
      ran.filter((r) => r.error).length,
      percent(quantile(over, 0.5)),
      percent(quantile(over, 0.99)),
      over.length ? `${percent(Math.max(...over))}, ${worst.name}` : '–',
      late,
      ran.filter((r) => r.cut).length,
      ran.filter((r) => r.status === 0 && !r.report).length,
    ];
  });
  return `${[
    '# Overrun of the deadline',
    circumstancesLine(about),
    'Wall time of the whole command, start of Node included, less the budget; runs that end early count as 0.',
    markdownTable(['budget', 'runs', 'failed', 'p50', 'p99', 'most', 'more than 2 % over', 'cut short', 'without report'], rows),
  ].join('\n\n')}\n`;
}
