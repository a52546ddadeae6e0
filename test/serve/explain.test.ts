import { expect, it } from 'vitest';
import { sigmoid } from '../../src/core/math.js';
import { exampleBundle } from '../example-bundle.js';
import { exampleServer } from './example-server.js';

const regression = {
  ...exampleBundle(),
  task: { kind: 'regression' as const, target: 'left', classes: [], reason: '' },
  metrics: {
    intervals: [
      { share: 0.9, width: 2 },
      { share: 0.5, width: 1 },
    ],
  },
};
const head = { ...(regression.model as unknown as { head: object }).head, link: 'identity' };
const { TreesModel } = await import('../../src/model/trees.js');
const model = new TreesModel(head as never, (regression.model as InstanceType<typeof TreesModel>).trees);
const { get, post } = await exampleServer({}, { price: { ...regression, model } });

it('explains rows by what each column did, strongest first; the parts sum to the prediction', async () => {
  const row = { age: 25, city: 'Oslo', note: 'one two three' };
  const { json } = await post('/v1/models/left/explain', [row, { age: 80 }]);
  expect(json).toMatchObject({ model: 'left', method: 'tree', scale: 'log-odds' });
  const [first] = json.rows;
  expect(first.of).toBe('__proto__');
  const parts = first.contributions as { column: string; value: unknown; contribution: number }[];
  expect(parts.map((p) => Math.abs(p.contribution))).toEqual(parts.map((p) => Math.abs(p.contribution)).sort((a, b) => b - a));
  expect(parts[0]).toMatchObject({ column: 'age', value: 25 });
  const { probabilities } = (await post('/v1/models/left/predict', row)).json;
  const { __proto__: _, ...rest } = probabilities as Record<string, number>;
  expect(1 - sigmoid(parts.reduce((sum, p) => sum + p.contribution, first.base))).toBeCloseTo(rest.no as number, 12);
});

it('reasons and intervals stand beside answers when they are asked for', async () => {
  const { json } = await post('/v1/models/price/predict?reasons=2&interval=0.8', { age: 25, city: 'Oslo' });
  expect(json.reasons).toHaveLength(2);
  expect(json.interval).toEqual({ share: 0.9, low: json.prediction - 2, high: json.prediction + 2 });
  expect((await post('/v1/models/price/predict?reasons=1', [{ age: 1 }])).json.predictions[0].reasons).toHaveLength(1);
  expect((await post('/v1/models/left/predict?interval=0.8', { age: 25 })).status).toBe(400);
  expect((await post('/v1/models/left/explain', new Array(201).fill({ age: 1 }))).status).toBe(413);
});

it('describes every model by its schema, and shows a page that may load nothing', async () => {
  const { json } = await get('/openapi.json');
  expect(json.openapi).toBe('3.1.0');
  const { schema } = json.paths['/v1/models/left/predict'].post.requestBody.content['application/json'];
  expect(Object.keys(schema.anyOf[0].properties)).toEqual(['age', 'city', 'seen', 'note', 'member']);
  expect(Object.keys(json.paths)).toEqual(
    expect.arrayContaining(['/v1/models', '/v1/models/price/explain', '/v2/models/left', '/metrics', '/']),
  );
  const page = await get('/');
  expect(page.headers.get('content-type')).toContain('text/html');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(page.text).not.toMatch(/https?:\/\//);
});

it('in JSON a blank is no number, and true is none either', async () => {
  for (const age of ['', '?', true]) expect((await post('/v1/models/left/predict', { age, city: 'Oslo' })).status).toBe(422);
  expect(
    (await post('/v1/models/left/predict?lenient=true', { age: '?', city: 'Oslo' })).json.warnings.map((w: { kind: string }) => w.kind),
  ).not.toContain('unreadable-cells');
  expect((await post('/v1/models/left/predict', 'age,city\n?,Oslo\n', { 'content-type': 'text/csv' })).status).toBe(200);
  expect((await post('/v1/models/left/predict', { age: 1, more: [1] })).json.error.fields).toEqual([
    { row: 0, column: 'more', message: 'a list is no cell' },
  ]);
});
