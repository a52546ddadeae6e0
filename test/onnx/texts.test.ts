import { expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import type { Bundle } from '../../src/model/bundle.js';
import { LinearModel } from '../../src/model/linear.js';
import { predict } from '../../src/model/predict.js';
import type { StepData } from '../../src/model/step.js';
import { TEXT_STATS } from '../../src/model/steps/text-stats.js';
import { tableFromRows } from '../../src/model/table-from-rows.js';
import { columnSchema } from '../example-bundle.js';
import { runOnnx } from './run-onnx.js';

const MISSING = -12345.75;
const TEXTS = [
  'To be, or not to be: that is the question',
  '',
  '  ',
  '?',
  'a',
  'to be',
  '\t to  be\n\u00a0',
  'TO BE TO BE',
  'İstanbul İ ÇAĞ',
  'naïve — “quoted” … don’t',
  'Straße STRASSE ẞ ǅ',
  '😀 a😀b 𝒳𝒴 12',
  '漢字かな交じり文 ２３',
  '!!! ... ???',
  'mail@example.org +47 123 45 678',
  'é e\u0301 \u00aa \u00b5 \u00ba \u00d7 \u2070 \u303f',
  'line\nline\tline\u3000line\u200bline',
  `${'word '.repeat(1200)}end`,
  'ΟΔΥΣΣΕΥΣ ΣΑΣ Σ',
  "ΑΣ' Α'Σ ΑΣ.Β Α.Σ. ΑΣ1 1Σ",
  'x'.repeat(4500),
  'Word 1! '.repeat(3000),
];
const columns = [columnSchema('note', 'text')];

async function compare(step: unknown, outputs: readonly string[], texts: readonly string[], most: number): Promise<void> {
  const table = tableFromRows(
    { columns },
    texts.map((note) => ({ note })),
  );
  for (const output of outputs) {
    const bundle: Bundle = {
      schema: { columns: [...columns, columnSchema('y', 'number', 'target')] },
      task: { kind: 'regression', target: 'y', classes: [], reason: 'A test.' },
      recipe: [step, { kind: 'impute', columns: [{ name: output, value: MISSING }] }] as StepData[],
      model: new LinearModel([output], Float64Array.of(1), Float64Array.of(0), 'identity'),
      metrics: {},
      lineage: { millwright: '0.1.0', dataHash: 'a'.repeat(64), rows: 4, seed: 7, plan: {} },
    };
    const ours = predict(bundle, table).values;
    const theirs = (await runOnnx(bundle, texts.length, () => [...texts])).values;
    expect(new Set(ours).size, output).toBeGreaterThan(1);
    texts.forEach((text, i) => {
      expect(Math.abs((theirs[i] as number) - (ours[i] as number)), `${output} of ${text.slice(0, 60)}`).toBeLessThanOrEqual(most);
    });
  }
}

it('measures texts to the last bit', async () => {
  const words = ['to', 'be', 'i', 'straße', 'stanbul', 'οδυσσευς'].map((word) => ({ word, name: `has ${word}` }));
  const stats = TEXT_STATS.map((stat) => ({ stat, name: stat }));
  const step = { kind: 'text-stats', columns: [{ name: 'note', stats, words }] };
  await compare(step, [...TEXT_STATS, 'has to', 'has be', 'has οδυσσευς'], TEXTS, 0);
}, 120_000);

it('scores texts by the same grams', async () => {
  const rng = new Rng(7);
  const bits = 8;
  const base64 = (count: number, least: number) =>
    btoa(String.fromCharCode(...Array.from({ length: count }, () => least + rng.below(256 - least))));
  const column = {
    name: 'note',
    outputs: ['s0', 's1'],
    bits,
    rarity: base64(1 << bits, 16),
    weights: base64(2 << bits, 0),
    scale: 1e-4,
    intercept: [0.3, -2],
  };
  await compare({ kind: 'text-score', columns: [column] }, ['s0', 's1'], TEXTS, 1e-12);
}, 120_000);

it('takes a text with characters that ONNX does not know for missing', async () => {
  const stats = [{ stat: 'length', name: 'length' }];
  const bundle = (text: string) => runOnnx(lengthOf(stats), 1, () => [text]);
  expect((await bundle('\u{20000}')).values).toEqual([MISSING]);
  expect((await bundle('ΣΑ')).values).toEqual([2]);
});

function lengthOf(stats: unknown): Bundle {
  return {
    schema: { columns: [...columns, columnSchema('y', 'number', 'target')] },
    task: { kind: 'regression', target: 'y', classes: [], reason: 'A test.' },
    recipe: [
      { kind: 'text-stats', columns: [{ name: 'note', stats, words: [] }] },
      { kind: 'impute', columns: [{ name: 'length', value: MISSING }] },
    ] as unknown as StepData[],
    model: new LinearModel(['length'], Float64Array.of(1), Float64Array.of(0), 'identity'),
    metrics: {},
    lineage: { millwright: '0.1.0', dataHash: 'a'.repeat(64), rows: 4, seed: 7, plan: {} },
  };
}
