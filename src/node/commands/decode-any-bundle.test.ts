import { afterEach, expect, it, vi } from 'vitest';
import { exampleBundle } from '../../../test/example-bundle.js';
import { encodeBundle } from '../../model/bundle-file.js';
import { EnsembleModel } from '../../model/ensemble.js';
import { Scorer } from '../../model/scorer.js';
import { decodeAnyBundle } from './decode-any-bundle.js';

afterEach(() => vi.restoreAllMocks());

const bundle = exampleBundle();
const members = [1, 2, 3, 4].map((weight) => ({ model: bundle.model, weight }));
const ensemble = { ...bundle, model: new EnsembleModel('probability', 2, [{ recipe: [], members }]) };
const row = { age: 30, city: 'Oslo', member: true };

it('decodes the members of an ensemble in turns with other work', async () => {
  const bytes = await encodeBundle(ensemble);
  // every look at the clock is later than a turn lasts
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => {
    now += 100;
    return now;
  });
  const decode = vi.spyOn(EnsembleModel, 'decode');
  let decoded = false;
  let others = 0;
  const other = (): void => {
    others++;
    if (!decoded) setImmediate(other);
  };
  const decoding = decodeAnyBundle(bytes);
  while (decode.mock.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
  other();
  const found = await decoding;
  decoded = true;
  expect(others).toBeGreaterThanOrEqual(3);
  expect(decode.mock.calls.length).toBeGreaterThanOrEqual(5);
  expect((found.model as EnsembleModel).branches[0]?.members.map((m) => m.weight)).toEqual([1, 2, 3, 4]);
  expect(new Scorer(found).predict(row)).toEqual(new Scorer(ensemble).predict(row));
});

it('finds a damaged member', async () => {
  const { head, blobs } = ensemble.model.encode();
  let member = 0;
  const broken = JSON.stringify(head).replace(/"kind":"linear"|"kind":"trees"/g, (found) => (++member === 3 ? '"kind":"nothing"' : found));
  const model = {
    ...ensemble.model,
    kind: 'ensemble',
    inputs: [],
    predict: () => new Float64Array(0),
    encode: () => ({ head: JSON.parse(broken) as Record<string, unknown>, blobs }),
  };
  expect(member).toBe(4);
  await expect(decodeAnyBundle(await encodeBundle({ ...ensemble, model }))).rejects.toMatchObject({ code: 'BUNDLE_UNREADABLE' });
});
