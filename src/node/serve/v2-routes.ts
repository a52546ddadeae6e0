import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ColumnType } from '../../core/schema.js';
import { calledClass } from '../../model/predict.js';
import { packageVersion } from '../commands/version.js';
import type { Chosen } from './deployments.js';
import { bodyText, own, parseJson } from './json-body.js';
import { logLine } from './log-line.js';
import { Refusal } from './refusal.js';
import { type Route, sendJson } from './route.js';
import { newNotes } from './row-reader.js';
import { scoreTable } from './scoring.js';
import type { ServedModel } from './served-model.js';
import type { Service } from './service.js';
import { readTensors, type Tensor, tensorBytes } from './v2-tensors.js';

const JSON_TYPE = 'application/json; charset=utf-8';

/** Where a request says how much of its body is JSON; the rest is binary data. */
const HEADER_LENGTH = 'inference-header-content-length';

function datatype(type: ColumnType): string {
  return type === 'number' ? 'FP64' : type === 'boolean' ? 'BOOL' : 'BYTES';
}

function metadata(model: ServedModel, versions: readonly string[]): object {
  const { task, schema } = model.bundle;
  const types = new Map(schema.columns.map((c) => [c.name, c.type]));
  const outputs =
    task.kind === 'regression'
      ? [{ name: 'prediction', datatype: 'FP64', shape: [-1] }]
      : [
          { name: 'prediction', datatype: 'BYTES', shape: [-1] },
          { name: 'probabilities', datatype: 'FP64', shape: [-1, task.classes.length] },
        ];
  return {
    name: model.name,
    versions,
    platform: 'millwright',
    inputs: model.reader.columns.map((name) => ({ name, datatype: datatype(types.get(name) as ColumnType), shape: [-1] })),
    outputs,
  };
}

function outputsOf({ bundle }: ServedModel, values: Float64Array, rows: number): Tensor[] {
  const { task } = bundle;
  if (task.kind === 'regression') return [{ name: 'prediction', datatype: 'FP64', shape: [rows], cells: values }];
  const labels = Array.from(
    { length: rows },
    (_, r) => task.classes[calledClass(task, values, r, bundle.threshold, bundle.costs)] as string,
  );
  return [
    { name: 'prediction', datatype: 'BYTES', shape: [rows], cells: labels },
    { name: 'probabilities', datatype: 'FP64', shape: [rows, task.classes.length], cells: values },
  ];
}

/** The outputs that were asked for, in the order asked, and which of them as bytes. */
function wantedOutputs(body: unknown, all: readonly Tensor[]): { tensor: Tensor; binary: boolean }[] {
  const everywhere = own(own(body, 'parameters'), 'binary_data_output') === true;
  const asked = own(body, 'outputs');
  if (asked === undefined) return all.map((tensor) => ({ tensor, binary: everywhere }));
  if (!Array.isArray(asked)) throw new Refusal('REQUEST_INVALID', '"outputs" is not a list.');
  return asked.map((output: unknown) => {
    const name = own(output, 'name');
    const tensor = all.find((t) => t.name === name);
    if (!tensor)
      throw new Refusal(
        'REQUEST_INVALID',
        'An output is asked for that there is not.',
        `The outputs are ${all.map((t) => t.name).join(', ')}.`,
      );
    const binary = own(own(output, 'parameters'), 'binary_data');
    return { tensor, binary: binary === undefined ? everywhere : binary === true };
  });
}

/** A body as JSON and the binary data behind it. */
function parts(request: FastifyRequest): { text: string; binary: Buffer } {
  const body = request.body;
  if (!Buffer.isBuffer(body)) throw new Refusal('REQUEST_INVALID', 'The request has no body.');
  const header = request.headers[HEADER_LENGTH];
  if (header === undefined) return { text: bodyText(body), binary: Buffer.alloc(0) };
  const length = /^\d{1,10}$/.test(String(header)) ? Number(header) : Number.NaN;
  if (!(length <= body.length)) throw new Refusal('REQUEST_INVALID', 'Inference-Header-Content-Length is not a length within the body.');
  return { text: bodyText(body.subarray(0, length)), binary: body.subarray(length) };
}

