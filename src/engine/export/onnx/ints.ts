import { DOUBLE, type Graph, INT64 } from './graph.js';

/** Whole-number and boolean arithmetic on tensors; numbers stand for int64 constants. */
export class Ints {
  constructor(readonly graph: Graph) {}

  #of(value: string | number): string {
    return typeof value === 'number' ? this.graph.ints([value], []) : value;
  }

  #op = (type: string, a: string | number, b: string | number): string => this.graph.op(type, [this.#of(a), this.#of(b)]);

  add = (a: string, b: string | number): string => this.#op('Add', a, b);
  sub = (a: string, b: string | number): string => this.#op('Sub', a, b);
  mul = (a: string, b: string | number): string => this.#op('Mul', a, b);
  div = (a: string, b: number): string => this.#op('Div', a, b);
  xor = (a: string, b: string | number): string => this.#op('BitwiseXor', a, b);
  /** Bitwise and. */
  bits = (a: string, b: number): string => this.#op('BitwiseAnd', a, b);
  least = (a: string, b: number): string => this.#op('Min', a, b);
  same = (a: string, b: string | number): string => this.#op('Equal', a, b);
  above = (a: string, b: number): string => this.#op('Greater', a, b);
  notBelow = (a: string, b: number): string => this.#op('GreaterOrEqual', a, b);
  within = (a: string, low: number, high: number): string => this.and(this.notBelow(a, low), this.not(this.above(a, high)));
  not = (a: string): string => this.graph.op('Not', [a]);
  and = (...all: string[]): string => all.reduce((a, b) => this.graph.op('And', [a, b]));
  or = (...all: string[]): string => all.reduce((a, b) => this.graph.op('Or', [a, b]));
  where = (when: string, a: string | number, b: string | number): string => this.graph.op('Where', [when, this.#of(a), this.#of(b)]);
  toInt = (a: string): string => this.graph.op('Cast', [a], { to: INT64 });
  toDouble = (a: string): string => this.graph.op('Cast', [a], { to: DOUBLE });
  cumulate = (a: string, reverse = false): string => this.graph.op('CumSum', [a, this.graph.ints([1], [])], { reverse: reverse ? 1 : 0 });

  /** The value once a row of another tensor: rows × 1. */
  column(like: string, value: number): string {
    const rows = this.graph.op('Shape', [like], { start: 0, end: 1 });
    return this.graph.op('Expand', [this.graph.ints([value], [1, 1]), this.graph.op('Concat', [rows, this.graph.ints([1])], { axis: 0 })]);
  }

  /** a · b of 32-bit words, modulo 2^32; no product within is above 2^49. */
  mul32(a: string, b: number): string {
    const low = this.mul(a, b & 0xffff);
    const high = this.mul(this.bits(this.mul(a, b >>> 16), 0xffff), 0x10000);
    return this.bits(this.add(low, high), 0xffffffff);
  }
}
