import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { PerformanceReport } from '../../src/engine/monitor/performance/performance-report.js';
import { jsonLines, millwright, smallRun, start, workFolder } from './cli.js';

const folder = workFolder();
const at = (...path: string[]) => join(folder, ...path);

/** Orders: the price goes with the weight; late or not. `from`: the row from which on weights are in pounds. */
function writeOrders(name: string, rows: number, seed: number, from = rows): void {
  let state = seed;
  const draw = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
  const lines = ['weight,price,city,late'];
  for (let i = 0; i < rows; i++) {
    const weight = 5 + draw() * 10 + draw() * 10;
    const price = 3 * weight + 20 * draw();
    const city = ['Oslo', 'Bergen', 'Bodø'][Math.floor(draw() * 3)] as string;
    const late = draw() < 1 / (1 + Math.exp(10 - 0.6 * weight)) ? 'yes' : 'no';
    lines.push(`${(weight * (i >= from ? 2.2046 : 1)).toFixed(2)},${price.toFixed(2)},${city},${late}`);
  }
  writeFileSync(at(name), `${lines.join('\n')}\n`);
}

beforeAll(async () => {
  writeOrders('train.csv', 3000, 1);
  writeOrders('same.csv', 3000, 2);
  writeOrders('pounds.csv', 3000, 3, 1500);
  await smallRun(folder, 'out', ['train.csv', '--target', 'late']);
});

test('rows like those of training are healthy', async () => {
  const ended = await millwright(folder, 'monitor', 'out', 'same.csv', '--fail-on', 'alert');
  expect(ended.stderr).toBe('');
  expect(ended.stdout).toContain('healthy: 3,000 rows in 6 windows, beside the training rows');
  expect(ended.status).toBe(0);
});

test('a change of unit is told with its column, its beginning and its likely cause', async () => {
  const ended = await millwright(folder, 'monitor', 'out/model.mill', 'pounds.csv', '--json', '--fail-on', 'danger');
  expect(ended.status).toBe(3);
  const result = JSON.parse(ended.stdout) as { health: string; alerts: { columns: string[]; since: { row: number }; cause: string }[] };
  expect(result.health).toBe('danger');
  expect(result.alerts[0]?.columns).toEqual(['weight']);
  expect(result.alerts[0]?.cause).toContain('pounds and kilograms');
  expect(Math.abs((result.alerts[0]?.since.row ?? 0) - 1500)).toBeLessThan(30);
});

/** The pounds without their answers, those apart with some given twice, and rows that name them. */
function writeLateLabels(): void {
  const [head = '', ...lines] = readFileSync(at('pounds.csv'), 'utf8').trim().split('\n');
  writeFileSync(
    at('asked.csv'),
    [`id,${head.replace(',late', '')}`, ...lines.map((l, i) => `r${i},${l.slice(0, l.lastIndexOf(','))}`)].join('\n'),
  );
  const answer = (i: number) => (lines[i] as string).slice((lines[i] as string).lastIndexOf(',') + 1);
  const known = [...lines.keys()].filter((i) => i % 3 > 0);
  // answers that are corrected later
  const wrong = known.slice(0, 300).map((i) => `r${i},${answer(i) === 'yes' ? 'no' : 'yes'}`);
  writeFileSync(at('answers.csv'), ['id,late', ...wrong, ...known.map((i) => `r${i},${answer(i)}`), 'nobody,yes'].join('\n'));
}