async function infer(service: Service, chosen: Chosen, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const began = performance.now();
  const { text, binary } = parts(request);
  const body = parseJson(text);
  const tensors = readTensors(own(body, 'inputs'), binary, service.settings.maxRows);
  const rows = tensors[0]?.shape[0] as number;
  const columns = new Map<string, ArrayLike<unknown>>();
  for (const { name, shape, cells } of tensors) {
    if (shape[0] !== rows) throw new Refusal('REQUEST_INVALID', 'The inputs have different numbers of rows.');
    if (columns.has(name)) throw new Refusal('REQUEST_INVALID', `The input ${JSON.stringify(name.slice(0, 60))} is given twice.`);
    columns.set(name, cells);
  }
  const { model } = chosen;
  const table = model.reader.readColumns(columns, rows, newNotes(false, true));
  const values = await scoreTable(model.bundle, table, service.gate);
  service.watcher?.many(model, table, values);
  const asked = own(body, 'id');
  const id = service.nextId();
  const wanted = wantedOutputs(body, outputsOf(model, values, rows));
  const bytes = wanted.map(({ tensor, binary: asBytes }) => (asBytes ? tensorBytes(tensor) : undefined));
  const answer = JSON.stringify({
    model_name: model.name,
    model_version: model.version,
    id: typeof asked === 'string' ? asked : id,
    outputs: wanted.map(({ tensor: { name, datatype, shape, cells } }, i) => ({
      name,
      datatype,
      shape,
      ...(bytes[i] ? { parameters: { binary_data_size: bytes[i].length } } : { data: Array.from(cells) }),
    })),
  });
  const seconds = (performance.now() - began) / 1000;
  service.metrics.of(model.name, model.version).answered(rows, seconds);
  service.watcher?.request(model.name, 200, seconds);
  if (service.log) {
    const data = Array.from({ length: rows }, (_, r) => tensors.map(({ cells }) => cells[r]));
    const full = model.writer.many(id, { values }, rows, newNotes(false));
    service.box.note(logLine(id, chosen, JSON.stringify({ columns: tensors.map((t) => t.name), data }), full, seconds));
  }
  if (bytes.some((b) => b)) {
    reply.header(HEADER_LENGTH, Buffer.byteLength(answer)).type('application/octet-stream');
    await reply.send(Buffer.concat([Buffer.from(answer), ...bytes.filter((b) => b !== undefined)]));
  } else await reply.type(JSON_TYPE).send(answer);
}

type Params = { name: string; version?: string };

/** The Open Inference Protocol V2 over REST, with the binary tensor extension. */
export function v2Routes(service: Service): Route[] {
  const { deployments } = service;
  const chosen = (request: FastifyRequest): Chosen => {
    const { name, version } = request.params as Params;
    return deployments.choose(name, version);
  };
  const ofModel = (path: string, which: string): Route[] => [
    {
      method: 'GET',
      path,
      need: 'describe',
      summary: `Tells the tensors of ${which}.`,
      handle: (request, reply) => {
        const { name, version } = request.params as Params;
        const deployment = deployments.get(name);
        const model = deployments.version(deployment, version ?? deployment.traffic.champion);
        return sendJson(reply, metadata(model, [...deployment.versions.keys()]));
      },
    },
    {
      method: 'GET',
      path: `${path}/ready`,
      need: 'describe',
      summary: `Tells whether ${which} takes requests.`,
      handle: (request, reply) => sendJson(reply, { name: chosen(request).model.name, ready: true }),
    },
    {
      method: 'POST',
      path: `${path}/infer`,
      need: 'predict',
      summary: `Scores tensors with ${which}: one a column.`,
      handle: (request, reply) => infer(service, chosen(request), request, reply),
    },
  ];
  return [
    {
      method: 'GET',
      path: '/v2',
      need: 'everyone',
      summary: 'Tells the server and its extensions.',
      handle: (_request, reply) => sendJson(reply, { name: 'millwright', version: packageVersion(), extensions: ['binary_tensor_data'] }),
    },
    {
      method: 'GET',
      path: '/v2/health/live',
      need: 'everyone',
      summary: 'Tells that the server runs.',
      handle: (_request, reply) => sendJson(reply, { live: true }),
    },
    {
      method: 'GET',
      path: '/v2/health/ready',
      need: 'everyone',
      summary: 'Tells whether requests are taken.',
      handle: (_request, reply) => sendJson(reply, { ready: service.ready }, service.ready ? 200 : 503),
    },
    ...ofModel('/v2/models/:name', 'a model'),
    ...ofModel('/v2/models/:name/versions/:version', 'a version'),
  ];
}
