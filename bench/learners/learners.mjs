import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { splitsFolder } from '../quality/splits.mjs';
import { names, readArguments } from '../support/arguments.mjs';
import { askChild, runChild } from '../support/child.mjs';
import { circumstances, circumstancesLine } from '../support/circumstances.mjs';
import { figure, markdownTable } from '../support/markdown.mjs';
import { built, python, writeResult } from '../support/places.mjs';
import { plainRows, readSplit } from '../support/prepared-split.mjs';

export const HELP = `npm run bench -- learners [--sets a,b] [--splits DIR] [--rows 10000] [--learners a,b] [--patience 1800]
  each learner of the catalog with its defaults, beside a known implementation: loss, processor seconds, µs a row, memory, size;
  a reference that takes longer than --patience seconds has no figures`;

export async function main(args) {
  const { options } = readArguments(args, { sets: undefined, splits: undefined, rows: '10000', learners: undefined, patience: '1800' });
  const about = circumstances();
  const { catalog } = await import(built('node/commands/catalog.js'));
  const wanted = names(options.learners);
  const learners = catalog.learners.filter((l) => !wanted || wanted.has(l.id));
  const only = names(options.sets);
  const splits = await splitsFolder(options.splits);
  const sets = readdirSync(splits).filter((name) => existsSync(join(splits, name, 'meta.json')) && (!only || only.has(name)));
  if (sets.length === 0 || learners.length === 0) throw new Error('no such set among the splits, or no such learner');
  const results = [];
  for (const set of sets.sort()) {
    const folder = join(splits, set);
    const rows = plainRows(await readSplit(folder, Number(options.rows)));
    for (const { id, title } of learners) {
      const ours = await askChild(process.execPath, [new URL('fit-learner.mjs', import.meta.url).pathname, folder, id, options.rows], {
        timeout: 1800,
      });
      const reference = await referenceOf({ folder, learner: id, train: rows.train, test: rows.test }, Number(options.patience));
      results.push({ set, title, ours, reference });
      const beside =
        reference?.loss === undefined ? '' : `${reference.name} ${figure(reference.loss)} in ${figure(reference.seconds, 3)} s`;
      console.log(`${set.padEnd(20)} ${id.padEnd(20)} ${figure(ours.loss)} in ${figure(ours.seconds, 3)} s   ${beside}`);
      writeResult('learners.json', `${JSON.stringify({ about, results }, undefined, 1)}\n`);
    }
  }
  const table = tableOf(results);
  writeResult(
    'learners.md',
    `# Learners\n\n\`npm run bench -- learners${args.length > 0 ? ` ${shown(args)}` : ''}\`. ${circumstancesLine(about)}\n\n${NOTES}\n\n${table}\n`,
  );
  console.log(`\n${table}`);
  return 0;
}

const NOTES = `Loss: log loss, or the root of the mean squared error, on the test rows. Seconds: of the processor, for the fit alone, one thread on both sides; nominal: what
a run plans with for the work that was done. µs a row: preparation and model together, in tables of 8192 rows and one row at a time. Memory: growth of the
process's peak during preparation and fit.`;

/** The options without the place of the splits. */
const shown = (args) => args.filter((arg, i) => !arg.startsWith('--splits') && args[i - 1] !== '--splits').join(' ');

async function referenceOf(question, timeout) {
  const { status, stdout, stderr } = await runChild(python(), [new URL('fit-references.py', import.meta.url).pathname], {
    input: JSON.stringify(question),
    timeout,
  });
  if (status === 'timeout') return { name: `longer than ${timeout} s` };
  if (status !== 0) throw new Error(`the reference of ${question.learner} failed: ${stderr.trim().split('\n').at(-1)}`);
  return stdout.trim() === '' ? undefined : JSON.parse(stdout);
}

function tableOf(results) {
  const head = [
    'set',
    'rows × columns',
    'learner',
    'loss',
    'reference',
    'its loss',
    'fit, s',
    'its fit, s',
    'nominal s',
    'µs a row, batch',
    'one row',
    'memory, MiB',
    'saved, KiB',
  ];
  const rows = results.map(({ set, title, ours, reference }) => [
    set,
    `${ours.rows} × ${ours.columns}`,
    title,
    ours.loss,
    reference?.name,
    reference?.loss,
    figure(ours.seconds, 3),
    reference?.seconds === undefined ? undefined : figure(reference.seconds, 3),
    figure(ours.nominal, 3),
    figure(ours.batch, 3),
    figure(ours.alone, 3),
    Math.round(ours.memory),
    Math.round(ours.bytes / 1024),
  ]);
  return markdownTable(head, rows);
}