test('scores are estimated without labels, and told beside the real ones as labels come', async () => {
  writeLateLabels();
  interface Score {
    metric: string;
    estimated?: { value: number; low: number; high: number };
    real?: { value: number };
  }
  interface Summary {
    performance: {
      metric: string;
      windows: { rows: number; answered: number; scores: Score[] }[];
      groups: { values: string }[];
      unmatched: number;
    };
    alerts: { kind: string; what: string; columns: string[] }[];
  }
  const read = (text: string): Summary => JSON.parse(text) as Summary;
  const without = read((await millwright(folder, 'monitor', 'out', 'asked.csv', '--json')).stdout).performance;
  expect(without.windows.map((w) => [w.rows, w.answered])).toEqual(Array(6).fill([500, 0]));
  expect(without.windows.every((w) => w.scores[0]?.estimated && !w.scores[0].real)).toBe(true);
  const ended = await millwright(folder, 'monitor', 'out', 'asked.csv', '--labels', 'answers.csv', '--key', 'id', '--by', 'city', '--json');
  const { performance, alerts } = read(ended.stdout);
  expect(performance.metric).toBe('roc_auc');
  for (const w of performance.windows) expect(w.answered).toBeGreaterThan(300);
  // corrected answers count: before the change of unit the estimate is right
  for (const { scores } of performance.windows.slice(0, 3)) {
    const { estimated, real } = scores.find((s) => s.metric === 'accuracy') as Required<Score>;
    expect(Math.abs(estimated.value - real.value)).toBeLessThan(0.08);
  }
  const loss = (w: number) => performance.windows[w]?.scores.find((s) => s.metric === 'log_loss')?.real?.value ?? Number.NaN;
  expect(loss(4)).toBeGreaterThan(1.5 * loss(1));
  expect(performance.groups.map((g) => g.values).sort()).toEqual(['Bergen', 'Bodø', 'Oslo']);
  expect(alerts.some((a) => a.columns.includes('weight'))).toBe(true);
  const text = await millwright(folder, 'monitor', 'out', 'asked.csv', '--labels', 'answers.csv', '--key', 'id');
  expect(text.stdout).toMatch(/roc_auc \(0\.\d+ on the training rows\), by window/);
  const refused = await millwright(folder, 'monitor', 'out', 'asked.csv', '--labels', 'answers.csv', '--key', 'nr');
  expect([refused.status, refused.stderr.includes('has no column "nr"')]).toEqual([1, true]);
  expect((await millwright(folder, 'monitor', 'out', 'asked.csv', '--labels', 'answers.csv')).status).toBe(2);
});

test('alerts of a run’s folder are put in the project', async () => {
  expect((await millwright(folder, 'init')).status).toBe(0);
  const ended = await millwright(folder, 'monitor', 'out', 'pounds.csv', '--store');
  expect([ended.stderr, ended.status]).toEqual(['', 0]);
  const { alerts } = JSON.parse((await millwright(folder, 'alerts', '--json')).stdout) as { alerts: { model: string; kind: string }[] };
  expect(alerts.length).toBeGreaterThan(0);
  expect(alerts[0]?.model).toBe('out');
});

test('another reference, and expectations that are written, edited and checked', async () => {
  const same = await millwright(
    folder,
    'monitor',
    'out',
    'pounds.csv',
    '--reference',
    'pounds.csv',
    '--window',
    '3000',
    '--write-expectations',
    'rows.yaml',
  );
  expect(same.stdout).toContain('healthy');
  const written = readFileSync(at('rows.yaml'), 'utf8');
  expect(written).toContain('column: weight');
  writeFileSync(at('edited.yaml'), written.replace(/\n *- Oslo(?=\n)/, ''));
  const ended = await millwright(folder, 'monitor', 'out', 'same.csv', '--expectations', 'edited.yaml', '--fail-on', 'alert');
  expect(ended.status).toBe(3);
  expect(ended.stdout).toContain('cells of "city" are none of the values expected');
});

test('what cannot be done is said', async () => {
  const window = await millwright(folder, 'monitor', 'out', 'same.csv', '--window', '3 parsecs');
  expect(window.status).toBe(2);
  expect(window.stderr).toContain('OPTION_INVALID');
  const times = await millwright(folder, 'monitor', 'out', 'same.csv', '--window', '1d');
  expect(times.stderr).toContain('needs times');
  const time = await millwright(folder, 'monitor', 'out', 'same.csv', '--time', 'wieght');
  expect(time.stderr).toContain('Did you mean "weight"?');
  writeFileSync(at('wrong.yaml'), 'columns:\n  - column: weight\n    missing: 7\n');
  const rules = await millwright(folder, 'monitor', 'out', 'same.csv', '--expectations', 'wrong.yaml');
  expect(rules.status).toBe(2);
  expect(rules.stderr).toContain('columns.0.missing');
});

