import { describe, expect, it, vi } from 'vitest';
import { Rng } from '../../core/rng.js';
import { Job, KernelHost } from './kernel-host.js';

// Gradients, losses and whole numbers against their formulas.

const LOSS = { squared: 0, absolute: 1, huber: 2, quantile: 3, poisson: 4, logistic: 5, softmax: 6 } as const;
type Loss = keyof typeof LOSS;
const ALPHA = 0.8;
const BLOCK = 4096;
const near = (a: number, b: number, relative: number): boolean => Math.abs(a - b) <= relative * Math.max(1e-30, Math.abs(b));

/** Loss of one row. `s`: its scores. */
function lossOf(loss: Loss, s: number[], y: number): number {
  const r = (s[0] as number) - y;
  if (loss === 'squared') return 0.5 * r * r;
  if (loss === 'absolute') return Math.abs(r);
  if (loss === 'huber') return Math.abs(r) <= ALPHA ? 0.5 * r * r : ALPHA * (Math.abs(r) - 0.5 * ALPHA);
  if (loss === 'quantile') return r > 0 ? (1 - ALPHA) * r : -ALPHA * r;
  if (loss === 'poisson') return Math.exp(s[0] as number) - y * (s[0] as number);
  if (loss === 'logistic') return Math.max(s[0] as number, 0) - (s[0] as number) * y + Math.log1p(Math.exp(-Math.abs(s[0] as number)));
  const top = Math.max(...s);
  return Math.log(s.reduce((t, v) => t + Math.exp(v - top), 0)) + top - (s[y] as number);
}

/** Its gradient and hessian for score `k`. */
function slopes(loss: Loss, s: number[], y: number, k: number): [number, number] {
  const r = (s[0] as number) - y;
  if (loss === 'squared') return [r, 1];
  if (loss === 'absolute') return [Math.sign(r), 1];
  if (loss === 'huber') return [Math.max(-ALPHA, Math.min(ALPHA, r)), 1];
  if (loss === 'quantile') return [r > 0 ? 1 - ALPHA : r < 0 ? -ALPHA : 0, 1];
  if (loss === 'poisson') return [Math.exp(s[0] as number) - y, Math.exp((s[0] as number) + 0.7)];
  if (loss === 'logistic') {
    const p = 1 / (1 + Math.exp(-(s[0] as number)));
    return [p - y, Math.max(p * (1 - p), 1e-16)];
  }
  const top = Math.max(...s);
  const p = Math.exp((s[k] as number) - top) / s.reduce((t, v) => t + Math.exp(v - top), 0);
  return [p - (k === y ? 1 : 0), Math.max((s.length / (s.length - 1)) * p * (1 - p), 1e-16)];
}

async function placed(loss: Loss, rows: number, weighted: boolean, spread = 8) {
  const rng = new Rng(rows + LOSS[loss]);
  const host = await KernelHost.create();
  const classes = loss === 'softmax' ? 3 : 1;
  const scores = Float64Array.from({ length: rows * classes }, () => (rng.float() - 0.5) * spread);
  const count = loss === 'softmax' ? 3 : loss === 'logistic' ? 2 : 0;
  const target = Float64Array.from({ length: rows }, (_, i) =>
    count > 0 ? rng.below(count) : i % 9 === 0 ? (scores[i] as number) : rng.float() * 3,
  );
  const weights = Float64Array.from({ length: rows }, () => (weighted ? rng.below(4) : 1));
  const put = (values: Float64Array): number => {
    const at = host.allocate((values.length + 2) * 8);
    host.f64(at, values.length + 2).fill(Number.NaN);
    host.f64(at, values.length).set(values);
    return at;
  };
  const [scoreAt, targetAt, weightAt] = [put(scores), put(target), weighted ? put(weights) : 0];
  const blocks = Math.ceil(rows / BLOCK);
  const sums = host.allocate(blocks * classes * 16);
  const scoresOf = (i: number): number[] => Array.from({ length: classes }, (_, k) => scores[k * rows + i] as number);
  return { host, classes, target, weights, scoreAt, targetAt, weightAt, blocks, sums, scoresOf };
}

