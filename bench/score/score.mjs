// What it costs that a batch may be killed: `score` beside `predict` on the same rows, and its memory at two sizes.

import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runChild } from '../support/child.mjs';
import { circumstances, circumstancesLine } from '../support/circumstances.mjs';
import { PACKAGE } from '../support/places.mjs';

export const HELP = `score      batches into files and tables, beside predict; memory at two sizes
  --rows N          rows of the larger table (default 400000); the smaller has a quarter`;

const BIN = join(PACKAGE, 'bin', 'millwright.js');

export async function main(args) {
  const { values } = parseArgs({ args, options: { rows: { type: 'string', default: '400000' } } });
  const large = Number(values.rows);
  const folder = mkdtempSync(join(tmpdir(), 'millwright-bench-score-'));
  try {
    const call = async (...words) => {
      const { status, seconds, peak, stderr } = await runChild(process.execPath, [BIN, ...words], {
        cwd: folder,
        env: { MILLWRIGHT_STORE: '' },
      });
      if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`);
      return { seconds, peak };
    };
    const example = join(PACKAGE, 'examples', 'birdstrikes.csv');
    await call('run', example, '--target', 'Damage', '--budget', '8s', '-o', 'model', '-q');
    for (const rows of [large / 4, large]) await widen(example, join(folder, `${rows}.csv`), rows);
    const small = `${large / 4}.csv`;
    const whole = `${large}.csv`;
    const ways = {
      'predict, CSV': ['predict', 'model', whole, '-o', 'p.csv', '--keep', 'id'],
      'score, CSV': ['score', 'model', whole, '-o', 'a.csv', '--key', 'id'],
      'score, Parquet': ['score', 'model', whole, '-o', 'a.parquet', '--key', 'id'],
      'score, a query, CSV': ['score', 'model', whole, '-o', 'b.csv', '--key', 'id', '--query', 'SELECT * FROM data'],
      'score, SQLite': ['score', 'model', whole, '--to', 'sqlite:t.db', '--into', 'scores', '--key', 'id'],
      'score, CSV, a quarter of the rows': ['score', 'model', small, '-o', 'c.csv', '--key', 'id'],
    };
    console.log(`${large} rows. ${circumstancesLine(circumstances())}`);
    let least;
    for (const [name, words] of Object.entries(ways)) {
      const { seconds, peak } = await call(...words);
      least ??= seconds;
      console.log(`${seconds.toFixed(1).padStart(7)} s  ${(seconds / least).toFixed(2)} × predict  ${Math.round(peak ?? 0)} MiB  ${name}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A table of so many rows, with an id. */
async function widen(from, to, rows) {
  const [head, ...lines] = readFileSync(from, 'utf8').trimEnd().split('\n');
  const file = createWriteStream(to);
  file.write(`id,${head}\n`);
  for (let at = 0; at < rows; ) {
    let text = '';
    for (const line of lines) if (at < rows) text += `${at++},${line}\n`;
    if (!file.write(text)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}
