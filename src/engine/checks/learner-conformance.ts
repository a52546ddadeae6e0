import { Deadline } from '../../core/clock.js';
import { MillwrightError } from '../../core/errors.js';
import { Rng } from '../../core/rng.js';
import { outputCount, type TaskKind } from '../../core/schema.js';
import { Table } from '../../core/table.js';
import { decodeModel } from '../../model/decode-model.js';
import type { Model } from '../../model/model.js';
import { defaultMetric } from '../evaluate/metrics/registry.js';
import type { Learner, ParameterSpec, Parameters, Sample } from '../learn/learner.js';
import { conformanceSample, contextOf, disputedSample, KINDS, repeated, taskOf, tickingDeadline } from './conformance-data.js';

export interface ConformanceCheck {
  readonly name: string;
  /** Rejects with what was found when the learner does not conform. */
  readonly run: () => Promise<void>;
}

export interface ConformanceOptions {
  /** Parameters for every fit, e.g. fewer rounds so that the checks are quick. */
  readonly parameters?: Parameters;
  /** False for a learner that looks at no column. */
  readonly learns?: boolean;
  /** Mean distance allowed between weighted and repeated rows, and between column orders, as a share of the predictions' span; 0.03 unless told. Learners that count rows (leaf sizes, bins) need more: 0.07. */
  readonly tolerance?: number;
}

/**
 * What every learner must do, as checks for a test runner.
 * @example for (const { name, run } of learnerConformance(linearLearner)) it(name, run);
 */
