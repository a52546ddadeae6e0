import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import type { Bundle } from '../../model/bundle.js';
import { writeWhole } from './atomic-file.js';
import { readBundle } from './bundle-io.js';
import { parseInput } from './options.js';
import { answerTypes, rowType, WARNING_TYPE } from './row-types.js';
import { spareInputs } from './spare-inputs.js';

const input = z.object({ bundle: z.string(), ts: z.boolean().default(false), out: z.string().min(1).optional() });

/**
 * Writes a client for the model's service in TypeScript: one file without dependencies, typed by the schema.
 * @returns the text, and where it was written
 * @throws MillwrightError `USAGE`, `BUNDLE_…`, `OUTPUT_FAILED`
 */
export async function clientCommand(options: unknown): Promise<{ text: string; out?: string }> {
  const { bundle: path, ts, out } = parseInput(input, options);
  if (!ts) throw new MillwrightError('USAGE', 'No language was named for the client.', 'Write --ts for TypeScript.');
  if (out !== undefined) await spareInputs(out, [], path);
  const text = clientText(await readBundle(path));
  if (out !== undefined) await writeWhole(out, text);
  return { text, ...(out !== undefined && { out }) };
}

/** The client of a bundle. */
export function clientText({ schema, task }: Bundle): string {
  return `// Made by \`millwright client --ts\` from a model. Asks a server that \`millwright serve\` started.

${rowType(schema)}

${answerTypes(task)}

/** What a column did to a prediction. */
export interface Contribution {
  readonly column: string;
  readonly value: number | string | null;
  readonly contribution: number;
}

export interface Prediction extends Predicted {
  readonly interval?: { readonly share: number; readonly low: number; readonly high: number };
  readonly set?: { readonly share: number; readonly classes: readonly Actual[] };
  readonly reasons?: readonly Contribution[];
}

${WARNING_TYPE}

interface Head {
  readonly model: string;
  readonly version: string;
  readonly id: string;
  readonly warnings?: readonly Warning[];
}

export interface Options {
  readonly version?: string;
  readonly key?: string;
  readonly lenient?: boolean;
  readonly reasons?: number;
  readonly interval?: number;
  readonly set?: number;
}

/** A request that was refused; \`fields\` names the cells that are wrong. */
export class RequestError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: readonly { readonly row?: number; readonly column?: string; readonly message: string }[],
  ) {
    super(message);
  }
}

export class Client {
  /** @param address of the server, for instance http://127.0.0.1:8080 @param model as the server calls it */
  constructor(
    private readonly address: string,
    private readonly model: string,
    private readonly token?: string,
  ) {}

  predict(row: Row, options?: Options): Promise<Head & Prediction>;
  predict(rows: readonly Row[], options?: Options): Promise<Head & { readonly predictions: readonly Prediction[] }>;
  predict(rows: Row | readonly Row[], options: Options = {}): Promise<never> {
    const query = new URLSearchParams(Object.entries(options).map(([name, value]) => [name, String(value)]));
    return this.post('predict?' + query, rows);
  }

  /** Tells what really happened for a row of an answer; resolves when it is on the server's disk. */
  feedback(prediction: string, actual: Actual, row = 0): Promise<{ readonly accepted: number }> {
    return this.post('feedback', { prediction, row, actual });
  }

  private async post<T>(path: string, body: unknown): Promise<T> {
    const headers = { 'content-type': 'application/json', ...(this.token === undefined ? {} : { authorization: 'Bearer ' + this.token }) };
    const url = this.address + '/v1/models/' + encodeURIComponent(this.model) + '/' + path;
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    const answer = await response.json();
    if (response.ok) return answer as T;
    const { code = '', message = '', fields = [] } = (answer as { error: { code?: string; message?: string; fields?: RequestError['fields'] } }).error;
    throw new RequestError(response.status, code, message, fields);
  }
}
`;
}
