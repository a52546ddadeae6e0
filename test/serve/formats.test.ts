import { expect, it } from 'vitest';
import { ARROW_TYPE } from '../../src/node/serve/arrow/arrow-types.js';
import { readArrow } from '../../src/node/serve/arrow/read-arrow.js';
import { writeArrow } from '../../src/node/serve/arrow/write-arrow.js';
import { exampleBundle } from '../example-bundle.js';
import { exampleServer } from './example-server.js';

const sure = { ...exampleBundle(), metrics: { sets: [{ share: 0.9, least: 0.01 }] } };
const { server, get, post, logged } = await exampleServer({}, { sure });
const rows = [
  { age: 25, city: 'Oslo', member: true },
  { age: 47.5, city: 'Bergen', member: false },
];
const expected = (await post('/v1/models/left/predict', rows)).json.predictions as {
  prediction: string;
  probabilities: Record<string, number>;
}[];

it('CSV is answered by CSV as the command line writes it, or by JSON when that is asked for', async () => {
  const csv = 'age,city,member\r\n25,Oslo,true\r\n47.5,"Bergen",no\r\n';
  const answer = await post('/v1/models/left/predict', csv, { 'content-type': 'text/csv' });
  expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  const lines = expected.map((e) => [e.prediction, ...Object.values(e.probabilities)].join(','));
  expect(answer.text).toBe(`prediction,probability_no,probability___proto__\n${lines.join('\n')}\n`);
  const asJson = await post('/v1/models/left/predict', csv, { 'content-type': 'text/csv', accept: 'application/json' });
  expect(asJson.json.predictions).toEqual(expected);
  expect(logged().at(-1)).toMatchObject({
    request: { columns: ['age', 'city', 'member'], data: [['25', 'Oslo', 'true'], expect.anything()] },
  });
  expect((await post('/v1/models/left/predict', 'age\n1,2\n', { 'content-type': 'text/csv' })).json.error.fields).toEqual([
    { row: 0, message: 'is not a list of 1 cells' },
  ]);
});

it('Arrow streams are answered as JSON is, by JSON or by Arrow; so are rows in JSON', async () => {
  const columns = [
    { name: 'age', values: Float64Array.from(rows, (r) => r.age) },
    { name: 'city', values: rows.map((r) => r.city) },
    { name: 'member', values: rows.map((r) => String(r.member)) },
  ];
  const path = '/v1/models/left/predict';
  const arrow = { 'content-type': ARROW_TYPE };
  const asJson = await post(path, writeArrow(columns, 2, []), arrow);
  expect(asJson.json.predictions).toEqual(expected);
  expect(logged().at(-1)).toMatchObject({
    request: { columns: ['age', 'city', 'member'], data: rows.map((r) => [r.age, r.city, String(r.member)]) },
  });
  for (const [body, headers] of [
    [writeArrow(columns, 2, []), { ...arrow, accept: ARROW_TYPE }],
    [JSON.stringify(rows), { accept: ARROW_TYPE, 'content-type': 'application/json' }],
  ] as const) {
    const answer = await fetch(server.address + path, { method: 'POST', body, headers });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, ARROW_TYPE]);
    const found = readArrow(Buffer.from(await answer.arrayBuffer()), { rows: 10, body: 10_000 });
    expect([...found.columns]).toEqual([
      ['prediction', expected.map((e) => e.prediction)],
      ['probability_no', expected.map((e) => e.probabilities.no)],
      ['probability___proto__', expected.map((e) => Object.values(e.probabilities)[1])],
    ]);
  }
  const refused = await post(path, writeArrow(columns, 2, []).subarray(0, 300), arrow);
  expect(refused).toMatchObject({ status: 400, json: { error: { code: 'REQUEST_INVALID' } } });
  expect(await post(`${path}?reasons=2`, rows, { accept: ARROW_TYPE })).toMatchObject({ status: 400 });
  const wrong = writeArrow([{ name: 'age', values: ['old'] }], 1, []);
  expect((await post(path, wrong, arrow)).json.error.fields).toEqual([{ row: 0, column: 'age', message: '"old" is not a number' }]);
});

