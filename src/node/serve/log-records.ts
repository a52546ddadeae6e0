import type { FeedbackRecord, Json, PredictionRecord } from '../store/records.js';
import { own } from './json-body.js';
import { askedRows } from './predict-body.js';

/** What a line of the prediction log holds, a record a row. */
export interface LogRecords {
  readonly predictions: PredictionRecord[];
  readonly feedback: FeedbackRecord[];
}

/** A line as the service writes it: of an answer, or of feedback. */
interface LogEntry {
  readonly at: number;
  readonly model: string;
  readonly feedback?: { readonly id: string; readonly prediction: string; readonly row: number; readonly actual: string | number };
  readonly id: string;
  readonly version: string;
  readonly route: string;
  readonly ms: number;
  readonly request: unknown;
  readonly answer: Readonly<Record<string, unknown>>;
}

/** The name of a row's record: the answer's id and the place of the row in its request. */
function recordId(answer: string, row: number): string {
  return `${answer}/${row}`;
}

/** Reads a line of the prediction log; one that was cut off, as by a sudden end, holds nothing. */
export function logRecords(line: string): LogRecords {
  const predictions: PredictionRecord[] = [];
  const feedback: FeedbackRecord[] = [];
  let entry: LogEntry;
  try {
    entry = JSON.parse(line) as LogEntry;
  } catch {
    return { predictions, feedback };
  }
  const at = new Date(entry.at).toISOString();
  if (entry.feedback) {
    const { id, prediction, row, actual } = entry.feedback;
    feedback.push({ id, at, model: entry.model, prediction: recordId(prediction, row), actual });
    return { predictions, feedback };
  }
  const { id, model, version, route, ms, request, answer } = entry;
  const rows = rowsOf(request);
  const answers = (own(answer, 'predictions') as Json[] | undefined) ?? [withoutHead(answer)];
  answers.forEach((one, r) => {
    const row = rows[r] ?? null;
    predictions.push({ id: recordId(id, r), at, model, version: Number(version), route, row, answer: one, milliseconds: ms });
  });
  return { predictions, feedback };
}

function rowsOf(request: unknown): Json[] {
  const asked = askedRows(request, Number.POSITIVE_INFINITY);
  if (asked.kind === 'one') return [asked.row as Json];
  if (asked.kind === 'many') return [...asked.rows] as Json[];
  return asked.rows.map((cells) => Object.fromEntries(asked.columns.map((name, i) => [name, (cells as Json[])[i] ?? null])));
}

/** An answer for one row without what the record says already. */
function withoutHead(answer: unknown): Json {
  return Object.fromEntries(Object.entries(answer as object).filter(([name]) => !['model', 'version', 'id', 'warnings'].includes(name)));
}
