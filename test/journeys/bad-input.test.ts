import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeZip } from '../../src/model/zip-write.js';
import { jsonLines, millwright, smallRun, start, within, workFolder, writeShop } from './cli.js';

const folder = workFolder();
const at = (...path: string[]) => join(folder, ...path);

function table(name: string, header: string, rows: number, row: (i: number) => string): void {
  writeFileSync(at(name), `${header}\n${Array.from({ length: rows }, (_, i) => row(i)).join('\n')}\n`);
}

beforeAll(async () => {
  writeShop(at('shop.csv'));
  writeFileSync(at('empty.csv'), '');
  writeFileSync(at('header.csv'), 'a,b,y\n');
  writeFileSync(at('binary.csv'), Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 73) % 256)));
  mkdirSync(at('folder'));
  writeFileSync(at('ragged.csv'), `a,b,y\n${'1,2,yes\n'.repeat(50)}1,2,3,4,5\n${'2,1,no\n'.repeat(50)}`);
  table('twins.csv', 'a,b,a,y', 100, (i) => `${i},${i % 3},${i % 5},${i % 2}`);
  table('constant.csv', 'a,y', 100, (i) => `${i % 10},same`);
  table('unanswered.csv', 'a,y', 100, (i) => `${i % 10},`);
  table('named.csv', 'a,y', 100, (i) => `${i % 10},user-${i * 7919}x`);
  table('single.csv', 'a,y', 100, (i) => `${i % 10},${i === 50 ? 'rare' : i % 2 ? 'p' : 'q'}`);
  table('few.csv', 'a,y', 4, (i) => `${i},${i % 2}`);
  table('hollow.csv', 'a,b,y', 100, (i) => `,NA,${i % 2 ? 'p' : 'q'}`);
  writeFileSync(at('broken.yaml'), 'version: 1\ntarget: [');
  writeFileSync(at('wrong.json'), '{"version":1,"target":5}');
});

const bad: [what: string, args: string[], code: string, status: number, says?: RegExp][] = [
  ['a path that is not there', ['nowhere.csv', '--target', 'y'], 'DATA_NOT_FOUND', 1, /nowhere\.csv/],
  ['an empty file', ['empty.csv', '--target', 'y'], 'DATA_EMPTY', 1, /empty\.csv/],
  ['a header alone', ['header.csv', '--target', 'y'], 'DATA_EMPTY', 1],
  ['a binary file', ['binary.csv', '--target', 'y'], 'DATA_BINARY', 1],
  ['a folder', ['folder', '--target', 'y'], 'DATA_UNREADABLE', 1, /folder/],
  ['ragged rows', ['ragged.csv', '--target', 'y'], 'DATA_RAGGED', 1, /line 52|52/],
  ['duplicate names', ['twins.csv', '--target', 'y'], 'DATA_DUPLICATE_COLUMNS', 1, /"a"/],
  ['a target that is not there', ['shop.csv', '--target', 'bougth'], 'TARGET_NOT_FOUND', 1, /bought/],
  ['a constant target', ['constant.csv', '--target', 'y'], 'TARGET_CONSTANT', 1],
  ['a target without answers', ['unanswered.csv', '--target', 'y'], 'TARGET_MISSING', 1],
  ['a target that names rows', ['named.csv', '--target', 'y'], 'TARGET_IS_ID', 1],
  ['a class with one row', ['single.csv', '--target', 'y'], 'TARGET_CLASS_TOO_SMALL', 1, /rare/],
  ['words where numbers are needed', ['shop.csv', '--target', 'colour', '--task', 'regression'], 'TARGET_NOT_NUMERIC', 1],
  ['fewer rows than folds', ['few.csv', '--target', 'y'], 'TOO_FEW_ROWS', 1],
  ['nothing but missing columns', ['hollow.csv', '--target', 'y'], 'NO_FEATURES', 1],
  ['a dropped column that is not there', ['shop.csv', '--target', 'bought', '--drop', 'pricee'], 'COLUMN_NOT_FOUND', 1, /price/],
  ['a query that fails', ['shop.csv', '--target', 'y', '--sql', 'selec 1'], 'SQL_FAILED', 1],
  ['a budget of 0', ['shop.csv', '--target', 'bought', '--budget', '0'], 'OPTION_INVALID', 2],
  ['a negative budget', ['shop.csv', '--target', 'bought', '--budget=-5s'], 'OPTION_INVALID', 2],
  ['a budget that is over before the training begins', ['shop.csv', '--target', 'bought', '--budget', '20ms'], 'BUDGET_TOO_SMALL', 1],
  ['a budget in no unit', ['shop.csv', '--target', 'bought', '--budget', 'soon'], 'OPTION_INVALID', 2],
  ['a task that is none', ['shop.csv', '--target', 'bought', '--task', 'ranking'], 'OPTION_INVALID', 2],
  ['a metric that is none', ['shop.csv', '--target', 'bought', '--metric', 'goodness'], 'OPTION_INVALID', 2],
  ['a metric of another task', ['shop.csv', '--target', 'bought', '--metric', 'rmse'], 'OPTION_INVALID', 2],
  ['a seed that is none', ['shop.csv', '--target', 'bought', '--seed', '1.5'], 'OPTION_INVALID', 2],
  ['no threads', ['shop.csv', '--target', 'bought', '--threads', '0'], 'OPTION_INVALID', 2],
  ['a holdout of everything', ['shop.csv', '--target', 'bought', '--holdout', '1'], 'OPTION_INVALID', 2],
  ['a type that is none', ['shop.csv', '--target', 'bought', '--type', 'stock=integer'], 'OPTION_INVALID', 2],
  ['no target', ['shop.csv'], 'USAGE', 2, /--target/],
  ['no data', ['--target', 'y'], 'USAGE', 2],
  ['an option that is none', ['shop.csv', '--taget', 'y'], 'USAGE', 2, /--target/],
  ['a plan that is not there', ['shop.csv', '--plan', 'nowhere.yaml'], 'PLAN_INVALID', 2],
  ['a plan that does not parse', ['shop.csv', '--plan', 'broken.yaml'], 'PLAN_INVALID', 2],
  ['a plan with a wrong place', ['shop.csv', '--plan', 'wrong.json'], 'PLAN_INVALID', 2],
];

