import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Deadline } from '../../../core/clock.js';
import { normalQuantile } from '../../../core/normal.js';
import { Rng } from '../../../core/rng.js';
import type { Task, TaskKind } from '../../../core/schema.js';
import { Table } from '../../../core/table.js';
import { LinearModel } from '../../../model/linear.js';
import { metric } from '../../evaluate/metrics/registry.js';
import type { FitContext, Sample } from '../learner.js';
import { linearLearner } from './linear-learner.js';

interface Case {
  name: string;
  kind: TaskKind;
  rows: number;
  columns: number[];
  target: number[];
  weights: number[] | null;
  l2: number;
  l1Ratio: number;
  objective?: string;
  classes: number;
  coef: number[];
  intercept: number[];
}
const { cases } = JSON.parse(readFileSync(new URL('../../../../test/golden/linear.json', import.meta.url), 'utf8')) as { cases: Case[] };

const still = { now: () => 0, pause: async () => {} };
function context(kind: TaskKind, classes: number, deadline = new Deadline(still, Number.POSITIVE_INFINITY)): FitContext {
  const task: Task = { kind, target: 'y', classes: Array.from({ length: classes }, (_, i) => `${i}`), reason: '' };
  return { task, rng: new Rng(1), deadline };
}
const table = (columns: Float64Array[]): Table => new Table(columns.map((values, j) => ({ kind: 'numeric', name: `x${j}`, values })));

/** Columns of noise, `useful` of which decide the class or number. */
function make(n: number, d: number, k: number, useful: number, seed: number, noise = 1): Sample {
  const rng = new Rng(seed);
  const gauss = (): number => normalQuantile((rng.uint32() + 0.5) / 4294967296);
  const columns = Array.from({ length: d }, () => Float64Array.from({ length: n }, gauss));
  const target = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let best = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < Math.max(1, k); c++) {
      let z = noise * gauss();
      for (let j = 0; j < useful; j++) z += (columns[j]?.[i] as number) * ((((c + 1) * (j + 3) * 7919) % 13) / 6 - 1);
      if (k === 0) target[i] = 100 + 20 * z;
      else if (z > best) {
        best = z;
        target[i] = c;
      }
    }
  }
  return { table: table(columns), target };
}

describe('the linear learner agrees with scikit-learn', () => {
  for (const c of cases)
    it(c.name, async () => {
      const d = c.columns.length / c.rows;
      const columns = Array.from({ length: d }, (_, j) => Float64Array.from(c.columns.slice(j * c.rows, (j + 1) * c.rows)));
      const sample: Sample = {
        table: table(columns),
        target: Float64Array.from(c.target),
        weights: c.weights ? Float64Array.from(c.weights) : undefined,
      };
      const { model } = await linearLearner.fit(
        sample,
        undefined,
        { path: false, l2: c.l2, l1Ratio: c.l1Ratio, objective: c.objective ?? 'auto', tolerance: 1e-10, maxIterations: 20_000 },
        context(c.kind, c.classes),
      );
      expect(model).toBeInstanceOf(LinearModel);
      const { weights, intercept } = model as LinearModel;
      const scale = Math.max(1, ...c.coef.map(Math.abs));
      const shift = c.kind === 'multiclass' ? intercept.reduce((a, b) => a + b, 0) / intercept.length : 0;
      let worst = 0;
      c.coef.forEach((v, i) => {
        worst = Math.max(worst, Math.abs(v - (weights[i] as number)) / scale);
      });
      c.intercept.forEach((v, i) => {
        worst = Math.max(worst, Math.abs(v - ((intercept[i] as number) - shift)) / Math.max(scale, Math.abs(v)));
      });
      expect(worst).toBeLessThan(1e-5);
    });
});

