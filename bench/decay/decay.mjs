import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { names, readArguments } from '../support/arguments.mjs';
import { circumstances, circumstancesLine } from '../support/circumstances.mjs';
import { formatCsv } from '../support/csv.mjs';
import { markdownTable } from '../support/markdown.mjs';
import { resultFile, scratchFolder, writeResult } from '../support/places.mjs';
import { learnOnline } from './online.mjs';
import { decayPage } from './page.mjs';
import { found, MODEL, Project } from './project.mjs';
import { replay } from './replay.mjs';
import { byWindow, pairedGain, random, SCORES, scoreOf } from './scores.mjs';
import { readSet, SETS } from './sets.mjs';

export const HELP = `npm run bench -- decay [--sets a,b] [--rows 24000] [--budget 10] [--first 0.25] [--looks 24] [--seed 1] [--no-online]
  time-ordered tables of MILLWRIGHT_BENCH_DATA, replayed in their order through \`millwright serve\` of a project: labels come late, a worker retrains and promotes by the
  written policy, a second server answers with the first champion, frozen. Scores over time of both, overall gain with an interval, a page of charts`;

const DAY = 86_400_000;
/** The same rules for every set; only how long a retraining must wait for the next follows from how long the rows took. */
const policyOf = (days) => `version: 1
retrain:
  drift: warning
  performance: 0.05
  newLabels: 1500
  minimumLabels: 1000
  coolDownHours: ${Math.min(8760, Math.round((24 * days) / 20))}
  promote: auto
  sure: 0.9
  canary: { weight: 0.5, margin: 0.05, labels: 300 }
`;
/** Rows until the truth of a row is told: from half of this to half as much again. */
const DELAY = 300;

export async function main(args) {
  const { options } = readArguments(args, {
    sets: undefined,
    rows: '24000',
    budget: '10',
    first: '0.25',
    looks: '24',
    seed: '1',
    label: 'decay',
    'no-online': 'flag',
  });
  const data = process.env.MILLWRIGHT_BENCH_DATA;
  if (data === undefined) throw new Error('name the folder of the tables in MILLWRIGHT_BENCH_DATA');
  const wanted = names(options.sets);
  const about = { ...circumstances(), when: new Date().toISOString() };
  for (const set of SETS.filter(({ name }) => !wanted || wanted.has(name))) {
    const result = await one(readSet(set, data, Number(options.rows)), options, about);
    // each set stays what it was until it is run again
    const before = readResults(options.label).filter(({ name }) => name !== set.name);
    const all = [...before, result].sort((a, b) => order(a) - order(b));
    writeResult(`${options.label}.json`, `${JSON.stringify(all, figures, 1)}\n`);
  }
  const all = readResults(options.label);
  const explained =
    'The champion learned the first quarter of the rows; after that both were asked for every row over HTTP before its answer was told, some hundred rows later.';
  writeResult(`${options.label}.html`, await decayPage(all, explained));
  writeResult(`${options.label}.md`, report(all));
  console.log(report(all));
}

const order = ({ name }) => SETS.findIndex((s) => s.name === name);
const figures = (_, value) => (typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value);
const readResults = (label) =>
  existsSync(resultFile(`${label}.json`)) ? JSON.parse(readFileSync(resultFile(`${label}.json`), 'utf8')) : [];

async function one(set, options, about) {
  const began = performance.now();
  const first = Math.round((Number(options.first) * set.rows.length) / 10) * 10;
  const [start, end] = [Date.parse(set.from), Date.parse(set.to)];
  const timeOf = (row) => Math.round(start + ((end - start) * row) / set.rows.length);
  const draw = random(Number(options.seed));
  const delays = set.rows.map(() => Math.round(DELAY * (0.5 + draw())));
  const delayOf = (row) => delays[row];
  const project = new Project(scratchFolder('decay'));
  const note = (text) => console.error(`${set.name} ${((performance.now() - began) / 1000).toFixed(0)} s: ${text}`);
  try {
    project.setTime(timeOf(first) - DAY / 24);
    const file = join(project.folder, 'first.csv');
    writeFileSync(file, formatCsv([set.header, ...set.rows.slice(0, first)]));
    const policy = policyOf((end - start) / DAY);
    await found(project, { file: 'first.csv', target: set.target, time: set.time, budget: options.budget, policy });
    note(`a champion of ${first} rows`);
    project.setTime(timeOf(first) - 1000);
    const [served, frozen] = [await project.serve(), await project.serve(`${MODEL}=first/model.mill`, '--monitor', 'off')];
    const look = Math.ceil((set.rows.length - first) / Number(options.looks) / 10) * 10;
    const onLook = ({ row, worked, champion, canary }) => {
      if (worked.done + worked.failed + worked.again > 0)
        note(`row ${row}: ${JSON.stringify(worked)}, champion ${champion}${canary ? ' as a canary' : ''}`);
    };
    const said = await replay(project, set, { served, frozen, first, look, timeOf, delayOf, onLook });
    note('replayed');
    const online = options['no-online'] ? undefined : await learnOnline(set, { first, delayOf });
    return { ...judged(set, said, online, first, timeOf), policy, seconds: (performance.now() - began) / 1000, about };
  } finally {
    await project.close();
  }
}

