import { type ColumnSchema, isInput, type Schema } from '../../core/schema.js';
import type { CategoryColumn, NumericColumn, Table } from '../../core/table.js';
import type { Finding } from '../automl/result.js';
import { isMissing } from './findings-skill.js';

/** Above this many of a kind, one sentence sums them up. */
const listed = 6;

/** What was repaired or left out, and cells that look wrong, column by column. */
export function columnFindings(table: Table, schema: Schema): Finding[] {
  const findings: Finding[] = [];
  const features = schema.columns.filter((c) => isInput(c) && table.find(c.name));
  findings.push(...ignoredColumns(schema), ...missingCells(table, features));
  for (const column of features) {
    const cells = table.column(column.name);
    const found = cells.kind === 'numeric' ? numericFinding(cells, column) : categoryFinding(cells, column);
    if (found) findings.push(found);
  }
  return findings;
}

function ignoredColumns(schema: Schema): Finding[] {
  const ignored = schema.columns.filter((c) => c.use === 'ignore');
  if (ignored.length <= listed)
    return ignored.map((c) => ({
      level: 'info',
      code: 'column-ignored',
      column: c.name,
      message: `“${c.name}” was left out: ${sentence(c.reason)}`,
    }));
  const names = ignored.slice(0, listed).map((c) => `“${c.name}”`);
  return [
    {
      level: 'info',
      code: 'column-ignored',
      message: `${ignored.length} columns were left out, among them ${names.join(', ')}; the schema gives the reason for each.`,
    },
  ];
}

function missingCells(table: Table, features: readonly ColumnSchema[]): Finding[] {
  const shares: { name: string; share: number }[] = [];
  for (const { name } of features) {
    const column = table.column(name);
    let missing = 0;
    for (let i = 0; i < table.rows; i++) if (isMissing(column, i)) missing++;
    if (missing > 0) shares.push({ name, share: missing / table.rows });
  }
  if (shares.length === 0) return [];
  shares.sort((a, b) => b.share - a.share || (a.name < b.name ? -1 : 1));
  const most = shares.slice(0, 3).map((s) => `“${s.name}” (${percent(s.share)})`);
  const findings: Finding[] = [
    {
      level: 'repair',
      code: 'missing-values',
      message:
        shares.length === 1
          ? `${most[0]} has missing cells. They are handled: the trees learn where to send them, the linear model fills in the typical value.`
          : `${shares.length} columns have missing cells, most of all ${most.join(', ')}. They are handled: the trees learn where to send them, the linear model fills in the typical value.`,
    },
  ];
  for (const { name, share } of shares.filter((s) => s.share >= 0.5).slice(0, listed))
    findings.push({
      level: 'info',
      code: 'mostly-missing',
      column: name,
      message: `“${name}” is missing in ${percent(share)} of the rows.`,
    });
  return findings;
}

function numericFinding({ values }: NumericColumn, { name, type }: ColumnSchema): Finding | undefined {
  const sorted = values.filter((v) => Number.isFinite(v)).sort();
  if (sorted.length === 0) return undefined;
  if (type === 'datetime') {
    const from = day(sorted[0] as number);
    const to = day(sorted[sorted.length - 1] as number);
    return from && to && from !== to
      ? { level: 'info', code: 'date-range', column: name, message: `“${name}” runs from ${from} to ${to}.` }
      : undefined;
  }
  return type === 'number' ? (sentinel(sorted, name) ?? suspiciousZero(sorted, name)) : undefined;
}

/** Codes such as −999 that stand far outside of all other values. */
function sentinel(sorted: Float64Array, name: string): Finding | undefined {
  const n = sorted.length;
  for (const atEnd of [false, true]) {
    const value = (atEnd ? sorted[n - 1] : sorted[0]) as number;
    if (!/^-?9{2,6}$|^-?9{2,6}8$/.test(String(value))) continue;
    let count = 0;
    while (count < n && sorted[atEnd ? n - 1 - count : count] === value) count++;
    if (count < Math.max(3, 0.002 * n) || count === n) continue;
    const rest = atEnd ? sorted.subarray(0, n - count) : sorted.subarray(count);
    const [low, high] = [rest[0] as number, rest[rest.length - 1] as number];
    const gap = atEnd ? value - high : low - value;
    if (gap > Math.max(high - low, 1))
      return {
        level: 'info',
        code: 'suspicious-value',
        column: name,
        message: `“${name}” is ${value} in ${percent(count / n)} of the rows, far from all other values (${number(low)} to ${number(high)}): perhaps a code for “unknown”. If so, name it as missing in the plan.`,
      };
  }
  return undefined;
}

/** Zeros in a measure whose other values stay well above it. */
function suspiciousZero(sorted: Float64Array, name: string): Finding | undefined {
  const n = sorted.length;
  if (sorted[0] !== 0) return undefined;
  let zeros = 0;
  while (zeros < n && sorted[zeros] === 0) zeros++;
  const rest = sorted.subarray(zeros);
  if (rest.length < 50 || zeros < 2 || zeros > 0.3 * n) return undefined;
  const median = rest[rest.length >> 1] as number;
  const distinct = new Set(rest.subarray(0, 2000)).size;
  // a count runs down to 1, a measure of a body does not come near nothing
  if (distinct < 15 || (rest[0] as number) < 0.15 * median || (rest[Math.floor(rest.length * 0.01)] as number) < 0.3 * median)
    return undefined;
  return {
    level: 'info',
    code: 'suspicious-value',
    column: name,
    message: `“${name}” is 0 in ${percent(zeros / n)} of the rows, while all its other values lie above ${number(rest[0] as number)}: perhaps 0 stands for “unknown”. If so, name it as missing in the plan.`,
  };
}

function categoryFinding({ codes }: CategoryColumn, { name, type }: ColumnSchema): Finding | undefined {
  if (type !== 'category') return undefined;
  const seen = new Set<number>();
  let known = 0;
  for (const code of codes) {
    if (code < 0) continue;
    seen.add(code);
    known++;
  }
  if (seen.size < 100 || seen.size < 0.02 * known) return undefined;
  return {
    level: 'info',
    code: 'many-categories',
    column: name,
    message: `“${name}” has ${seen.size} different values, about ${number(known / seen.size)} rows each. Values not seen in training are treated as unknown.`,
  };
}

/** `2017-08-31`, or undefined beyond the calendar. */
function day(milliseconds: number): string | undefined {
  return Math.abs(milliseconds) <= 8.64e15 ? new Date(milliseconds).toISOString().slice(0, 10) : undefined;
}

/** `12 %`, `0.4 %`. */
export function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 0.1) return 'less than 0.1 %';
  if (value > 99.5 && value < 100) return 'more than 99.5 %';
  return `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)} %`;
}

/** At most three or four figures. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
