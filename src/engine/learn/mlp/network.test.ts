import { describe, expect, it } from 'vitest';
import { Rng } from '../../../core/rng.js';
import { MlpKernels } from '../../kernels/mlp-kernels.js';
import { type Activation, Network } from './network.js';
import { gradientOf } from './training.js';

const BATCH = 12;
const INPUTS = ['a', 'b', 'c', 'd', 'e'];

/** A small network with a batch whose shares differ, and every parameter away from where it starts. */
function make(activation: Activation, outputs: number): Network {
  const network = new Network(new MlpKernels(), { inputs: INPUTS, hidden: [12, 8], outputs, activation, batch: BATCH });
  const rng = new Rng(3);
  network.start(rng, new Float64Array(outputs));
  const { kernels } = network;
  const x = kernels.f32(network.x, BATCH * network.width);
  for (let i = 0; i < BATCH; i++) for (let j = 0; j < INPUTS.length; j++) x[i * network.width + j] = 4 * rng.float() - 2;
  kernels.f32(network.shares, BATCH).forEach((_, i, shares) => {
    shares[i] = i === 3 ? 0 : (1 + (i % 3)) / (2 * BATCH);
  });
  for (let i = 0; i < BATCH; i++)
    if (outputs > 1) kernels.u32(network.target, BATCH)[i] = i % outputs;
    else kernels.f32(network.target, BATCH)[i] = rng.float() - 0.5;
  // the last layer starts at 0, which would hide the others
  const last = network.parameters.length - (8 * network.scoreWidth + network.scoreWidth);
  for (let i = 0; i < 8; i++) for (let o = 0; o < outputs; o++) network.parameters[last + i * network.scoreWidth + o] = rng.float() - 0.5;
  for (let j = 0; j < INPUTS.length; j++) network.parameters[j] = 0.5 + rng.float();
  return network;
}

/** The loss that the kernels' gradient is of, in plain f64 from the kernels' scores. */
function loss(network: Network, smoothing: number): number {
  const { kernels, scoreWidth } = network;
  const { outputs } = network.shape;
  const scores = Float64Array.from(kernels.f32(network.forward(), BATCH * scoreWidth));
  const shares = kernels.f32(network.shares, BATCH);
  let total = 0;
  for (let i = 0; i < BATCH; i++) {
    const own = scores.subarray(i * scoreWidth, i * scoreWidth + outputs);
    if (outputs === 1) {
      const d = (own[0] as number) - (kernels.f32(network.target, BATCH)[i] as number);
      total += ((shares[i] as number) * d * d) / 2;
      continue;
    }
    const answer = kernels.u32(network.target, BATCH)[i] as number;
    const norm = Math.log(own.reduce((a, z) => a + Math.exp(z), 0));
    own.forEach((z, c) => {
      total += (shares[i] as number) * (smoothing / outputs + (c === answer ? 1 - smoothing : 0)) * (norm - z);
    });
  }
  return total;
}

describe('the gradient agrees with differences of the loss', () => {
  for (const [activation, outputs, smoothing] of [
    ['selu', 2, 0],
    ['selu', 5, 0.1],
    ['mish', 3, 0],
    ['mish', 1, 0],
    ['selu', 1, 0],
  ] as const)
    it(`${activation}, ${outputs} outputs, smoothing ${smoothing}`, () => {
      const network = make(activation, outputs);
      network.forward();
      gradientOf(network, smoothing, 0);
      const gradient = network.gradient.slice();
      const { parameters } = network;
      const here = loss(network, smoothing);
      const largest = gradient.reduce((a, g) => Math.max(a, Math.abs(g)), 0);
      expect(largest).toBeGreaterThan(0.01);
      let moved = 0;
      for (let i = 0; i < parameters.length; i++) {
        const before = parameters[i] as number;
        // padding has no gradient and stays 0
        if (before === 0 && gradient[i] === 0) continue;
        moved++;
        // not so small that f32 scores hide the difference
        const h = 0.001;
        parameters[i] = before + h;
        const up = loss(network, smoothing);
        parameters[i] = before - h;
        const down = loss(network, smoothing);
        parameters[i] = before;
        // where a unit crosses SELU's kink the slope of one side alone is right
        const slopes = [(up - down) / (2 * h), ...(activation === 'selu' ? [(up - here) / h, (here - down) / h] : [])];
        const off = Math.min(...slopes.map((slope) => Math.abs(slope - (gradient[i] as number))));
        expect(off, `parameter ${i}`).toBeLessThan(3e-3 * largest + 1e-4);
      }
      const real = INPUTS.length * 13 + 12 + 12 * 8 + 8 + 8 * outputs + outputs;
      expect(moved).toBeGreaterThan(0.9 * real);
    });
});
