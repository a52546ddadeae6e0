import { Rng } from '../../src/core/rng.js';
import { type Column, Table } from '../../src/core/table.js';
import { buildReference } from '../../src/engine/monitor/build-reference.js';
import { Monitor } from '../../src/engine/monitor/monitor.js';
import { codeRows } from '../../src/engine/monitor/observer.js';
import type { PerformanceReport } from '../../src/engine/monitor/performance/performance-report.js';
import { type MonitorView, monitorView } from '../../src/node/report/monitor-view.js';
import { columnSchema } from '../example-bundle.js';

/** What a made-up model under watch should be like. */
export interface SampleMonitor {
  model?: string;
  /** Names of its columns: categories and numbers by turns. */
  names: readonly string[];
  levels: readonly string[];
  /** How far numbers move in the second half. */
  moved?: number;
  rows?: number;
  /** Milliseconds between two rows; without it rows have no times. */
  pace?: number;
  unmet?: readonly string[];
}

const BEGIN = Date.UTC(2026, 2, 1);

/** A model whose rows change half-way, with scores that fall: answers are there for the first windows alone. */
export function sampleMonitor({
  model = 'churn@3',
  names,
  levels,
  moved = 0.5,
  rows = 2400,
  pace,
  unmet = [],
}: SampleMonitor): MonitorView {
  const table = (count: number, seed: number, by: number): Table => {
    const rng = new Rng(seed);
    const columns = names.map((name, c): Column => {
      if (c % 2) {
        // the last column loses cells instead
        const gone = by && c >= names.length - 2 ? 0.3 : 0;
        const values = Float64Array.from({ length: count }, () =>
          rng.float() < gone ? Number.NaN : 40 * (by + rng.float() + rng.float()),
        );
        return { kind: 'numeric', name, values };
      }
      return { kind: 'category', name, codes: Int32Array.from({ length: count }, () => rng.below(by ? 2 : levels.length)), levels };
    });
    return new Table(columns, count);
  };
  const schema = { columns: names.map((name, c) => columnSchema(name, c % 2 ? 'number' : 'category')) };
  const rng = new Rng(9);
  const said = (count: number, by: number): Column[] => [
    { kind: 'numeric', name: 'probability of yes', values: Float64Array.from({ length: count }, () => (1 - by / 2) * rng.float()) },
  ];
  const reference = buildReference(table(3000, 1, 0), schema, { predicted: said(3000, 0) });
  const monitor = new Monitor(reference, { window: { rows: 300 } });
  const half = rows / 2;
  const times = (from: number) => pace && Float64Array.from({ length: half }, (_, i) => BEGIN + (from + i) * pace);
  monitor.push(codeRows(reference, table(half, 2, 0), said(half, 0), times(0) || undefined));
  if (half > 0) monitor.push(codeRows(reference, table(half, 3, moved), said(half, moved), times(half) || undefined));
  const score = (value: number, room: number) => ({ value, low: value - room, high: value + room });
  const fallen = (i: number): number => 0.88 - (i >= monitor.windows.length / 2 ? 0.06 * moved : 0) - 0.002 * i;
  const performance: PerformanceReport = {
    ...{ metric: 'roc_auc', greaterIsBetter: true, alerts: [], slices: [], groups: [], unmatched: 0 },
    windows: monitor.windows.map((w, i) => ({
      ...{ window: w.window, from: w.from, to: w.to, rows: w.rows, answered: i < 5 ? 240 : 0, kept: w.rows },
      scores: [
        { metric: 'roc_auc', reference: 0.9, estimated: score(fallen(i), 0.04), ...(i < 5 && { real: score(fallen(i) - 0.01, 0.05) }) },
      ],
    })),
  };
  return monitorView(monitor, { model, against: 'the training rows', unmet, performance });
}