const CASES = (Object.keys(LOSS) as Loss[]).flatMap((loss) => [
  [loss, 1, false] as const,
  [loss, 2, true] as const,
  [loss, 4097, false] as const,
  [loss, 8191, true] as const,
]);

describe('gradients', () => {
  it.each(CASES)('%s of %i rows, weights %s', async (loss, rows, weighted) => {
    const p = await placed(loss, rows, weighted);
    const { host, classes } = p;
    const [g, h] = [host.allocate((rows * classes + 2) * 4), host.allocate((rows * classes + 2) * 4)];
    [rows, classes, LOSS[loss], p.scoreAt, p.targetAt, p.weightAt, g, h, p.sums].forEach((v, i) => {
      host.int(i, v);
    });
    host.number(10, ALPHA);
    host.run(Job.gradient);
    const read = (at: number): Float32Array => new Float32Array(host.u8(at, rows * classes * 4).slice().buffer);
    const [gradient, hessian] = [read(g), read(h)];
    const totals = new Float64Array(classes * 2);
    const wrong: string[] = [];
    for (let i = 0; i < rows; i++)
      for (let k = 0; k < classes; k++) {
        const w = p.weights[i] as number;
        const [dg, dh] = slopes(loss, p.scoresOf(i), p.target[i] as number, k);
        totals[2 * k] = (totals[2 * k] as number) + Math.abs(dg * w);
        totals[2 * k + 1] = (totals[2 * k + 1] as number) + dh * w;
        // single precision, and for p − 1 what is left of it
        if (
          Math.abs((gradient[k * rows + i] as number) - dg * w) > 3e-7 * Math.max(w, Math.abs(dg * w)) ||
          !near(hessian[k * rows + i] as number, dh * w, 1e-6)
        )
          wrong.push(`row ${i} class ${k}: ${gradient[k * rows + i]}, ${hessian[k * rows + i]}, not ${dg * w}, ${dh * w}`);
      }
    expect(wrong.slice(0, 3)).toEqual([]);
    const sums = new Float64Array(classes * 2);
    host.f64(p.sums, p.blocks * classes * 2).forEach((v, i) => {
      sums[i % (classes * 2)] = (sums[i % (classes * 2)] as number) + v;
    });
    for (let i = 0; i < sums.length; i++) expect(near(sums[i] as number, totals[i] as number, 1e-6)).toBe(true);
  });

  it('stay finite at scores far out', async () => {
    for (const loss of ['logistic', 'softmax', 'poisson'] as const) {
      const p = await placed(loss, 500, false, loss === 'poisson' ? 80 : 4000);
      const { host, classes } = p;
      const [g, h] = [host.allocate((500 * classes + 2) * 4), host.allocate((500 * classes + 2) * 4)];
      [500, classes, LOSS[loss], p.scoreAt, p.targetAt, 0, g, h, p.sums].forEach((v, i) => {
        host.int(i, v);
      });
      host.run(Job.gradient);
      for (const at of [g, h])
        for (const v of new Float32Array(host.u8(at, 500 * classes * 4).slice().buffer)) expect(Number.isFinite(v)).toBe(true);
    }
  });
});

describe('losses', () => {
  it.each(CASES)('%s of %i rows, weights %s', async (loss, rows, weighted) => {
    const p = await placed(loss, rows, weighted);
    const { host } = p;
    [rows, p.classes, LOSS[loss], p.scoreAt, p.targetAt, p.weightAt, p.sums].forEach((v, i) => {
      host.int(i, v);
    });
    host.number(10, ALPHA);
    host.run(Job.loss);
    const found = host.f64(p.sums, p.blocks).reduce((a, b) => a + b, 0);
    let exact = 0;
    for (let i = 0; i < rows; i++) exact += (p.weights[i] as number) * lossOf(loss, p.scoresOf(i), p.target[i] as number);
    expect(near(found, exact, 1e-11)).toBe(true);
  });
});

