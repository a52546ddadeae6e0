import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';
import { findBrowser } from '../../scripts/find-browser.mjs';
import { decodeBundle } from '../../src/model/bundle-file.js';
import { Scorer } from '../../src/model/scorer.js';
import type { Standalone } from '../../src/model/standalone.js';
import { standaloneText } from '../../src/node/package/standalone.js';
import { standaloneCode } from '../../src/node/package/standalone-code.js';
import { exampleBundle, exampleRows } from '../example-bundle.js';

// Standalone files, put together from the built parts (`npm run build`), give the very numbers of the golden files, in Node and in a browser.

const golden = new URL('../golden/bundles/', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'millwright-standalone-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Made {
  name: string;
  text: string;
  rows: Record<string, unknown>[];
  values: number[];
}

const made: Made[] = await Promise.all(
  readdirSync(golden)
    .filter((file) => file.endsWith('.mill'))
    .map(async (file) => {
      const name = file.slice(0, -'.mill'.length);
      const { rows, values } = JSON.parse(readFileSync(new URL(`${name}.json`, golden), 'utf8')) as Pick<Made, 'rows' | 'values'>;
      return { name, text: standaloneText(await decodeBundle(readFileSync(new URL(file, golden))), 'ab'), rows, values };
    }),
);

/** The file without its model. */
const codeOf = (text: string): string => text.replace(/"[A-Za-z0-9+/=]*"\),\d+\)\);\n$/, '');

function load(name: string, text: string): Promise<Standalone> {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, text);
  return import(/* @vite-ignore */ pathToFileURL(path).href) as Promise<Standalone>;
}

/** The numbers of all rows, as the golden files list them. Runs in the browser too. */
function numbers({ schema, predictRows, predict }: Standalone, rows: Made['rows']): number[] {
  const all = predictRows(rows);
  if (rows.some((row, i) => JSON.stringify(predict(row)) !== JSON.stringify(all[i]))) throw new Error('a row alone is scored differently');
  return all.flatMap(({ prediction, probabilities }) =>
    probabilities ? schema.classes.map((c) => probabilities[c] as number) : [prediction as number],
  );
}

describe('a standalone file', () => {
  it.each(made)('scores as its bundle does: $name', async ({ name, text, rows, values }) => {
    expect(numbers(await load(name, text), rows)).toEqual(values);
  });

  it('needs nothing, evaluates and compiles nothing', () => {
    for (const { text } of made) {
      const code = codeOf(text);
      expect(code.length).toBeLessThan(text.length - 100);
      expect(
        /\bimport\s*[("'{]|\brequire\b|\bprocess\b|\bBuffer\b|\bnode:|\beval\b|\bFunction\s*\(|\bWebAssembly\.(Module|Instance|compile)/.exec(
          code,
        ),
      ).toBeNull();
    }
  });

  it('holds the code that its model needs: at most 30 KB, for trees without packing', () => {
    const sizes = made.map(({ name, text }) => ({ name, bytes: codeOf(text).length, packed: gzipSync(codeOf(text)).length }));
    for (const { packed } of sizes) expect(packed).toBeLessThanOrEqual(30_000);
    const kinds = { models: new Set(['ensemble', 'trees']), steps: new Set(['select', 'category-codes', 'target-encoding']), dates: false };
    expect(standaloneCode(kinds).code.length).toBeLessThanOrEqual(30_000);
    const trees = made.find(({ name }) => name === 'v1-trees-regression')?.text as string;
    expect(trees).not.toContain('naive');
  });

  it('keeps names of columns and classes as data, and nothing else of the training table', async () => {
    const bundle = exampleBundle();
    const target = `</script><!--\u2028*/ import('x') \n`;
    const columns = bundle.schema.columns.map((c) => (c.use === 'target' ? { ...c, name: target } : c));
    const hostile = { ...bundle, schema: { columns }, task: { ...bundle.task, target } };
    const text = standaloneText(hostile, 'ab');
    expect(/<\/script|<!--|-->|\u2028/i.exec(text)).toBeNull();
    expect([...text].every((c) => c === '\n' || (c >= ' ' && c <= '~'))).toBe(true);
    const module = await load('hostile', text);
    expect(module.schema).toMatchObject({ target, task: 'binary', classes: ['no', '__proto__'], threshold: 0.4 });
    const scorer = new Scorer(bundle);
    expect(module.predictRows(exampleRows())).toEqual(scorer.predict(exampleRows()));
    expect(module.check(exampleRows())).toEqual(scorer.check(exampleRows()));
    expect(JSON.stringify(module.schema)).not.toContain('An example');
  });

  it('refuses what is no row', async () => {
    const { predict } = await load('refuses', standaloneText(exampleBundle(), 'ab'));
    expect(() => predict(3 as never)).toThrow(expect.objectContaining({ code: 'SCHEMA_MISMATCH' }));
  });
});

const executablePath = findBrowser();
const why = executablePath === undefined ? ' (skipped: no Chromium on this machine; set CHROMIUM_PATH)' : '';

describe.skipIf(executablePath === undefined)(`a standalone file in Chromium${why}`, () => {
  it('scores the same where a page forbids evaluation and WebAssembly, and in a worker', async () => {
    const files = new Map(made.map(({ name, text }) => [`/${name}.js`, text]));
    files.set(
      '/worker.js',
      `${numbers}\nonmessage = async ({ data: { name, rows } }) => postMessage(JSON.stringify(numbers(await import('/' + name + '.js'), rows)));`,
    );
    const server = createServer((request, response) => {
      const file = files.get(request.url ?? '');
      response.setHeader('content-type', file ? 'text/javascript' : 'text/html');
      response.setHeader('content-security-policy', "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'");
      response.end(file ?? '<!doctype html><title>standalone</title>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
    try {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      for (const { name, rows, values } of made) {
        const inPage = `import('/${name}.js').then((m) => JSON.stringify((${numbers})(m, JSON.parse(${JSON.stringify(JSON.stringify(rows))}))))`;
        expect(JSON.parse(await page.evaluate(inPage)), name).toEqual(values);
        const inWorker = `new Promise((resolve, reject) => {
          const worker = new Worker('/worker.js', { type: 'module' });
          worker.onmessage = (event) => { worker.terminate(); resolve(event.data); };
          worker.onerror = (event) => reject(new Error(event.message));
          worker.postMessage({ name: ${JSON.stringify(name)}, rows: JSON.parse(${JSON.stringify(JSON.stringify(rows))}) });
        })`;
        expect(JSON.parse(await page.evaluate(inWorker)), name).toEqual(values);
      }
    } finally {
      await browser.close();
      server.close();
    }
  });
});