describe('run', () => {
  test.each(bad)('%s', async (_, args, code, status, says) => {
    const ended = await millwright(folder, 'run', ...args, '--out', 'never');
    expect(ended.stderr).toContain(`error [${code}]`);
    expect(ended.status).toBe(status);
    if (says) expect(ended.stderr).toMatch(says);
    expect(ended.stdout).toBe('');
    expect(existsSync(at('never'))).toBe(false);
  });

  test('with --json the error is an object on standard output', async () => {
    const ended = await millwright(folder, 'run', 'shop.csv', '--target', 'bougth', '--json');
    expect(jsonLines(ended.stdout).at(-1)).toMatchObject({
      type: 'error',
      code: 'TARGET_NOT_FOUND',
      hint: expect.stringContaining('bought'),
    });
    expect(ended.stderr).toBe('');
    expect(ended.status).toBe(1);
    expect(existsSync(at('millwright'))).toBe(false);
  });

  test('an unknown command names the nearest', async () => {
    const ended = await millwright(folder, 'rum', 'shop.csv');
    expect(ended.stderr).toMatch(/error \[USAGE\].*rum[\s\S]*run/);
    expect(ended.status).toBe(2);
  });
});

describe('odd data that is read all the same', () => {
  const encoded = (text: string, encoding: 'utf16le' | 'latin1') =>
    encoding === 'utf16le' ? Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, encoding)]) : Buffer.from(text, encoding);

  test.each(['utf16le', 'latin1'] as const)('%s', async (encoding) => {
    const rows = Array.from({ length: 120 }, (_, i) => `${i % 10},${i % 3 ? 'Zürich' : 'Genève'},${i % 10 > 4 ? 'où' : 'né'}`);
    writeFileSync(at(`${encoding}.csv`), encoded(`größe,ville,réponse\n${rows.join('\n')}\n`, encoding));
    const ended = await within(2, folder, 'run', `${encoding}.csv`, '--target', 'réponse', '--out', encoding, '--json');
    expect(jsonLines(ended.stdout).at(-1)).toMatchObject({ type: 'result', classes: expect.arrayContaining(['né', 'où']) });
  });

  test('hostile names and cells: __proto__, HTML, formulas, huge numbers, infinities, impossible dates', async () => {
    const header = '__proto__,constructor,<script>alert(1)</script>,"=cmd|x",big,when,toString';
    table('hostile.csv', header, 200, (i) => {
      const when = i % 50 === 0 ? '99999-99-99' : `2024-01-${String((i % 28) + 1).padStart(2, '0')}`;
      const big = i % 40 === 0 ? 'inf' : i % 41 === 0 ? '9007199254740993' : String(i * 3);
      return `${i % 7},${i % 5},"<img src=x onerror=alert(2)>${i % 3}",=1+${i % 4},${big},${when},${i % 7 > 3 ? '=yes' : '<b>no</b>'}`;
    });
    const ended = await within(3, folder, 'run', 'hostile.csv', '--target', 'toString', '--out', 'hostile');
    expect(ended.stderr).not.toContain('error [');
    expect(ended.status).toBe(0);
    const page = readFileSync(at('hostile', 'report.html'), 'utf8');
    expect(page).not.toMatch(/<script|<img src=x|<b>no<\/b>/);
    const predictions = readFileSync(at('hostile', 'predictions.csv'), 'utf8');
    expect(predictions).toContain("'=yes");
    expect(predictions).not.toMatch(/(^|,)=/m);
    expect((await millwright(folder, 'predict', 'hostile', 'hostile.csv', '-o', 'hostile-out.csv', '--keep', 'all')).status).toBe(0);
  });

  test('a column of only missing is left out', async () => {
    table('gap.csv', 'a,gone,y', 100, (i) => `${i % 10},,${i % 10 > 4 ? 'p' : 'q'}`);
    const ended = await within(2, folder, 'run', 'gap.csv', '--target', 'y', '--out', 'gap', '--json');
    expect(jsonLines(ended.stdout).at(-1)).toMatchObject({ type: 'result', columns: { ignored: 1 } });
  });

  test('10,000 columns', async () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `c${i}`);
    table(
      'wide.csv',
      [...names, 'y'].join(','),
      60,
      (i) => `${names.map((_, k) => (i * (k + 1)) % 17).join(',')},${i % 17 > 8 ? 'p' : 'q'}`,
    );
    const ended = await within(8, folder, 'run', 'wide.csv', '--target', 'y', '--out', 'wide');
    expect(ended.stderr).not.toContain('error [');
    expect(ended.status).toBe(0);
  });

  /** A table of 101 rows in which one cell is as long as that. */
  function enormous(name: string, megabytes: number): void {
    const piece = Buffer.alloc(2 ** 20, 'x');
    writeFileSync(at(name), `a,y\n${'1,p\n2,q\n'.repeat(50)}"`);
    for (let i = 0; i < megabytes; i++) appendFileSync(at(name), piece);
    appendFileSync(at(name), '",p\n');
  }

  test('one cell of 32 MB is read', async () => {
    enormous('long.csv', 32);
    const ended = await within(4, folder, 'run', 'long.csv', '--target', 'y', '--out', 'long', '--json');
    rmSync(at('long.csv'));
    expect(ended.status).toBe(0);
    expect(jsonLines(ended.stdout).at(-1)).toMatchObject({ type: 'result', rows: { total: 101 } });
  });

  test('one cell of more than 256 MB is refused, and nothing is left', async () => {
    enormous('endless.csv', 257);
    const ended = await millwright(folder, 'run', 'endless.csv', '--target', 'y', '--out', 'endless');
    rmSync(at('endless.csv'));
    expect(ended.stderr).toMatch(/error \[DATA_TOO_LARGE\].*endless\.csv, from line 102/);
    expect(ended.status).toBe(1);
    expect(existsSync(at('endless'))).toBe(false);
  });
});