export function learnerConformance(learner: Learner, options: ConformanceOptions = {}): ConformanceCheck[] {
  const { parameters = {}, learns = true, tolerance = 0.03 } = options;
  const train = (kind: TaskKind, rows = 500): Sample => conformanceSample(learner, kind, rows, 1);
  const other = (kind: TaskKind): Sample => conformanceSample(learner, kind, 200, 2);
  const learn = (kind: TaskKind, sample = train(kind), validation?: Sample, limits?: Record<string, number>, seed = 1) =>
    learner.fit(sample, validation, parameters, contextOf(kind, seed), limits);
  const each = (name: string, run: (kind: TaskKind) => Promise<void>): ConformanceCheck[] =>
    KINDS.map((kind) => ({ name: `${name} (${kind})`, run: () => run(kind) }));

  return [
    ...each('predicts numbers or probabilities of the right shape', async (kind) => {
      const { model, cut } = await learn(kind, train(kind), other(kind));
      must(!cut, 'a fit without a deadline says that it was cut');
      wellFormed(model, other(kind).table, kind);
      const known = new Set(train(kind).table.columns.map((c) => c.name));
      for (const name of model.inputs) must(known.has(name), `reads the column "${name}", which it was not given`);
    }),
    ...(learns
      ? each('learns: beats a constant on new rows', async (kind) => {
          const metric = defaultMetric(kind);
          const { target, table } = other(kind);
          const { model } = await learn(kind);
          const value = metric.compute({ actual: target, predicted: model.predict(table), outputs: outputCount(taskOf(kind)) });
          const spread = Math.sqrt(target.reduce((a, y) => a + (y - 50) * (y - 50), 0) / target.length);
          if (kind === 'binary') must(value > 0.85, `AUC is ${value}`);
          else if (kind === 'multiclass') must(value < 1.1, `log loss is ${value}`);
          else must(value < 0.7 * spread, `RMSE is ${value}, the target's spread ${spread}`);
        })
      : []),
    ...each('gives the same bytes for the same seed', async (kind) => {
      const [a, b] = [await learn(kind, train(kind), other(kind)), await learn(kind, train(kind), other(kind))];
      must(bytes(a.model) === bytes(b.model), 'two fits differ');
      must(JSON.stringify(a.work) === JSON.stringify(b.work), 'their work differs');
    }),
    ...each('does not change its input', async (kind) => {
      const sample = { ...train(kind), weights: new Float64Array(500).fill(2) };
      const before = sampleBytes(sample);
      const { model } = await learn(kind, sample, other(kind));
      model.predict(sample.table);
      must(before === sampleBytes(sample), 'the training rows were changed');
    }),
    ...each('repeats its record of work, whatever the clock says', async (kind) => {
      const whole = await learn(kind, train(kind), other(kind));
      const late = contextOf(kind);
      late.deadline.expire();
      const again = await learner.fit(train(kind), other(kind), parameters, late, whole.work);
      must(bytes(again.model) === bytes(whole.model), 'the repeated fit differs');
      const alone = await learner.fit(train(kind), undefined, parameters, late, whole.work);
      wellFormed(alone.model, other(kind).table, kind);
    }),
    ...each('obeys its deadline with a valid model, and repeats what it did', async (kind) => {
      for (const milliseconds of [0, 3, 12]) {
        const context = contextOf(kind, 1, tickingDeadline(milliseconds));
        const short = await learner.fit(train(kind), other(kind), parameters, context);
        wellFormed(short.model, other(kind).table, kind);
        if (learns && milliseconds === 0) must(short.cut, 'no time, but it does not say that it was cut');
        const again = await learn(kind, train(kind), other(kind), short.work);
        must(bytes(again.model) === bytes(short.model), `the record of a fit cut after ${milliseconds} ms does not repeat it`);
      }
    }),
    ...each('reads row weights: weight 4 is the row four times', async (kind) => {
      const sample = disputedSample(learner, kind, 400, 4, 3);
      const validation = other(kind);
      const { table } = validation;
      const weighted = (await learn(kind, sample, validation)).model.predict(table);
      near(weighted, (await learn(kind, repeated(sample), validation)).model.predict(table), kind, tolerance, 'weighted and repeated rows');
      // the check itself must be able to fail: without weights the halves cancel
      const blind = (await learn(kind, { table: sample.table, target: sample.target }, validation)).model.predict(table);
      if (learns) must(distance(weighted, blind) > 0.05 * span(weighted, kind), 'weights change nothing');
    }),
    ...each('a row of weight 0 counts for nothing', async (kind) => {
      const sample = disputedSample(learner, kind, 400, 1, 4);
      const weights = sample.weights.map((_, i) => (i < 400 ? 1 : 0));
      const validation = other(kind);
      const { table } = validation;
      const half = Uint32Array.from({ length: 400 }, (_, i) => i);
      const alone = (await learn(kind, { table: sample.table.take(half), target: sample.target.slice(0, 400) }, validation)).model.predict(
        table,
      );
      near(
        (await learn(kind, { ...sample, weights }, validation)).model.predict(table),
        alone,
        kind,
        tolerance,
        'rows of weight 0 and absent rows',
      );
      const none = await learn(kind, { ...sample, weights: new Float64Array(800) });
      wellFormed(none.model, table, kind);
    }),
    ...each('survives one class or a constant target', async (kind) => {
      const sample = train(kind, 60);
      for (const value of [0, 1]) {
        const { model } = await learn(kind, { table: sample.table, target: new Float64Array(60).fill(value) }, other(kind));
        const predicted = model.predict(other(kind).table);
        wellFormed(model, other(kind).table, kind);
        const k = outputCount(taskOf(kind));
        const sure = kind === 'regression' ? Math.abs((predicted[0] as number) - value) < 1e-6 : (predicted[value] as number) > 0.9;
        must(sure, `always ${value} in training, but predicts ${predicted.slice(0, k).join(', ')}`);
      }
    }),
    ...each('survives one row, few rows, no columns', async (kind) => {
      for (const rows of [1, 2, 5]) wellFormed((await learn(kind, train(kind, rows))).model, other(kind).table, kind);
      const bare: Sample = { table: new Table([], 50), target: train(kind, 50).target };
      wellFormed((await learn(kind, bare)).model, new Table([], 7), kind);
    }),
    ...each('writes and reads its model without a change', async (kind) => {
      const { model } = await learn(kind);
      const { head, blobs } = model.encode();
      const read = decodeModel(JSON.parse(JSON.stringify(head)), blobs);
      must(read.kind === model.kind && bytes(read) === bytes(model), 'the read model encodes differently');
      must(same(read.predict(other(kind).table), model.predict(other(kind).table)), 'the read model predicts differently');
    }),
    ...each('scores a row alone as among others, and columns in any order', async (kind) => {
      const { model } = await learn(kind);
      const { table } = other(kind);
      const all = model.predict(table);
      const k = outputCount(taskOf(kind));
      for (const row of [0, 17, 199])
        must(same(model.predict(table.take(Uint32Array.of(row))), all.slice(row * k, (row + 1) * k)), `row ${row} alone differs`);
      must(same(model.predict(new Table([...table.columns].reverse())), all), 'reversed columns differ');
      must(model.predict(table.take(new Uint32Array(0))).length === 0, 'no rows give predictions');
    }),
    ...each('learns the same from shuffled columns', async (kind) => {
      const sample = train(kind);
      const { table } = other(kind);
      const shuffled = new Table(new Rng(5).shuffle([...sample.table.columns]));
      near(
        (await learn(kind, { ...sample, table: shuffled })).model.predict(table),
        (await learn(kind)).model.predict(table),
        kind,
        tolerance,
        'column orders',
      );
    }),
    ...(learner.input === 'trees'
      ? each('handles missing cells and categories it has not seen', async (kind) => {
          const { model } = await learn(kind);
          const blank = new Table(
            other(kind).table.columns.map((c) =>
              c.kind === 'numeric'
                ? { ...c, values: new Float64Array(c.values.length).fill(Number.NaN) }
                : {
                    ...c,
                    codes: c.codes.map((_, i) => (i % 2 === 0 ? -1 : 9)),
                    levels: Array.from({ length: 10 }, (_, i) => c.levels[i] ?? `new ${i}`),
                  },
            ),
          );
          wellFormed(model, blank, kind);
        })
      : []),
    { name: 'declares defaults within their ranges', run: async () => declarations(learner.parameters) },
    { name: 'refuses parameters out of range, of a wrong type, or unknown', run: () => refusals(learner) },
    {
      name: 'reports progress between 0 and 1',
      run: async () => {
        const seen: number[] = [];
        await learner.fit(train('binary'), other('binary'), parameters, { ...contextOf('binary'), onProgress: (done) => seen.push(done) });
        must(
          seen.every((v) => v >= 0 && v <= 1),
          `progress ${seen.join(', ')}`,
        );
      },
    },
    {
      name: 'ends when it is interrupted in the middle',
      run: async () => {
        const deadline = new Deadline({ now: () => 0, pause: async () => {} }, Number.POSITIVE_INFINITY);
        let looks = 0;
        deadline.expired = () => looks++ > 4;
        const { model } = await learner.fit(train('multiclass'), other('multiclass'), parameters, contextOf('multiclass', 1, deadline));
        wellFormed(model, other('multiclass').table, 'multiclass');
        must(!learns || looks > 0, 'it never looks at its deadline');
        must(looks < 200, `it went on for ${looks} looks at an expired deadline`);
      },
    },
  ];
}