describe('the path', () => {
  it('picks a strong penalty where columns outnumber rows, and a weak one where rows abound', async () => {
    const wide = make(250, 300, 2, 3, 1, 3);
    const wideValidation = make(400, 300, 2, 3, 2, 3);
    const tall = make(6000, 6, 2, 6, 3);
    const tallValidation = make(1000, 6, 2, 6, 4);
    const a = await linearLearner.fit(wide, wideValidation, {}, context('binary', 2));
    const b = await linearLearner.fit(tall, tallValidation, {}, context('binary', 2));
    expect(a.work.step).toBeLessThan(b.work.step as number);
    const free = await linearLearner.fit(wide, undefined, { path: false, l2: 1e-7 }, context('binary', 2));
    const loss = (m: typeof a.model): number =>
      metric('log_loss').compute({ actual: wideValidation.target, predicted: m.predict(wideValidation.table), outputs: 2 });
    expect(loss(a.model)).toBeLessThan(loss(free.model));
  });
  it('lasso drops columns of noise', async () => {
    const { model } = await linearLearner.fit(
      make(500, 40, 0, 3, 5, 0.3),
      make(500, 40, 0, 3, 6, 0.3),
      { l1Ratio: 1 },
      context('regression', 0),
    );
    const zeros = (model as LinearModel).weights.filter((w) => w === 0).length;
    expect(zeros).toBeGreaterThan(15);
    expect(
      metric('r2').compute({
        actual: make(500, 40, 0, 3, 6, 0.3).target,
        predicted: model.predict(make(500, 40, 0, 3, 6, 0.3).table),
        outputs: 1,
      }),
    ).toBeGreaterThan(0.7);
  });
  it('lasso keeps the columns that matter most when there are very many', async () => {
    const { model } = await linearLearner.fit(
      make(150, 2100, 0, 3, 5, 0.1),
      undefined,
      { l1Ratio: 1, path: false, l2: 0.2 },
      context('regression', 0),
    );
    expect(model.inputs.length).toBe(2000);
    // the first column has no weight in the data (see make)
    expect(model.inputs.slice(0, 3)).toContain('x2');
    expect((model as LinearModel).weights[model.inputs.indexOf('x2')]).toBeGreaterThan(2);
  });
  it('chooses a penalty on rows of its own when it gets no validation', async () => {
    const sample = make(400, 10, 3, 4, 7);
    const own = await linearLearner.fit(sample, undefined, {}, context('multiclass', 3));
    const again = await linearLearner.fit(sample, undefined, {}, context('multiclass', 3), own.work);
    expect(again.model.encode()).toEqual(own.model.encode());
  });
});

describe('a fit without validation rows', () => {
  it('takes the penalty that earlier fits settled, a little less for more rows', async () => {
    for (const l1Ratio of [0, 0.6]) {
      const first = await linearLearner.fit(make(300, 10, 2, 3, 1, 3), make(300, 10, 2, 3, 2, 3), { l1Ratio }, context('binary', 2));
      const second = await linearLearner.fit(make(300, 10, 2, 3, 3, 3), make(300, 10, 2, 3, 4, 3), { l1Ratio }, context('binary', 2));
      const parameters = linearLearner.refitParameters?.({ l1Ratio }, [first.work, second.work], 1.25) ?? {};
      expect(parameters.path).toBe(false);
      const mean = Math.sqrt((first.work.penalty as number) * (second.work.penalty as number));
      expect(parameters.l2).toBeCloseTo(mean / (l1Ratio === 0 ? 1.25 : Math.sqrt(1.25)), 12);
      const refit = await linearLearner.fit(make(600, 10, 2, 3, 5, 3), undefined, parameters, context('binary', 2));
      expect(refit.work.penalty).toBe(parameters.l2);
      expect(refit.work.step).toBe(0);
    }
    expect(linearLearner.refitParameters?.({ l2: 3 }, [{ rows: 5, step: 0 }], 1)).toEqual({ l2: 3 });
  });
});

