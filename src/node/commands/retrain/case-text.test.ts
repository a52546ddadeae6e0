import { expect, it } from 'vitest';
import { type CaseFacts, caseHtml, caseMarkdown } from './case-text.js';

const REASON = '\\[see\\](http://example.org) <img src=x onerror=1> &amp;';
const facts = {
  asked: { reason: REASON },
  champion: { version: { model: 'm', version: 1, metrics: new Map() } },
  challenger: { metrics: {} },
  gathered: { notes: [], testRows: 600, fromFeedback: 0, poolRows: 9, fresh: 5 },
  chosen: { window: { kind: 'all', rows: 9 }, windows: [], judged: 4, warm: true },
  difference: { metric: 'rmse', rows: 600, first: 1, second: 2, gain: 1, low: 0.5, high: Number.NaN },
  policy: { retrain: { promote: 'request', minimumGain: 0 } },
  bytes: { challenger: 1, champion: 2 },
} as unknown as CaseFacts;

it('is text whatever stands in a reason: no link, no markup', () => {
  const markdown = caseMarkdown(facts);
  expect(markdown).toContain('- \\\\\\[see\\\\\\](http://example.org) &#60;img src=x onerror=1&#62; &#38;amp;.');
  expect(markdown).toContain('+0.5 to not defined');
  const page = caseHtml(facts);
  expect(page).not.toContain('<img');
  expect(page).toContain('&lt;img src=x onerror=1&gt; &amp;amp;');
});