test('alerts go to the project once, with what is at stake, and a page shows them', async () => {
  const as = (...args: string[]) => start(folder, args, { env: { MILLWRIGHT_STORE: '' } }).ended;
  expect((await as('register', 'out', '--name', 'late')).status).toBe(0);
  const watch = () => as('monitor', 'out', 'pounds.csv', '--store', '--value', '12 EUR', '--html', 'page.html', '--json');
  const found = JSON.parse((await watch()).stdout) as { alerts: { cost?: { value: number; unit: string } }[] };
  expect(found.alerts[0]?.cost).toMatchObject({ unit: 'EUR' });
  const listed = async () =>
    (
      JSON.parse((await as('alerts', '--all', '--json')).stdout) as {
        alerts: { model: string; version: string; detail: { columns: string[] } }[];
      }
    ).alerts.filter((a) => a.model === 'late');
  const alerts = await listed();
  expect(alerts).toHaveLength(found.alerts.length);
  expect(alerts.find((a) => a.detail.columns[0] === 'weight')).toMatchObject({ model: 'late', version: '1' });
  await watch();
  expect(await listed()).toHaveLength(alerts.length);
  const page = readFileSync(at('page.html'), 'utf8');
  expect(page).toContain('“weight”');
  expect(page).toContain('EUR');
  expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
  const over = await as('monitor', 'out', 'pounds.csv', '--html', 'pounds.csv');
  expect(over.status).toBeGreaterThan(0);
  expect((await as('monitor', 'out', 'pounds.csv', '--value', 'much')).status).toBe(2);
});

test('a stream with answers that come later: scores and alerts go to the project, once, over commands', async () => {
  const [head = '', ...lines] = readFileSync(at('pounds.csv'), 'utf8').trim().split('\n');
  const rows = lines.map((line, i): Record<string, string> => {
    const cells = line.split(',');
    return { id: `r${i}`, ...Object.fromEntries(head.split(',').map((name, c) => [name, cells[c] ?? ''])) };
  });
  const asked = (from: number, to: number) => rows.slice(from, to).map(({ late: _, ...row }) => row);
  /** What came of rows; later the opposite of what it was. */
  const answers = (from: number, to: number) =>
    rows.slice(from, to).map(({ id, late }, i) => ({ id, late: from + i < 1500 ? late : late === 'yes' ? 'no' : 'yes' }));
  const env = { MILLWRIGHT_STORE: '' };
  const watch = async (messages: readonly object[]) => {
    const args = [
      '--stream',
      '--key',
      'id',
      '--by',
      'city',
      '--state',
      'state.json',
      '--store',
      '--value',
      '3 EUR',
      '--html',
      'stream.html',
    ];
    const input = messages.map((m) => `${JSON.stringify(m)}\n`).join('');
    const { stdout, stderr } = await start(folder, ['monitor', 'out', ...args, '--json'], { input, env }).ended;
    expect(stderr).toBe('');
    return jsonLines(stdout) as {
      type: string;
      kind?: string;
      cost?: object;
      messages?: number;
      faults?: number;
      performance?: PerformanceReport;
    }[];
  };
  const listed = async () =>
    (
      JSON.parse((await start(folder, ['alerts', '--all', '--json'], { env }).ended).stdout) as {
        alerts: { model: string; origin: string; kind: string; state: string }[];
      }
    ).alerts.filter((a) => a.origin.startsWith('stream/standard input/'));
  const first = await watch([...asked(0, 1000), ...answers(0, 700)]);
  expect(first.at(-1)).toMatchObject({ messages: 1700, faults: 0 });
  const windows = (lines: typeof first) => lines.at(-1)?.performance?.windows ?? [];
  expect(windows(first).map((w) => [w.rows, w.answered])).toEqual([
    [500, 500],
    [500, 200],
  ]);
  // answers of rows that the first command saw come in the second
  const second = await watch([...answers(700, 1000), ...asked(1000, 3000), ...answers(1000, 3000), { id: 'nobody', late: 'yes' }]);
  const { performance } = second.at(-1) as (typeof second)[0];
  expect(performance?.windows.map((w) => w.answered)).toEqual(Array(6).fill(500));
  expect(performance?.unmatched).toBe(1);
  expect(performance?.groups.length).toBeGreaterThan(0);
  expect(performance?.windows.every(({ scores: [s] }) => s?.real && s.estimated)).toBe(true);
  const raised = second.filter((l) => l.type === 'alert');
  expect(raised.map((l) => l.kind)).toEqual(expect.arrayContaining(['drift', 'performance']));
  expect(raised.find((l) => l.kind === 'performance')).toMatchObject({ cost: { unit: 'EUR' } });
  const alerts = await listed();
  expect(alerts.map((a) => `${a.model} ${a.kind}`)).toEqual(expect.arrayContaining(['late drift', 'late performance']));
  await watch([]);
  expect(await listed()).toHaveLength(alerts.length);
  expect(readFileSync(at('stream.html'), 'utf8')).toContain('Scores by window');
});
