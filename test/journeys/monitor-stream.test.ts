import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { jsonLines, millwright, start, within, workFolder, writeShop } from './cli.js';

// Rows that are watched while they come.

const folder = workFolder();
const watch = (input: string, ...args: string[]) => start(folder, ['monitor', 'out', '--stream', '--window', '100', ...args], { input });
interface Shop {
  price: string;
  [column: string]: string;
}
let rows: Shop[];
const ndjson = (list: readonly object[]) => list.map((r) => `${JSON.stringify(r)}\n`).join('');
const dearer = (list: readonly Shop[]) => list.map((r) => ({ ...r, price: `$${Number(r.price.replace(/[$,]/g, '')) * 10}` }));

beforeAll(async () => {
  const path = writeShop(join(folder, 'shop.csv'), 1200);
  const ended = await within(6, folder, 'run', 'shop.csv', '--target', 'bought', '--out', 'out', '--quiet');
  expect(ended.stderr).toBe('');
  const [head, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
  const names = (head as string).split(',');
  rows = lines.map((line) => {
    const found: string[] = [];
    for (const m of line.matchAll(/(?:^|,)(?:"([^"]*)"|([^,]*))/g)) found.push(m[1] ?? m[2] ?? '');
    return Object.fromEntries(names.map((name, i) => [name, found[i] ?? ''])) as Shop;
  });
});

test('an alert is told the moment it is raised, while the stream goes on', async () => {
  const { child, said, ended } = start(folder, ['monitor', 'out', '--stream', '--window', '100'], {
    input: ndjson(rows.slice(0, 300)),
    open: true,
  });
  child.stdin?.write(ndjson(dearer(rows.slice(300, 500))));
  await said(/"type":"alert".*"price"/);
  child.kill('SIGINT');
  const { status, stdout, stderr } = await ended;
  expect(status).toBe(0);
  const lines = jsonLines(stdout);
  expect(lines.map((l) => l.type)).toEqual([...lines.slice(1).map(() => 'alert'), 'result']);
  expect(lines).toContainEqual(expect.objectContaining({ type: 'alert', columns: ['price'], state: 'open' }));
  expect(lines.at(-1)).toMatchObject({ rows: 500, messages: 500, faults: 0, source: 'standard input' });
  expect(stderr).toContain('500 rows in 5 windows');
});

test('rows like those of training raise none; what is no row has its line; the summary is that of files', async () => {
  const input = `${ndjson(rows.slice(0, 500))}oops\n${ndjson(rows.slice(500))}`;
  const { stdout, status } = await watch(input, '--json').ended;
  expect(status).toBe(0);
  const lines = jsonLines(stdout);
  // a model may be surer of the rows that it was trained on than it was out of fold
  expect(lines.filter((l) => l.type === 'alert' && l.kind !== 'prediction')).toEqual([]);
  const [error, result] = lines.filter((l) => l.type !== 'alert');
  expect(error).toMatchObject({ type: 'error', message: '501', error: { code: 'DATA_UNREADABLE' } });
  const file = jsonLines((await millwright(folder, 'monitor', 'out', 'shop.csv', '--window', '100', '--json')).stdout)[0];
  const { rows: seen, health, alerts, columns, windows } = file as Record<string, unknown>;
  expect(result).toMatchObject({ rows: seen, health, alerts, columns, windows, messages: 1201, faults: 1, source: 'standard input' });
});

test('alerts decide the exit status where that was asked', async () => {
  expect((await watch(ndjson(dearer(rows)), '--fail-on', 'danger').ended).status).toBe(3);
  for (const [option, value] of [
    ['--sql', 'SELECT 1'],
    ['--labels', 'a.csv'],
  ] as const)
    expect((await watch('', option, value).ended).status).toBe(2);
});

test('two commands with a state see what one sees', async () => {
  const all = [...rows.slice(0, 430), ...dearer(rows.slice(430, 900))];
  const [whole, first] = await Promise.all([
    watch(ndjson(all), '--state', 'whole.json').ended,
    watch(ndjson(all.slice(0, 470)), '--state', 'state.json').ended,
  ]);
  expect([whole.status, first.status]).toEqual([0, 0]);
  const second = await watch(ndjson(all.slice(470)), '--state', 'state.json').ended;
  // an alert that is told with several windows at once has seen them all
  const alerts = (text: string) =>
    jsonLines(text)
      .filter((l) => l.type === 'alert')
      .map((l) => l.id);
  expect(alerts(whole.stdout).length).toBeGreaterThan(0);
  // scores are looked at once a second, so that their alerts may be told sooner or later among the others
  expect([...alerts(first.stdout), ...alerts(second.stdout)].sort()).toEqual(alerts(whole.stdout).sort());
  const [a, b] = ['whole.json', 'state.json'].map((name) => readFileSync(join(folder, name), 'utf8'));
  expect(b).toBe(a);
  writeFileSync(join(folder, 'odd.json'), '{"version":1,"monitor":{}}');
  expect((await watch('', '--state', 'odd.json').ended).status).toBe(1);
});
