import { Table } from '../../core/table.js';
import type { Bundle } from '../../model/bundle.js';
import { predict } from '../../model/predict.js';
import type { Gate } from './gate.js';
import { Refusal } from './refusal.js';

/** Rows that are scored before other requests get their turn. */
const CHUNK = 2048;

/**
 * Scores a table: at once when it is small, else in turns with other requests.
 * @returns row-major outputs
 * @throws Refusal `OVERLOADED` when too many large tables are being scored
 */
export function scoreTable(bundle: Bundle, table: Table, gate: Gate): Float64Array | Promise<Float64Array> {
  if (table.rows <= CHUNK) return predict(bundle, table).values;
  if (!gate.enter()) throw new Refusal('OVERLOADED', 'Too many large requests are being answered.', 'Try again in a second.');
  return scoreInTurns(bundle, table).finally(() => gate.leave());
}

async function scoreInTurns(bundle: Bundle, table: Table): Promise<Float64Array> {
  const parts: Float64Array[] = [];
  for (let from = 0; from < table.rows; from += CHUNK) {
    parts.push(predict(bundle, slice(table, from, Math.min(table.rows, from + CHUNK))).values);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function slice(table: Table, from: number, to: number): Table {
  return new Table(
    table.columns.map((c) =>
      c.kind === 'numeric' ? { ...c, values: c.values.subarray(from, to) } : { ...c, codes: c.codes.subarray(from, to) },
    ),
    to - from,
  );
}