function must(holds: boolean, found: string): void {
  if (!holds) throw new MillwrightError('INTERNAL', `Conformance: ${found}.`);
}

function wellFormed(model: Model, table: Table, kind: TaskKind): void {
  const predicted = model.predict(table);
  const k = outputCount(taskOf(kind));
  must(predicted.length === table.rows * k, `${predicted.length} predictions for ${table.rows} rows × ${k}`);
  for (let row = 0; row < table.rows; row++) {
    let total = 0;
    for (let c = 0; c < k; c++) {
      const p = predicted[row * k + c] as number;
      must(Number.isFinite(p), `row ${row} gets ${p}`);
      if (kind !== 'regression') must(p >= 0 && p <= 1, `row ${row} gets the probability ${p}`);
      total += p;
    }
    if (kind !== 'regression') must(Math.abs(total - 1) < 1e-9, `the probabilities of row ${row} sum to ${total}`);
  }
}

function hash(array: ArrayLike<number>): string {
  let h = 0x811c9dc5;
  const view = new DataView(new ArrayBuffer(8));
  for (let i = 0; i < array.length; i++) {
    view.setFloat64(0, array[i] as number);
    h = Math.imul(h ^ view.getUint32(0), 0x01000193);
    h = Math.imul(h ^ view.getUint32(4), 0x01000193);
  }
  return `${array.length}:${h}`;
}

