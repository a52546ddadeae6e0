import { commentText, scriptText } from './quoted.js';
import { standaloneText } from './standalone.js';
import type { Subject } from './subject.js';

/** A function for AWS Lambda: the model as a standalone file, and the handler that asks it. */
export function lambdaFiles(subject: Subject): Map<string, string> {
  return new Map([
    ['lambda/index.mjs', handler(subject)],
    ['lambda/model.mjs', standaloneText(subject.bundle, subject.sha256)],
  ]);
}

function handler({ title, name, version }: Subject): string {
  return `// The model ${commentText(title)} as a function: runtime nodejs22.x or later, handler "index.handler", these two files and nothing else.
// Answers function URLs and HTTP APIs (payload 2.0), REST APIs and load balancers (payload 1.0), and direct invocations with a row or a list of rows.
//
// It asks nobody who they are: let the function URL use AWS_IAM, or put an authorizer before it.
import { check, predict, predictRows, schema } from './model.mjs';

const MODEL = ${scriptText(name)};
const VERSION = ${scriptText(version)};
/** More rows are better scored as a file. */
const MOST_ROWS = 10_000;

/** A request that is refused. */
class Refusal extends Error {
  constructor(status, code, message, fields) {
    super(message);
    this.status = status;
    this.body = { error: { code, message, ...(fields && { fields }) } };
  }
}

export async function handler(event) {
  const method = event?.requestContext?.http?.method ?? event?.httpMethod;
  // invoked directly: the event is what is asked, and a failure is the invocation's
  if (method === undefined) return answer(event, false);
  try {
    return response(200, route(method, event));
  } catch (error) {
    if (error instanceof Refusal) return response(error.status, error.body);
    // nothing of the inside is told
    console.error(error);
    return response(500, { error: { code: 'INTERNAL', message: 'The request could not be answered.' } });
  }
}

function route(method, event) {
  const path = event.rawPath ?? event.path ?? '/';
  if (method === 'GET' && path.endsWith('/health')) return { status: 'ok', model: MODEL, version: VERSION };
  if (method === 'GET' && path.endsWith('/schema')) return { model: MODEL, version: VERSION, ...schema };
  if (method !== 'POST') throw new Refusal(405, 'METHOD_NOT_ALLOWED', 'Send rows with POST, or GET /schema or /health.');
  const text = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString('utf8') : (event.body ?? '');
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Refusal(400, 'REQUEST_INVALID', 'The body is not JSON.');
  }
  return answer(body, event.queryStringParameters?.lenient === 'true');
}

/** @param lenient cells that cannot be read count as missing, instead of being refused */
function answer(body, lenient) {
  const asked = rowsOf(body);
  const rows = Array.isArray(asked) ? asked : [asked];
  if (rows.length === 0) throw new Refusal(400, 'REQUEST_INVALID', 'There are no rows.');
  if (rows.length > MOST_ROWS) throw new Refusal(413, 'REQUEST_TOO_LARGE', \`\${rows.length} rows are more than \${MOST_ROWS}.\`);
  rows.forEach((row, i) => {
    if (typeof row !== 'object' || row === null || Array.isArray(row))
      throw new Refusal(400, 'REQUEST_INVALID', \`Row \${i} is not an object with the columns as properties.\`);
  });
  const warnings = check(rows);
  if (!lenient && warnings.some(({ kind }) => kind === 'unreadable-cells')) throw unreadable(rows);
  const head = { model: MODEL, version: VERSION, ...(warnings.length > 0 && { warnings }) };
  return Array.isArray(asked) ? { ...head, predictions: predictRows(rows) } : { ...head, ...predict(asked) };
}

/** A row, a list of rows, {"row": …} or {"rows": […]}, as the service takes them. A column may be called "row" or "rows": its cell is no object. */
function rowsOf(body) {
  if (typeof body !== 'object' || body === null) throw new Refusal(400, 'REQUEST_INVALID', 'The body holds no row.');
  if (Array.isArray(body)) return body;
  if (Object.hasOwn(body, 'rows') && Array.isArray(body.rows)) return body.rows;
  return Object.hasOwn(body, 'row') && typeof body.row === 'object' && body.row !== null ? body.row : body;
}

/** Says which cells cannot be read. */
function unreadable(rows) {
  const fields = [];
  for (let row = 0; row < rows.length && fields.length < 100; row++)
    for (const { kind, column } of check([rows[row]]))
      if (kind === 'unreadable-cells') fields.push({ row, column, message: \`The cell of "\${column}" cannot be read.\` });
  return new Refusal(422, 'SCHEMA_MISMATCH', 'There are cells that cannot be read; ?lenient=true counts them as missing.', fields);
}

function response(statusCode, body) {
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
  return { statusCode, headers, isBase64Encoded: false, body: JSON.stringify(body) };
}
`;
}
