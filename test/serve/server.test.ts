import { describe, expect, it } from 'vitest';
import { Scorer } from '../../src/model/scorer.js';
import { exampleBundle, exampleRows } from '../example-bundle.js';
import { exampleServer } from './example-server.js';

const { get, post } = await exampleServer({ maxRows: 5000, maxBody: 1_000_000 });
const ask = (value: unknown, query = '') => post(`/v1/models/left/predict${query}`, value);

describe('predict', () => {
  it('answers each row as the scorer does, alone and among others', async () => {
    const scorer = new Scorer(exampleBundle());
    const rows = exampleRows().filter((row) => Object.keys(row).length > 0);
    const many = (await ask(rows, '?lenient=true')).json.predictions as { prediction: string; probabilities: object }[];
    const lots = (await ask(new Array(3000).fill(rows[0]))).json.predictions as unknown[];
    expect(lots).toHaveLength(3000);
    expect(lots[2999]).toEqual(many[0]);
    for (const [i, row] of rows.entries()) {
      const { prediction, probabilities = {} } = scorer.predict(row);
      const one = (await ask(row, '?lenient=true')).json;
      expect(one.prediction).toBe(prediction);
      expect(Object.entries(one.probabilities)).toEqual(Object.entries(probabilities));
      expect(Object.entries((many[i] as { probabilities: object }).probabilities)).toEqual(Object.entries(probabilities));
    }
  });

  it('names every wrong cell by row and column', async () => {
    const { status, json: body } = await ask([{ age: 1 }, { age: 'many', member: {}, city: ['x'] }]);
    expect(status).toBe(422);
    expect(body.error).toMatchObject({ code: 'SCHEMA_MISMATCH' });
    expect(body.error.fields).toEqual([
      { row: 1, column: 'age', message: '"many" is not a number' },
      { row: 1, column: 'city', message: 'a list is not a text' },
      { row: 1, column: 'member', message: expect.stringContaining('an object is not') },
    ]);
  });

  it('warns of what did not fit, and says so of absent, extra and unseen', async () => {
    const { json: body } = await ask({ age: 1, city: 'Paris', nonsense: 1 });
    const kinds = (body.warnings as { kind: string; column: string }[]).map((w) => `${w.kind} ${w.column}`);
    expect(kinds).toEqual([
      'missing-column seen',
      'missing-column note',
      'missing-column member',
      'extra-column nonsense',
      'unseen-category city',
    ]);
  });

  it('takes all shapes of bodies for the same rows', async () => {
    const row = { age: 25, city: 'Oslo', seen: null, note: null, member: null };
    const { prediction, probabilities } = (await ask(row)).json;
    expect((await ask({ row })).json).toMatchObject({ prediction, probabilities });
    for (const body of [[row], { rows: [row] }, { columns: ['city', 'age'], data: [['Oslo', 25]] }])
      expect((await ask(body)).json.predictions).toEqual([{ prediction, probabilities }]);
  });

  it.each([
    ['no JSON', '{"age":', 400, 'REQUEST_INVALID'],
    ['not UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 400, 'REQUEST_INVALID'],
    ['no rows', '[]', 400, 'REQUEST_INVALID'],
    ['no row', '3', 400, 'REQUEST_INVALID'],
    ['nothing known', '{"a":1}', 422, 'SCHEMA_MISMATCH'],
    ['inherited names', '{"toString":1,"constructor":2}', 422, 'SCHEMA_MISMATCH'],
    ['a row that is none', '[{"age":1},7]', 422, 'SCHEMA_MISMATCH'],
    ['ragged lists', '{"columns":["age"],"data":[[1,2]]}', 400, 'REQUEST_INVALID'],
    ['a column twice', '{"columns":["age","age"],"data":[[1,2]]}', 400, 'REQUEST_INVALID'],
    ['too many rows', JSON.stringify(new Array(5001).fill({ age: 1 })), 413, 'REQUEST_TOO_LARGE'],
    ['too many bytes', ' '.repeat(1_000_001), 413, 'REQUEST_TOO_LARGE'],
    ['too deep', `{"age":${'['.repeat(40_000)}${']'.repeat(40_000)}}`, 400, 'REQUEST_INVALID'],
  ])('refuses %s', async (_, body, status, code) => {
    const answer = await post('/v1/models/left/predict', body);
    expect([answer.status, answer.json.error.code]).toEqual([status, code]);
  });

  it('is not moved by __proto__ in a body', async () => {
    const plain = (await ask({ age: 25 })).json;
    const sly = await post('/v1/models/left/predict', '{"age":25,"__proto__":"Oslo"}');
    expect(sly.json.probabilities).toEqual(plain.probabilities);
    expect((await post('/v1/models/left/predict', '{"age":25,"__proto__":{"city":"Oslo"}}')).status).toBe(422);
    expect(({} as Record<string, unknown>).city).toBeUndefined();
  });

  it.each([
    ['/v1/models/nobody/predict', 404],
    ['/v1/models/left/predict?version=7', 404],
    ['/v1/models/left/predict?colour=7', 400],
    ['/v1/models/left/predict?key=1&key=2', 400],
    ['/v1/models/left', 405],
    ['/v1/nothing', 404],
  ])('%s is refused with %i', async (path, status) => {
    expect((await post(path, '{"age":1}')).status).toBe(status);
  });

  it('refuses other types of bodies', async () => {
    expect((await post('/v1/models/left/predict', 'age=1', { 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(415);
  });
});

it('tells of models, schema, health and metrics', async () => {
  expect((await get('/v1/models')).json.models).toMatchObject([{ name: 'left', task: 'binary', target: 'left' }]);
  const { columns } = (await get('/v1/models/left/schema')).json as { columns: { name: string }[] };
  expect(columns.map((c) => c.name)).toEqual(['age', 'city', 'seen', 'note', 'member']);
  expect((await get('/health')).json).toEqual({ status: 'ready' });
  const { text } = await get('/metrics');
  expect(text).toMatch(/millwright_requests_total\{route="\/v1\/models\/\{name\}\/predict",status="200"\} \d+/);
  expect(text).toMatch(/millwright_rows_total\{model="left",version="[0-9a-f]{12}",role="answer"\} \d+/);
});
