import { MillwrightError } from '../../core/errors.js';
import { nearestName } from '../../core/nearest-name.js';
import type { Value } from './sql/db.js';

/** A piece of SQL with its values. */
export interface Piece {
  sql: string;
  values: Value[];
}

/** What a run can be filtered and sorted by, besides `metric.x`, `param.x` and `tag.x`. */
const FIELDS: Record<string, { column: string; number?: boolean; optional?: boolean }> = {
  id: { column: 'r.id' },
  name: { column: 'r.name' },
  status: { column: 'r.status' },
  started: { column: 'r.started_at' },
  ended: { column: 'r.ended_at', optional: true },
  by: { column: 'r.by_user' },
  source: { column: 'r.source' },
  data: { column: 'r.data_hash', optional: true },
  target: { column: 'r.target', optional: true },
  task: { column: 'r.task', optional: true },
  metric: { column: 'r.metric', optional: true },
  score: { column: 'r.score', number: true, optional: true },
};
const OPERATORS = ['=', '!=', '<>', '<', '<=', '>', '>=', 'like', 'ilike', 'in', 'not in'];
const TOKEN = /\s*(?:('(?:[^']|'')*'|"(?:[^"]|"")*")|(`[^`]*`)|(<=|>=|!=|<>|[=<>(),.])|(-?\d+\.\d+(?:[eE][+-]?\d+)?|[^\s'"`=<>!(),.]+))/y;
const MOST = 50;

interface Token {
  kind: 'text' | 'quoted' | 'sign' | 'word';
  text: string;
}

/** Names that differ from one another only by where they are kept. */
export interface Field {
  kind: 'metric' | 'param' | 'tag' | 'field';
  name: string;
}

/** A comparison of a field with one value, or of `in` with several. */
export interface Condition {
  field: Field;
  operator: string;
  values: (string | number)[];
}

/** Tells the field that a name without `metric.`, `param.` or `tag.` means. @throws MillwrightError `OPTION_INVALID` */
type Known = (whole: string, name: string) => Field;

/**
 * Reads conditions joined by `and`: `metric.roc_auc > 0.8 and tag.team = 'x' and status in ('finished', 'failed')`.
 * Names may stand in backticks; `metrics.`, `params.`, `tags.` and `attributes.` are understood too, as in MLflow.
 * @throws MillwrightError `OPTION_INVALID` saying what could not be read
 */
export function parseRunFilter(filter: string): Piece[] {
  return readConditions(filter, knownOfRun).map((c) => condition(c.field, c.operator, c.values, filter));
}

/** Reads the conditions of a filter. @throws MillwrightError `OPTION_INVALID` */
export function readConditions(filter: string, known: Known): Condition[] {
  const tokens = tokenise(filter);
  const conditions: Condition[] = [];
  let at = 0;
  const next = (): Token | undefined => tokens[at++];
  while (at < tokens.length) {
    if (conditions.length > 0) {
      const joint = next();
      if (joint?.kind !== 'word' || joint.text.toLowerCase() !== 'and') throw unreadable(filter, `"${joint?.text}" where "and" should be`);
    }
    if (conditions.length >= MOST) throw unreadable(filter, `more than ${MOST} conditions`);
    const field = readField(filter, next, () => tokens[at]?.text === '.', known);
    let operator = next()?.text.toLowerCase() ?? '';
    if (operator === 'not') operator = `not ${next()?.text.toLowerCase() ?? ''}`;
    if (!OPERATORS.includes(operator)) throw unreadable(filter, `"${operator}" where a comparison should be`);
    const values = operator.endsWith('in') ? readList(filter, next) : [readValue(filter, next())];
    conditions.push({ field, operator: operator === '<>' ? '!=' : operator, values });
  }
  return conditions;
}

/** An order in pieces, each of which an index can give: runs that have the value, then those that do not. */
export interface RunSort {
  /** After `FROM`, with `r` for the runs. */
  from: Piece;
  order: string;
  /** Condition for the runs that lack the value; absent when every run has it. */
  lacking?: Piece;
}

/**
 * The order that a sort asks for: `score`, `-metric.roc_auc` (descending), or `metric.x desc`. Runs without the value come last.
 * @throws MillwrightError `OPTION_INVALID`
 */
export function parseRunSort(sort: string): RunSort {
  const words = /^\s*(-?)(.*?)(?:\s+(asc|desc))?\s*$/is.exec(sort);
  const direction = words?.[1] === '-' || words?.[3]?.toLowerCase() === 'desc' ? 'DESC' : 'ASC';
  const tokens = tokenise(words?.[2] ?? '');
  let at = 0;
  const field = readField(
    sort,
    () => tokens[at++],
    () => tokens[at]?.text === '.',
    knownOfRun,
  );
  if (at < tokens.length) throw unreadable(sort, `"${tokens[at]?.text}" after the name`);
  if (field.kind === 'field') {
    const { column, optional } = FIELDS[field.name] as { column: string; optional?: boolean };
    const order = column === 'r.id' ? `r.id ${direction}` : `${column} ${direction}, r.id ${direction}`;
    if (!optional) return { from: { sql: 'runs r', values: [] }, order };
    const lacking = { sql: `${column} IS NULL`, values: [] };
    return { from: { sql: `(SELECT * FROM runs WHERE ${column.slice(2)} IS NOT NULL) r`, values: [] }, order, lacking };
  }
  const [table, values, test]: [string, Value[], string] =
    field.kind === 'metric'
      ? ['run_metrics', [field.name], 's.name = ? AND s.value IS NOT NULL']
      : ['run_texts', [field.kind, field.name], 's.kind = ? AND s.name = ?'];
  return {
    from: { sql: `${table} s JOIN runs r ON r.id = s.run AND ${test}`, values },
    order: `s.value ${direction}, s.run ${direction}`,
    lacking: { sql: `NOT EXISTS (SELECT 1 FROM ${table} s WHERE s.run = r.id AND ${test})`, values },
  };
}