it('prediction sets stand beside the classes when they are asked for', async () => {
  const path = '/v1/models/sure/predict?set=0.9';
  const both = expected.map(({ probabilities }) =>
    Object.keys(probabilities).sort((a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0)),
  );
  const set = (r: number) => ({ share: 0.9, classes: both[r] });
  expect((await post(path, rows[0])).json).toMatchObject({ prediction: expected[0]?.prediction, set: set(0) });
  expect((await post(path, rows)).json.predictions).toMatchObject([{ set: set(0) }, { set: set(1) }]);
  const csv = await post(path, 'age\n25\n', { 'content-type': 'text/csv' });
  expect(csv.text).toMatch(/prediction_set\n.*,"\[""/);
  const lines = await post(path, rows.map((row) => JSON.stringify(row)).join('\n'), { 'content-type': 'application/x-ndjson' });
  expect(
    lines.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([{ set: set(0) }, { set: set(1) }]);
  for (const refused of ['left/predict?set=0.9', 'sure/predict?reasons=2'])
    expect((await post(`/v1/models/${refused}`, '{"age":25}', { 'content-type': 'application/x-ndjson' })).status, refused).toBe(400);
  expect(await post('/v1/models/left/predict?set=0.9', rows[0])).toMatchObject({
    status: 400,
    json: { error: { code: 'OPTION_INVALID' } },
  });
  const { parameters } = (await get('/openapi.json')).json.paths['/v1/models/sure/predict'].post;
  expect(parameters).toContainEqual({
    name: 'set',
    in: 'query',
    schema: { type: 'number', minimum: 0.5, maximum: 0.9 },
    description: expect.any(String),
  });
});

it('NDJSON streams: a line a line, errors in their places, however many', async () => {
  const many = 3000;
  const lines = Array.from({ length: many }, (_, i) => (i === 7 ? '{"age":"x"}' : i === 8 ? 'nonsense' : JSON.stringify(rows[i % 2])));
  const answer = await post('/v1/models/left/predict', `${lines.join('\n')}\n\n`, { 'content-type': 'application/x-ndjson' });
  const answers = answer.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, never>);
  expect(answers).toHaveLength(many);
  expect(answers[7]).toMatchObject({ error: { code: 'SCHEMA_MISMATCH' } });
  expect(answers[8]).toMatchObject({ error: { code: 'REQUEST_INVALID' } });
  expect(answers[many - 1]).toMatchObject(expected[(many - 1) % 2] as object);
  expect(new Set(logged().map((l) => l.id)).size).toBe(logged().length);
  expect((await post('/v1/models/nobody/predict', '{}\n', { 'content-type': 'application/x-ndjson' })).status).toBe(404);
});

const tensors = {
  id: 'mine',
  inputs: [
    { name: 'age', datatype: 'FP64', shape: [2], data: [25, 47.5] },
    { name: 'city', datatype: 'BYTES', shape: [2, 1], data: [['Oslo'], ['Bergen']] },
    { name: 'member', datatype: 'BOOL', shape: [2], data: [true, false] },
  ],
};

it('V2: metadata, readiness and inference', async () => {
  expect((await get('/v2/health/live')).status).toBe(200);
  expect((await get('/v2/health/ready')).json).toEqual({ ready: true });
  const meta = (await get('/v2/models/left')).json;
  expect(meta.inputs.slice(0, 2)).toEqual([
    { name: 'age', datatype: 'FP64', shape: [-1] },
    { name: 'city', datatype: 'BYTES', shape: [-1] },
  ]);
  const { json } = await post(`/v2/models/left/versions/${meta.versions[0]}/infer`, tensors);
  expect(json).toMatchObject({ model_name: 'left', id: 'mine' });
  expect(json.outputs).toEqual([
    { name: 'prediction', datatype: 'BYTES', shape: [2], data: expected.map((e) => e.prediction) },
    { name: 'probabilities', datatype: 'FP64', shape: [2, 2], data: expected.flatMap((e) => Object.values(e.probabilities)) },
  ]);
  expect(logged().at(-1)).toMatchObject({ request: { columns: ['age', 'city', 'member'] }, answer: { predictions: expected } });
});

it('V2: binary tensors, both ways', async () => {
  const ages = Buffer.from(Float32Array.from([25, 47.5]).buffer);
  const text = (s: string) => Buffer.concat([Buffer.from([s.length, 0, 0, 0]), Buffer.from(s)]);
  const cities = Buffer.concat([text('Oslo'), text('Bergen')]);
  const head = JSON.stringify({
    inputs: [
      { name: 'age', datatype: 'FP32', shape: [2], parameters: { binary_data_size: ages.length } },
      { name: 'city', datatype: 'BYTES', shape: [2], parameters: { binary_data_size: cities.length } },
      { name: 'member', datatype: 'BOOL', shape: [2], parameters: { binary_data_size: 2 } },
    ],
    outputs: [{ name: 'probabilities', parameters: { binary_data: true } }],
  });
  const body = Buffer.concat([Buffer.from(head), ages, cities, Buffer.from([1, 0])]);
  const headers = { 'inference-header-content-length': String(head.length) };
  const answer = await fetch(`${server.address}/v2/models/left/infer`, { method: 'POST', body, headers });
  const length = Number(answer.headers.get('inference-header-content-length'));
  const bytes = Buffer.from(await answer.arrayBuffer());
  expect(JSON.parse(bytes.toString('utf8', 0, length)).outputs).toEqual([
    { name: 'probabilities', datatype: 'FP64', shape: [2, 2], parameters: { binary_data_size: 32 } },
  ]);
  expect([0, 8, 16, 24].map((at) => bytes.readDoubleLE(length + at))).toEqual(expected.flatMap((e) => Object.values(e.probabilities)));
});

it.each([
  ['no inputs', {}],
  ['another shape', { inputs: [{ name: 'age', datatype: 'FP64', shape: [2, 2], data: [1, 2, 3, 4] }] }],
  ['too few cells', { inputs: [{ name: 'age', datatype: 'FP64', shape: [2], data: [1] }] }],
  ['rows that differ', { inputs: [tensors.inputs[0], { name: 'city', datatype: 'BYTES', shape: [1], data: ['Oslo'] }] }],
  ['an input twice', { inputs: [tensors.inputs[0], tensors.inputs[0]] }],
  ['an unknown output', { ...tensors, outputs: [{ name: 'nothing' }] }],
  ['binary data that is not there', { inputs: [{ name: 'age', datatype: 'FP64', shape: [2], parameters: { binary_data_size: 16 } }] }],
])('V2 refuses %s', async (_, body) => {
  const { status, json } = await post('/v2/models/left/infer', body);
  expect(status).toBe(400);
  expect(json).toEqual({ error: expect.stringContaining('[REQUEST_INVALID]') });
});

it('feedback is logged when it is acknowledged; wrong entries are named and nothing is taken', async () => {
  const { id } = (await post('/v1/models/left/predict', rows)).json;
  expect(await post('/v1/models/left/feedback', { prediction: id, row: 1, actual: 'no' })).toMatchObject({
    status: 202,
    json: { accepted: 1 },
  });
  expect(logged().at(-1)).toMatchObject({ feedback: { id: `${id}/1`, prediction: id, row: 1, actual: 'no' }, model: 'left' });
  const before = logged().length;
  const { status, json } = await post('/v1/models/left/feedback', [
    { prediction: id, actual: 'no' },
    { prediction: 7, actual: 'maybe', row: -1 },
  ]);
  expect(status).toBe(422);
  expect(json.error.fields.map((f: { row: number; column: string }) => `${f.row} ${f.column}`)).toEqual([
    '1 prediction',
    '1 row',
    '1 actual',
  ]);
  expect(logged()).toHaveLength(before);
});