function bytes(model: Model): string {
  const { head, blobs } = model.encode();
  const byName = (a: readonly [string, unknown], b: readonly [string, unknown]): number => (a[0] < b[0] ? -1 : 1);
  const arrays = Object.entries(blobs).map(([name, blob]): [string, string] => [name, hash(blob)]);
  return JSON.stringify([Object.entries(head).sort(byName), arrays.sort(byName)]);
}

function sampleBytes(sample: Sample): string {
  return [
    ...sample.table.columns.map((c) => hash(c.kind === 'numeric' ? c.values : c.codes)),
    hash(sample.target),
    sample.weights ? hash(sample.weights) : '',
  ].join();
}

const same = (a: Float64Array, b: Float64Array): boolean => a.length === b.length && a.every((v, i) => Object.is(v, b[i]));

function distance(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += Math.abs((a[i] as number) - (b[i] as number));
  return total / a.length;
}

function span(predicted: Float64Array, kind: TaskKind): number {
  return kind === 'regression' ? Math.max(1, Math.max(...predicted) - Math.min(...predicted)) : 1;
}

function near(a: Float64Array, b: Float64Array, kind: TaskKind, tolerance: number, what: string): void {
  const off = distance(a, b);
  must(off <= tolerance * span(b, kind), `${what} give predictions that differ by ${off} on average (span ${span(b, kind)})`);
}

function declarations(parameters: Readonly<Record<string, ParameterSpec>>): void {
  for (const [name, spec] of Object.entries(parameters)) {
    must(spec.doc.length > 0, `the parameter "${name}" has no description`);
    if (spec.choices) must(spec.choices.includes(spec.default), `the default of "${name}" is not one of its choices`);
    if (typeof spec.default !== 'number') continue;
    must(spec.range !== undefined || spec.choices !== undefined, `the number "${name}" has no range`);
    if (spec.range) must(spec.default >= spec.range[0] && spec.default <= spec.range[1], `the default of "${name}" is out of its range`);
    if (spec.integer) must(Number.isInteger(spec.default), `the default of "${name}" is not whole`);
  }
}

async function refusals(learner: Learner): Promise<void> {
  const bad: Parameters[] = [{ 'no such parameter': 1 }];
  for (const [name, spec] of Object.entries(learner.parameters)) {
    bad.push({ [name]: typeof spec.default === 'string' ? 7 : 'nonsense' });
    if (spec.choices) bad.push({ [name]: 'no such choice' });
    if (!spec.range) continue;
    bad.push({ [name]: spec.range[0] - 1 }, { [name]: spec.range[1] + 1 + Math.abs(spec.range[1]) }, { [name]: Number.NaN });
    if (spec.integer) bad.push({ [name]: spec.range[0] + 0.5 });
  }
  for (const parameters of bad) {
    let found: unknown;
    try {
      await learner.fit(conformanceSample(learner, 'binary', 30, 1), undefined, parameters, contextOf('binary'));
    } catch (error) {
      found = error;
    }
    must(
      found instanceof MillwrightError && found.code === 'OPTION_INVALID',
      `${JSON.stringify(parameters)} is not refused with OPTION_INVALID (${String(found)})`,
    );
  }
}
