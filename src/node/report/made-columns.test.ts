import { expect, it } from 'vitest';
import { sampleContext, sampleRun } from '../../../test/report/sample-run.js';
import { renderReport } from './report.js';

it('says in plain words what was made of the columns, and escapes their names', async () => {
  const result = sampleRun({ kind: 'binary' });
  const features = [
    { kind: 'ratio' as const, columns: ['<b>price</b>', 'area'] as [string, string] },
    { kind: 'group-mean' as const, column: 'price', by: 'town' },
    { kind: 'group-difference' as const, column: 'price', by: 'town' },
    { kind: 'cross' as const, columns: ['town', 'kind'] as [string, string] },
  ];
  const preparation = { features, drop: ['junk'], reason: 'Better on 3 of 3 folds.' };
  const page = await renderReport({ ...result, plan: { ...result.plan, preparation } }, sampleContext);
  const text = page.replace(/<(?!b>)[^>]*>/g, '');
  for (const words of [
    'price&lt;/b&gt; divided by area',
    'mean of price among rows with the same town',
    'price less its mean among rows with the same town',
    'town and kind as one category',
    'junk was left out',
    'Better on 3 of 3 folds.',
  ])
    expect(text).toContain(words);
  expect(await renderReport(result, sampleContext)).not.toContain('Columns made of others');
});