describe('bundles', () => {
  beforeAll(async () => {
    await smallRun(folder, 'good', ['shop.csv', '--target', 'bought']);
    const good = readFileSync(at('good', 'model.mill'));
    writeFileSync(at('cut.mill'), good);
    truncateSync(at('cut.mill'), good.length - 200);
    const bent = Buffer.from(good);
    bent[Math.floor(bent.length / 2)] = (bent[Math.floor(bent.length / 2)] as number) ^ 0xff;
    writeFileSync(at('bent.mill'), bent);
    writeFileSync(at('empty.mill'), '');
    const manifest = { format: 'millwright', version: 99, entries: 'in a way of the future' };
    writeFileSync(at('newer.mill'), writeZip([['manifest.json', Buffer.from(JSON.stringify(manifest))]]));
  });

  test.each([
    ['there is none', 'none.mill', /BUNDLE_UNREADABLE/],
    ['it is empty', 'empty.mill', /BUNDLE_UNREADABLE/],
    ['it is something else', 'shop.csv', /BUNDLE_UNREADABLE/],
    ['it was cut off', 'cut.mill', /BUNDLE_(UNREADABLE|TAMPERED)/],
    ['a later version wrote it', 'newer.mill', /BUNDLE_TOO_NEW[\s\S]*Install a newer Millwright/],
    ['it was changed', 'bent.mill', /BUNDLE_(TAMPERED|UNREADABLE)/],
  ])('%s', async (_, bundle, code) => {
    for (const args of [
      ['show', bundle],
      ['predict', bundle, 'shop.csv', '-o', 'never.csv'],
    ]) {
      const ended = await millwright(folder, ...args);
      expect(ended.stderr).toMatch(code);
      expect(ended.stderr).toContain(bundle);
      expect(ended.status).toBe(1);
      expect(existsSync(at('never.csv'))).toBe(false);
    }
  });

  test.skipIf(!existsSync('/dev/full'))('a full disk is named', async () => {
    const ended = await millwright(folder, 'predict', 'good/model.mill', 'shop.csv', '-o', '/dev/full');
    expect(ended.stderr).toMatch(/error \[OUTPUT_FAILED\].*\/dev\/full.*no space/);
    expect(ended.status).toBe(1);
  });

  test('a place that cannot be written to is named before anything is read', async () => {
    const ended = await millwright(folder, 'run', 'shop.csv', '--target', 'bought', '--out', 'shop.csv/out');
    expect(ended.stderr).toMatch(/error \[OUTPUT_FAILED\].*shop\.csv\/out/);
    expect(ended.status).toBe(1);
    const file = await millwright(folder, 'run', 'shop.csv', '--target', 'bought', '--out', 'shop.csv');
    expect(file.stderr).toContain('error [OUTPUT_EXISTS]');
  });

  test.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)(
    'a disk that fills up in the middle leaves nothing that looks like a result',
    async (context) => {
      mkdirSync(at('tiny'));
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', at('tiny')], { stdio: 'ignore' });
      } catch {
        context.skip('no right to mount a small disk here');
      }
      try {
        const ended = await within(3, folder, 'run', 'shop.csv', '--target', 'bought', '--out', 'tiny/out');
        expect(ended.stderr).toMatch(/error \[OUTPUT_FAILED\].*tiny\/out\/.*no space/);
        expect(ended.status).toBe(1);
        // finished fits may stay, for `--resume`
        const left = existsSync(at('tiny/out')) ? readdirSync(at('tiny/out')) : [];
        expect(left.filter((name) => name !== '.unfinished')).toEqual([]);
      } finally {
        execFileSync('umount', [at('tiny')]);
      }
    },
  );

  test.each([
    ['stdout', ['plan', '--help']],
    ['stdout', ['predict', 'good/model.mill', 'shop.csv']],
    ['stdout', ['show', 'good/model.mill', '--json']],
    ['stderr', ['nonsense']],
    ['stderr', ['serve', 'good/model.mill', '--port', '0', '--workers', '2']],
  ] as const)('a reader of %s that goes away ends %j without a word', async (stream, args) => {
    const running = start(folder, args);
    running.child[stream]?.destroy();
    const { status, stdout, stderr } = await running.ended;
    expect([status, stdout + stderr]).toEqual([141, '']);
  });
});
