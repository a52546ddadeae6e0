import type { Schema } from '../../core/schema.js';
import { type CategoryColumn, type Column, type NumericColumn, Table } from '../../core/table.js';
import type { Dependence } from '../automl/result.js';

const maxPoints = 20;
const maxLevels = 12;

/**
 * Partial dependence (Friedman 2001) of one raw column: the mean prediction over the rows of `table` when the column takes one value
 * in all of them. Numbers and dates are walked along their quantiles, categories along their most frequent levels.
 * @param table raw rows to average over; a few hundred are enough
 * @param predict raw table → row-major predictions
 * @param outputs numbers a row
 * @returns `undefined` for a column without two values, for ids and for free text
 */
export function partialDependence(
  table: Table,
  schema: Schema,
  name: string,
  predict: (table: Table) => Float64Array,
  outputs: number,
): Dependence | undefined {
  const type = schema.columns.find((c) => c.name === name)?.type;
  const column = table.find(name);
  if (!column || type === 'id' || type === 'text') return undefined;
  if (column.kind === 'numeric') {
    const grid = numericGrid(column);
    if (grid.length < 2) return undefined;
    const y = meanPredictions(
      table,
      grid.map((v) => fill(column, v, table.rows)),
      predict,
      outputs,
    );
    return { column: name, points: grid.map((x, i) => ({ x, y: y[i] as number[] })) };
  }
  const codes = frequentCodes(column);
  if (codes.length < 2) return undefined;
  const y = meanPredictions(
    table,
    codes.map((code) => ({ ...column, codes: new Int32Array(table.rows).fill(code) })),
    predict,
    outputs,
  );
  return { column: name, levels: codes.map((code, i) => ({ level: column.levels[code] as string, y: y[i] as number[] })) };
}

function fill(column: NumericColumn, value: number, rows: number): Column {
  return { ...column, values: new Float64Array(rows).fill(value) };
}

/** Distinct values when few, else quantiles from the 2nd to the 98th percentile: beyond them the model has seen too little. */
function numericGrid(column: NumericColumn): number[] {
  const sorted = column.values.filter((v) => Number.isFinite(v)).sort();
  const distinct: number[] = [];
  for (const v of sorted) if (v !== distinct[distinct.length - 1]) distinct.push(v);
  if (distinct.length <= maxPoints) return distinct;
  const grid: number[] = [];
  for (let i = 0; i < maxPoints; i++) {
    const v = sorted[Math.round((0.02 + (0.96 * i) / (maxPoints - 1)) * (sorted.length - 1))] as number;
    if (v !== grid[grid.length - 1]) grid.push(v);
  }
  return grid;
}

function frequentCodes(column: CategoryColumn): number[] {
  const counts = new Uint32Array(column.levels.length);
  for (const code of column.codes) if (code >= 0) counts[code] = (counts[code] as number) + 1;
  const order = Array.from(counts.keys()).filter((i) => (counts[i] as number) > 0);
  order.sort((a, b) => (counts[b] as number) - (counts[a] as number) || a - b);
  return order.slice(0, maxLevels);
}

function meanPredictions(table: Table, variants: Column[], predict: (table: Table) => Float64Array, outputs: number): number[][] {
  return variants.map((variant) => {
    const predicted = predict(
      new Table(
        table.columns.map((c) => (c.name === variant.name ? variant : c)),
        table.rows,
      ),
    );
    const sums = new Array<number>(outputs).fill(0);
    for (let i = 0; i < predicted.length; i++) sums[i % outputs] = (sums[i % outputs] as number) + (predicted[i] as number);
    return sums.map((s) => s / Math.max(1, table.rows));
  });
}