describe('bends and counts', () => {
  it('hinges follow an effect that is not straight', async () => {
    const rng = new Rng(4);
    const values = Float64Array.from({ length: 800 }, () => rng.float() * 4 - 2);
    const sample: Sample = { table: table([values, values.map((v) => (v > 0 ? 1 : 0))]), target: values.map((v) => Math.abs(v) + v * v) };
    const r2 = async (hinges: number): Promise<number> => {
      const { model } = await linearLearner.fit(sample, undefined, { hinges }, context('regression', 0));
      expect((model as LinearModel).hinges.of.length).toBe(hinges);
      return metric('r2').compute({ actual: sample.target, predicted: model.predict(sample.table), outputs: 1 });
    };
    expect(await r2(0)).toBeLessThan(0.2);
    expect(await r2(8)).toBeGreaterThan(0.98);
  });
  it('Poisson predicts what multiplies, and refuses negative targets', async () => {
    const rng = new Rng(4);
    const values = Float64Array.from({ length: 500 }, () => rng.float() * 4 - 2);
    const sample: Sample = {
      table: table([values]),
      target: values.map((v) => 3 * Math.exp(1.5 * v) + rng.float() - 0.5).map((v) => Math.max(0, v)),
    };
    const r2 = async (objective: string): Promise<number> => {
      const { model } = await linearLearner.fit(sample, undefined, { objective }, context('regression', 0));
      return metric('r2').compute({ actual: sample.target, predicted: model.predict(sample.table), outputs: 1 });
    };
    expect(await r2('poisson')).toBeGreaterThan(0.99);
    expect(await r2('squared')).toBeLessThan(0.85);
    const negative = { ...sample, target: sample.target.map((v) => v - 1) };
    await expect(linearLearner.fit(negative, undefined, { objective: 'poisson' }, context('regression', 0))).rejects.toThrow(/negative/);
    const nothing = { ...sample, target: new Float64Array(500) };
    const { model } = await linearLearner.fit(nothing, undefined, { objective: 'poisson' }, context('regression', 0));
    expect([...model.predict(sample.table)].every((v) => v === 0)).toBe(true);
  });
});

describe('limits of the world', () => {
  it('samples rows when there are too many, keeping every class', async () => {
    const sample = make(9000, 5, 3, 4, 8);
    const target = sample.target.map((y, i) => (i < 5 ? 2 : y === 2 ? 1 : y));
    const fitted = await linearLearner.fit(
      { ...sample, target },
      make(300, 5, 3, 4, 9),
      { maxWork: 5 * 3 * 3000 },
      context('multiclass', 3),
    );
    expect(fitted.work.rows).toBeGreaterThan(2900);
    expect(fitted.work.rows).toBeLessThan(3100);
    const again = await linearLearner.fit(
      { ...sample, target },
      undefined,
      { maxWork: 5 * 3 * 3000 },
      context('multiclass', 3),
      fitted.work,
    );
    expect(again.model.encode()).toEqual(fitted.model.encode());
    expect(again.work).toEqual(fitted.work);
  });
  it('a clock that leaves no time gives a model, and its record repeats it', async () => {
    for (const milliseconds of [0, 5, 20, 60]) {
      let now = 0;
      const deadline = new Deadline({ now: () => now++, pause: async () => {} }, milliseconds);
      const sample = make(5000, 20, 4, 4, 10);
      const cut = await linearLearner.fit(sample, make(100, 20, 4, 4, 11), {}, context('multiclass', 4, deadline));
      expect(cut.cut).toBe(true);
      const again = await linearLearner.fit(sample, undefined, {}, context('multiclass', 4), cut.work);
      expect(again.model.encode()).toEqual(cut.model.encode());
    }
  });
  it('predictions stay near the targets that were seen', async () => {
    const { model } = await linearLearner.fit(make(300, 2, 0, 2, 12), undefined, {}, context('regression', 0));
    const target = make(300, 2, 0, 2, 12).target;
    const far = model.predict(table([Float64Array.of(1e9, -1e9), Float64Array.of(1e9, -1e9)]));
    const [low, high] = [Math.min(...target), Math.max(...target)];
    expect(Math.max(...far)).toBeCloseTo(high + (high - low) / 2, 6);
    expect(Math.min(...far)).toBeCloseTo(low >= 0 ? Math.max(0, low - (high - low) / 2) : low - (high - low) / 2, 6);
  });
  it('copes with copies, constants, nearly separable classes and one column', async () => {
    const base = make(60, 3, 2, 1, 13, 0.01);
    const first = base.table.columns[0];
    const values = first?.kind === 'numeric' ? first.values : new Float64Array();
    const odd = table([values, values.slice(), new Float64Array(60).fill(7), values.map((v) => v * 1e-9)]);
    for (const l1Ratio of [0, 0.5]) {
      const { model } = await linearLearner.fit({ ...base, table: odd }, undefined, { l1Ratio }, context('binary', 2));
      const p = model.predict(odd);
      expect(p.every(Number.isFinite)).toBe(true);
      expect(metric('roc_auc').compute({ actual: base.target, predicted: p, outputs: 2 })).toBeGreaterThan(0.95);
    }
  });
});
