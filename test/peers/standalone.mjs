// node test/peers/standalone.mjs FOLDER NAME…: standalone files against `millwright predict` on real tables. FOLDER/NAME holds train.csv, test.csv and
// meta.json with the target. Trains a small model of each, scores the rows that it never saw both ways, and ends with 1 where they differ by more than 1e-12.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { csvCells } from '../../dist/node/serve/csv-body.js';

const [tables, ...names] = process.argv.slice(2);
if (!tables || names.length === 0) throw new Error('usage: node test/peers/standalone.mjs FOLDER NAME…');
const command = fileURLToPath(new URL('../../bin/millwright.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'millwright-standalone-'));
const millwright = (...args) => execFileSync(process.execPath, [command, ...args], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });

/** Rows of a CSV file, as objects of texts. */
function rowsOf(path) {
  const [header, ...rows] = csvCells(readFileSync(path, 'utf8'));
  return rows.map((cells) => Object.fromEntries(header.map((name, c) => [name, cells[c]])));
}

let wrong = 0;
try {
  for (const name of names) {
    const at = (file) => join(tables, name, file);
    const { target } = JSON.parse(readFileSync(at('meta.json'), 'utf8'));
    millwright('run', at('train.csv'), '--target', target, '--max-rows', '20000', '--budget', '5s', '--out', name, '--quiet');
    millwright('predict', name, at('test.csv'), '-o', `${name}.csv`);
    millwright('package', name, '--to', 'js', '-o', `${name}.mjs`);
    const { predictRows, schema } = await import(pathToFileURL(join(folder, `${name}.mjs`)).href);
    const rows = rowsOf(at('test.csv'));
    const expected = rowsOf(join(folder, `${name}.csv`));
    if (expected.length !== rows.length) throw new Error(`${name}: ${rows.length} rows, ${expected.length} predictions`);
    let largest = 0;
    let labels = 0;
    predictRows(rows).forEach(({ prediction, probabilities }, i) => {
      const [first, ...rest] = Object.values(expected[i]);
      const differences = probabilities
        ? schema.classes.map((c, k) => Math.abs(probabilities[c] - Number(rest[k])))
        : [Math.abs(prediction - Number(first)) / Math.max(1, Math.abs(prediction))];
      largest = Math.max(largest, ...differences);
      if (probabilities && prediction !== first) labels++;
    });
    const text = readFileSync(join(folder, `${name}.mjs`), 'utf8');
    const code = text.replace(/"[A-Za-z0-9+/=]*"\),\d+\)\);\n$/, '');
    const fine = largest <= 1e-12 && labels === 0; // false for NaN too
    if (!fine) wrong++;
    console.log(
      `${fine ? 'ok   ' : 'WRONG'} ${name}: ${rows.length} rows, largest difference ${largest}, other classes ${labels}; ` +
        `${text.length} bytes, code ${code.length} (${gzipSync(code).length} packed), bundle ${readFileSync(join(folder, name, 'model.mill')).length}`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${names.length - wrong} of ${names.length} agree`);
process.exit(wrong > 0 ? 1 : 0);