function condition(field: Field, operator: string, values: (string | number)[], filter: string): Piece {
  const numeric = field.kind === 'metric' || (field.kind === 'field' && FIELDS[field.name]?.number === true);
  const given: Value[] = values.map((value) => {
    if (!numeric) return textOf(field, value);
    const n = typeof value === 'number' ? value : Number(value);
    if (Number.isNaN(n)) throw unreadable(filter, `"${value}" where a number should be`);
    return n;
  });
  if (numeric && operator.endsWith('like')) throw unreadable(filter, `"${operator}" for a number`);
  const test = (column: string): string => {
    if (operator.endsWith('in')) return `${column} ${operator.toUpperCase()} (${given.map(() => '?').join(', ')})`;
    // neither database has both kinds; lower case on both sides is one on both
    if (operator === 'ilike') return `LOWER(${column}) LIKE LOWER(?) ESCAPE '\\'`;
    if (operator === 'like') return `${column} LIKE ? ESCAPE '\\'`;
    return `${column} ${operator === '!=' ? '<>' : operator} ?`;
  };
  if (field.kind === 'field') return { sql: test((FIELDS[field.name] as { column: string }).column), values: given };
  return field.kind === 'metric'
    ? { sql: `r.id IN (SELECT m.run FROM run_metrics m WHERE m.name = ? AND ${test('m.value')})`, values: [field.name, ...given] }
    : {
        sql: `r.id IN (SELECT t.run FROM run_texts t WHERE t.kind = ? AND t.name = ? AND ${test('t.value')})`,
        values: [field.kind, field.name, ...given],
      };
}

/** MLflow writes moments as milliseconds and statuses in capitals. */
function textOf({ kind, name }: Field, value: string | number): string {
  if (kind !== 'field') return String(value);
  if ((name === 'started' || name === 'ended') && /^\d{1,15}$/.test(String(value))) return new Date(Number(value)).toISOString();
  return name === 'status' ? String(value).toLowerCase() : String(value);
}

function readField(whole: string, next: () => Token | undefined, dot: () => boolean, known: Known): Field {
  const first = next();
  if (!first || first.kind === 'text' || first.kind === 'sign') throw unreadable(whole, 'a name is missing');
  const kind = /^(metric|param|tag|attribute|attr|run)s?$|^(parameter)s?$/i.exec(first.text);
  if (first.kind === 'word' && kind && dot()) {
    next();
    let name = next()?.text ?? '';
    for (; dot(); name += `.${next()?.text ?? ''}`) next();
    if (name === '') throw unreadable(whole, 'a name is missing after the dot');
    const family = (kind[1] ?? 'param').toLowerCase();
    if (family === 'metric' || family === 'param' || family === 'tag') return { kind: family, name };
    return known(whole, name);
  }
  return known(whole, first.text);
}

const OTHER_NAMES: Record<string, string> = {
  run_id: 'id',
  run_name: 'name',
  start_time: 'started',
  end_time: 'ended',
  user_id: 'by',
  'run name': 'name',
  created: 'started',
  started_at: 'started',
  ended_at: 'ended',
};

function knownOfRun(whole: string, text: string): Field {
  const name = Object.hasOwn(OTHER_NAMES, text.toLowerCase()) ? (OTHER_NAMES[text.toLowerCase()] as string) : text.toLowerCase();
  if (Object.hasOwn(FIELDS, name)) return { kind: 'field', name };
  const near = nearestName(name, Object.keys(FIELDS));
  throw unreadable(whole, `a run has no "${text}"${near ? `, perhaps ${near}` : ''}`);
}

function readValue(whole: string, token: Token | undefined): string | number {
  if (!token || token.kind === 'sign') throw unreadable(whole, 'a value is missing');
  if (token.kind === 'word' && token.text.trim() !== '' && !Number.isNaN(Number(token.text))) return Number(token.text);
  return token.text;
}

function readList(whole: string, next: () => Token | undefined): (string | number)[] {
  if (next()?.text !== '(') throw unreadable(whole, 'a list in parentheses is missing');
  const values: (string | number)[] = [];
  for (;;) {
    values.push(readValue(whole, next()));
    const sign = next()?.text;
    if (sign === ')') return values;
    if (sign !== ',' || values.length > 500) throw unreadable(whole, 'the list does not end');
  }
}

function tokenise(text: string): Token[] {
  if (text.length > 5000) throw new MillwrightError('OPTION_INVALID', 'The filter is longer than 5,000 characters.', 'Shorten it.');
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== '') {
    const from = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (!found) throw unreadable(text, `"${text.slice(from, from + 20)}"`);
    const [, quoted, ticked, sign, word] = found;
    if (quoted !== undefined) {
      const mark = quoted[0] as string;
      tokens.push({ kind: 'text', text: quoted.slice(1, -1).replaceAll(mark + mark, mark) });
    } else if (ticked !== undefined) tokens.push({ kind: 'quoted', text: ticked.slice(1, -1) });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
    else tokens.push({ kind: 'word', text: word as string });
  }
  return tokens;
}

export function unreadable(text: string, what: string): MillwrightError {
  return new MillwrightError(
    'OPTION_INVALID',
    `"${text.slice(0, 200)}" cannot be read: ${what}.`,
    `Write for example: metric.roc_auc > 0.8 and target = 'Damage'. Names: ${Object.keys(FIELDS).join(', ')}, metric.…, param.…, tag.….`,
  );
}
