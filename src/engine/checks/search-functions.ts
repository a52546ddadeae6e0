import { exp, log } from '../../core/math.js';
import type { Parameters } from '../learn/learner.js';
import type { Dimension, Space } from '../search/search-space.js';

// Functions with a known least value of 0, for judging searches; the same as in test/golden/search.py.

export interface TestFunction {
  readonly space: Space;
  readonly value: (p: Parameters) => number;
}

/** A number dimension for tests. */
export function numberDimension(
  name: string,
  low: number,
  high: number,
  more: Partial<Extract<Dimension, { kind: 'number' }>> = {},
): Dimension {
  return { kind: 'number', name, low, high, log: false, integer: false, default: low, ...more };
}

/** A choice for tests. */
export function choiceDimension(name: string, choices: readonly (string | number | boolean)[], when?: Dimension['when']): Dimension {
  return { kind: 'choice', name, choices, default: choices[0] as string, ...(when && { when }) };
}

/** Cosine by halving the angle until its series converges at once. */
function cosine(x: number): number {
  const small = x / 64;
  const s = small * small;
  let c = 1 - s / 2 + (s * s) / 24 - (s * s * s) / 720 + (s * s * s * s) / 40320;
  for (let i = 0; i < 6; i++) c = 2 * c * c - 1;
  return c;
}

const log10 = (x: number): number => log(x) / log(10);
const square = (x: number): number => x * x;
const num = (p: Parameters, name: string): number => p[name] as number;

export const branin: TestFunction = {
  space: { dimensions: [numberDimension('x', -5, 10), numberDimension('y', 0, 15)], fixed: {} },
  value(p) {
    const [x, y] = [num(p, 'x'), num(p, 'y')];
    const [b, c] = [5.1 / (4 * Math.PI * Math.PI), 5 / Math.PI];
    return square(y - b * x * x + c * x - 6) + 10 * (1 - 1 / (8 * Math.PI)) * cosine(x) + 10 - 0.39788735772973816;
  },
};

const ALPHA = [1, 1.2, 3, 3.2];
const A = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
];
const P = [
  [1312, 1696, 5569, 124, 8283, 5886],
  [2329, 4135, 8307, 3736, 1004, 9991],
  [2348, 1451, 3522, 2883, 3047, 6650],
  [4047, 8828, 8732, 5743, 1091, 381],
];

export const hartmann6: TestFunction = {
  space: { dimensions: Array.from({ length: 6 }, (_, i) => numberDimension(`x${i}`, 0, 1)), fixed: {} },
  value(p) {
    let total = 3.322368011391339;
    for (let i = 0; i < 4; i++) {
      let inner = 0;
      for (let j = 0; j < 6; j++)
        inner += ((A[i] as number[])[j] as number) * square(num(p, `x${j}`) - 1e-4 * ((P[i] as number[])[j] as number));
      total -= (ALPHA[i] as number) * exp(-inner);
    }
    return total;
  },
};

const when = (...values: string[]) => ({ when: { parameter: 'kind', values } });

export const conditional: TestFunction = {
  space: {
    dimensions: [
      choiceDimension('kind', ['a', 'b', 'c']),
      numberDimension('x', 0, 1, when('a')),
      numberDimension('y', 1e-4, 1, { log: true, ...when('a') }),
      numberDimension('z', 0, 10, when('b')),
      numberDimension('n', 1, 20, { integer: true, ...when('c') }),
    ],
    fixed: {},
  },
  value(p) {
    if (p.kind === 'a') return 3 * square(num(p, 'x') - 0.3) + square(log10(num(p, 'y')) + 2 + num(p, 'x')) / 4;
    if (p.kind === 'b') return 0.05 * Math.abs(num(p, 'z') - 7) + 0.3;
    return 0.2 + 0.01 * square(num(p, 'n') - 13);
  },
};

const OFFSET = new Map([
  ['p', 0.4],
  ['q', 0],
  ['r', 0.15],
  ['s', 0.6],
  ['t', 0.25],
]);

export const mixed: TestFunction = {
  space: {
    dimensions: [
      choiceDimension('kind', [...OFFSET.keys()]),
      numberDimension('leaves', 2, 256, { integer: true, log: true }),
      numberDimension('rate', 1e-4, 1, { log: true }),
      numberDimension('depth', 1, 12, { integer: true }),
      numberDimension('x', 0, 1),
    ],
    fixed: {},
  },
  value(p) {
    const offset = OFFSET.get(p.kind as string) as number;
    const depth = num(p, 'depth') - 7;
    const rate = log10(num(p, 'rate')) + 2 - 0.1 * depth;
    const leaves = log(num(p, 'leaves')) / log(2) - 5;
    return offset + square(leaves) / 20 + square(rate) / 2 + square(depth) / 60 + square(num(p, 'x') - 0.2 - offset);
  },
};