describe('exp and log', () => {
  it('are right to a part in 10¹³', async () => {
    const host = await KernelHost.create();
    const [scores, target, sums] = [host.allocate(64), host.allocate(64), host.allocate(64)];
    const loss = (name: Loss, classes: number, at: number[]): number => {
      host.f64(scores, at.length).set(at);
      host.f64(target, 1)[0] = 0;
      [1, classes, LOSS[name], scores, target, 0, sums].forEach((v, i) => {
        host.int(i, v);
      });
      host.run(Job.loss);
      return host.f64(sums, 1)[0] as number;
    };
    const wrong: number[] = [];
    for (let x = -690; x <= 690; x += 0.37) {
      // with an answer of 0 the Poisson loss is eˣ; two classes give log(1 + eˣ)
      if (!near(loss('poisson', 1, [x]), Math.exp(x), 2e-13)) wrong.push(x);
      if (x > -20 && !near(loss('softmax', 2, [0, x]), x > 30 ? x : Math.log1p(Math.exp(x)), x < 0 ? 1e-7 : 2e-13)) wrong.push(x);
    }
    expect(wrong).toEqual([]);
    // beyond the range they stay finite
    expect(loss('poisson', 1, [5000])).toBeCloseTo(Math.exp(700), -295);
    expect(loss('poisson', 1, [-5000])).toBeLessThan(1e-300);
  });
});

describe('whole numbers of gradients', () => {
  it('are rounded, packed, and never without a hessian', async () => {
    const host = await KernelHost.create();
    const g = Float32Array.of(1.26, -1.26, 0, -3e8, 3e8, 0.25);
    const h = Float32Array.of(0, 0.1, 2.5, 1, 4e8, 0.3);
    const put = (values: Float32Array): number => {
      const at = host.allocate(values.byteLength);
      host.u8(at, values.byteLength).set(new Uint8Array(values.buffer));
      return at;
    };
    const [ga, ha, out] = [put(g), put(h), host.allocate(6 * 8)];
    for (const [scaleH, wanted] of [
      [10, [1, 1, 25, 10, 4_000_000_000, 3]],
      [0, [1, 1, 1, 1, 1, 1]],
    ] as const) {
      [6, ga, ha, out].forEach((v, i) => {
        host.int(i, v);
      });
      host.number(10, 4);
      host.number(11, scaleH);
      host.run(Job.quantise);
      expect(Array.from({ length: 6 }, (_, i) => host.u32(out + i * 8, 1)[0])).toEqual(wanted);
      expect(Array.from({ length: 6 }, (_, i) => host.i32(out + i * 8 + 4, 1)[0])).toEqual([5, -5, 0, -1_200_000_000, 1_200_000_000, 1]);
    }
    const rows = host.allocate(8);
    host.u32(rows, 2).set([3, 5]);
    host.kernels.total(out, rows, 2, ga);
    expect([host.u32(ga, 1)[0], host.i32(ga + 4, 1)[0]]).toEqual([2, -1_199_999_999]);
  });
});

describe('memory', () => {
  it('is a stack of aligned blocks that keeps what it holds while it grows', async () => {
    const host = await KernelHost.create();
    const a = host.allocate(100);
    host.u8(a, 100).fill(7);
    const b = host.allocate(40_000_000);
    expect([a % 64, b % 64]).toEqual([0, 0]);
    expect(b).toBeGreaterThanOrEqual(a + 100);
    host.u8(b, 40_000_000).fill(9);
    expect(host.u8(a, 100).every((v) => v === 7)).toBe(true);
    host.release(b);
    expect(host.allocate(8)).toBe(b);
  });

  it('says in words that data are too large', async () => {
    const host = await KernelHost.create();
    expect(() => host.allocate(2 ** 33)).toThrow(expect.objectContaining({ code: 'DATA_TOO_LARGE' }));
    // and is of use afterwards
    expect(host.allocate(64)).toBeGreaterThan(0);
  });

  it('says the same when the system refuses memory', async () => {
    const host = await KernelHost.create();
    const grow = vi.spyOn(WebAssembly.Memory.prototype, 'grow').mockImplementation(() => {
      throw new RangeError('WebAssembly.Memory.grow(): Unable to grow instance memory');
    });
    expect(() => host.allocate(2 ** 26)).toThrow(expect.objectContaining({ code: 'DATA_TOO_LARGE' }));
    grow.mockRestore();
    expect(host.allocate(2 ** 22)).toBeGreaterThan(0);
  });
});