function judged(set, said, online, first, timeOf) {
  const { metric, positive } = set;
  const actual = set.rows.slice(first).map((row) => (positive === undefined ? Number(row[set.at]) : row[set.at] === positive ? 1 : 0));
  const scores = positive === undefined ? ['rmse', 'mae'] : ['roc_auc', 'log_loss', 'accuracy'];
  const gains = Object.fromEntries(scores.map((name) => [name, pairedGain(name, actual, said.champion, said.frozen)]));
  const size = Math.round(actual.length / 30);
  const [champion, frozen, live] = [said.champion, said.frozen, online].map((p) => p && byWindow(metric, actual, p, size));
  const windows = champion.map(({ from, to, score }, w) => ({
    from,
    to,
    champion: score,
    frozen: frozen[w].score,
    ...(live && { online: live[w].score }),
  }));
  const rowOf = (at) => Math.round((set.rows.length * (at - timeOf(0))) / (timeOf(set.rows.length) - timeOf(0)));
  const marks = [
    ...said.jobs
      .filter((j) => j.outcome !== 'promoted' && j.outcome !== 'too-few-labels')
      .map((j) => ({ kind: 'retraining', row: rowOf(j.at), version: j.version })),
    ...said.events
      .filter((e) => e.action === 'promotion' && e.version > 1)
      .map((e) => ({ kind: 'promotion', row: rowOf(e.at), version: e.version })),
    ...said.events.filter((e) => e.action === 'canary.rollback').map((e) => ({ kind: 'rollback', row: rowOf(e.at), version: e.version })),
  ];
  const better = windows.filter((w) => (metric === 'roc_auc' ? w.champion > w.frozen : w.champion < w.frozen)).length;
  return {
    name: set.name,
    metric,
    days: [set.from, set.to],
    rows: { of: set.total, all: set.rows.length, first, replayed: actual.length },
    gains,
    ...(online && { online: Object.fromEntries(scores.map((name) => [name, scoreOf(name, actual, online)])) }),
    windows,
    better,
    marks,
    jobs: said.jobs,
    events: said.events.map(({ detail: _, ...event }) => event),
    alerts: said.alerts.length,
  };
}

const counted = (list, of) => list.filter(of).length;

function report(results) {
  if (results.length === 0) return '# Decay\n\nNothing was run yet.\n';
  const rows = results.map(({ name, rows: n, gains, online, windows, better, jobs, events, about }) => {
    const [main, other, third] = Object.keys(gains);
    return [
      name,
      `${n.first} + ${n.replayed}`,
      main,
      gains[main].second,
      gains[main].first,
      gained(gains[main]),
      gained(within(windows, main)),
      `${better} of ${windows.length}`,
      gained(gains[other]),
      third && gained(gains[third]),
      online?.[main],
      `${counted(jobs, (j) => j.outcome !== undefined && j.outcome !== 'too-few-labels')} / ${counted(events, (e) => e.action === 'promotion' && e.version > 1)} / ${counted(events, (e) => e.action === 'canary.rollback')}`,
      about.when.slice(0, 16),
    ];
  });
  return `${[
    '# Decay',
    'Champion with retraining beside the same champion frozen, on rows in the order of time, each asked over HTTP before its answer was told (`npm run bench -- decay`; charts: decay.html). Gains above zero are for retraining, bold when the whole interval is. The AUC of all rows also holds rows of different times, and answers of different versions, against each other; within windows it does not.',
    markdownTable(
      [
        'set',
        'learned + replayed',
        'metric',
        'frozen',
        'retrained',
        'gain on all rows (95 %)',
        'gain within windows (95 %)',
        'windows won',
        'gain in log loss or MAE (95 %)',
        'gain in accuracy (95 %)',
        'online',
        'retrained / promoted / rolled back',
        'run',
      ],
      rows,
    ),
    circumstancesLine(results.map(({ about }) => about).sort((a, b) => b.loadBefore - a.loadBefore)[0]),
  ].join('\n\n')}\n`;
}

const gained = ({ gain, low, high }) => {
  const text = `${signed(gain)} (${signed(low)} to ${signed(high)})`;
  return low > 0 ? `**${text}**` : text;
};

/** The mean over windows of what is gained in each, by the spread of the windows. */
function within(windows, metric) {
  const sign = SCORES[metric].greater ? 1 : -1;
  const gains = windows.map((w) => sign * (w.champion - w.frozen)).filter(Number.isFinite);
  const gain = gains.reduce((sum, g) => sum + g, 0) / gains.length;
  const error = Math.sqrt(gains.reduce((sum, g) => sum + (g - gain) ** 2, 0) / (gains.length - 1) / gains.length);
  return { gain, low: gain - 1.96 * error, high: gain + 1.96 * error };
}

const signed = (x) => (Number.isFinite(x) ? `${x > 0 ? '+' : ''}${Number(x.toPrecision(3))}` : '–');
