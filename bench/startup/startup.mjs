import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readArguments } from '../support/arguments.mjs';
import { runChild } from '../support/child.mjs';
import { circumstances, circumstancesLine } from '../support/circumstances.mjs';
import { figure, markdownTable } from '../support/markdown.mjs';
import { built, COMMAND, scratchFolder, writeResult } from '../support/places.mjs';
import { median, quantile } from '../support/statistics.mjs';

export const HELP = `npm run bench -- startup [--runs 40] [--label x]
  \`millwright --help\` beside an empty Node program, and the import of millwright/predict beside that of an empty module`;

export async function main(args) {
  const { options } = readArguments(args, { runs: '40', label: 'startup' });
  const folder = scratchFolder('startup');
  const file = (name, text) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const empty = file('empty.mjs', '');
  const timedImport = (name, address) =>
    file(name, `const start = performance.now();\nawait import(${JSON.stringify(address)});\nconsole.log(performance.now() - start);\n`);
  const kinds = {
    empty: [empty],
    help: [COMMAND, '--help'],
    version: [COMMAND, '--version'],
    importEmpty: [timedImport('import-empty.mjs', new URL(`file://${empty}`).href)],
    importPredict: [timedImport('import-predict.mjs', built('predict.js'))],
  };
  const times = Object.fromEntries(Object.keys(kinds).map((k) => [k, []]));
  for (let i = -2; i < Number(options.runs); i++)
    for (const [kind, command] of Object.entries(kinds)) {
      const { status, seconds, stdout, stderr } = await runChild(process.execPath, command, { timeout: 30 });
      if (status !== 0) throw new Error(`${kind} ended with ${status}: ${stderr.trim().split('\n')[0]}`);
      // the first two rounds fill the disk cache
      if (i >= 0) times[kind].push(kind.startsWith('import') ? Number(stdout) : seconds * 1000);
    }
  const about = { ...circumstances(), runs: Number(options.runs), when: new Date().toISOString() };
  const ratios = (kind) => times[kind].map((t, i) => t / times.empty[i]);
  const over = times.importPredict.map((t, i) => t - times.importEmpty[i]);
  const text = `${[
    '# Start-up',
    circumstancesLine(about),
    `${options.runs} rounds, all in turn; medians (of the ratios and differences of neighbours).`,
    markdownTable(
      ['', 'median ms', 'p90 ms', 'beside'],
      [
        ['an empty program', ms(times.empty), p90(times.empty), ''],
        ['millwright --help', ms(times.help), p90(times.help), `${figure(median(ratios('help')), 3)} × an empty program`],
        ['millwright --version', ms(times.version), p90(times.version), `${figure(median(ratios('version')), 3)} × an empty program`],
        ['import of an empty module', ms(times.importEmpty), p90(times.importEmpty), ''],
        ['import of millwright/predict', ms(times.importPredict), p90(times.importPredict), `${figure(median(over), 3)} ms more`],
      ],
    ),
  ].join('\n\n')}\n`;
  writeResult(`${options.label}.json`, `${JSON.stringify({ about, times }, undefined, 1)}\n`);
  writeResult(`${options.label}.md`, text);
  console.log(text);
}

const ms = (times) => figure(median(times), 3);
const p90 = (times) => figure(quantile(times, 0.9), 3);
