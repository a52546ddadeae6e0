import * as turns from '../../../core/turns.js';
import { type DATE_PARTS, type DateOutput, type DatePartsStep, PART_RANGES } from '../../../model/steps/date-parts.js';
import { type Cell, coded, type Frame, single } from './frame.js';
import { DOUBLE, type Graph, INT64 } from './graph.js';

const DAY = 86_400_000;
const QUARTER_TURN = 0.25;
const SINE = [turns.S1, turns.S2, turns.S3, turns.S4, turns.S5, turns.S6];
const COSINE = [turns.C1, turns.C2, turns.C3, turns.C4, turns.C5, turns.C6];

/** Replaces instants by parts of their date, by the whole-number arithmetic of the model's own step, operator for operator. */
export function dateParts(step: DatePartsStep, frame: Frame, added: Map<string, Cell | undefined>): void {
  for (const { name, origin, outputs } of step.columns) {
    const parts = new Parts(frame.graph, frame.matrix([name]), origin);
    added.set(name, undefined);
    for (const output of outputs) added.set(output.name, cellOf(output, parts, frame.graph));
  }
}

function cellOf(output: DateOutput, parts: Parts, graph: Graph): Cell {
  const part = parts.of(output.part);
  if (output.wave !== undefined) {
    const turned = graph.op('Add', [part, graph.number(output.wave === 'sin' ? 0 : QUARTER_TURN)]);
    return single(sinOfTurns(new Sums(graph), turned));
  }
  if (!output.category) return single(part);
  const [low, high] = PART_RANGES[output.part as keyof typeof PART_RANGES];
  const levels = Array.from({ length: high - low + 1 }, (_, i) => String(low + i));
  const place = graph.op('Add', [part, graph.number(2 - low)]);
  const known = graph.op('Where', [graph.op('IsNaN', [part]), graph.number(0), place]);
  return coded(graph, levels, graph.op('Cast', [known], { to: INT64 }));
}

/** Arithmetic on tensors and numbers. */
class Sums {
  constructor(readonly graph: Graph) {}
  #of(value: string | number): string {
    return typeof value === 'number' ? this.graph.number(value) : value;
  }
  add = (a: string | number, b: string | number): string => this.graph.op('Add', [this.#of(a), this.#of(b)]);
  sub = (a: string | number, b: string | number): string => this.graph.op('Sub', [this.#of(a), this.#of(b)]);
  mul = (a: string | number, b: string | number): string => this.graph.op('Mul', [this.#of(a), this.#of(b)]);
  div = (a: string | number, b: string | number): string => this.graph.op('Div', [this.#of(a), this.#of(b)]);
  floor = (a: string): string => this.graph.op('Floor', [a]);
  /** ⌊a ÷ b⌋. */
  share = (a: string, b: number): string => this.floor(this.div(a, b));
  /** What a ÷ b leaves, from 0 up. */
  rest = (a: string, b: number): string => this.sub(a, this.mul(this.share(a, b), b));
  less = (a: string, b: string | number): string => this.graph.op('Less', [a, this.#of(b)]);
  same = (a: string, b: string | number): string => this.graph.op('Equal', [a, this.#of(b)]);
  either = (a: string, b: string): string => this.graph.op('Or', [a, b]);
  both = (a: string, b: string): string => this.graph.op('And', [a, b]);
  where = (when: string, a: string | number, b: string | number): string => this.graph.op('Where', [when, this.#of(a), this.#of(b)]);
}

/** The parts of an instant, each made when it is asked for; all NaN for NaN. */
class Parts {
  readonly #made = new Map<string, string>();
  readonly #s: Sums;

  constructor(
    readonly graph: Graph,
    readonly ms: string,
    readonly origin: number,
  ) {
    this.#s = new Sums(graph);
  }

  /** 1 or 0 for a condition, NaN where there is no instant. */
  #flag(condition: string): string {
    const number = this.graph.op('Cast', [condition], { to: DOUBLE });
    return this.#s.where(this.graph.op('IsNaN', [this.ms]), Number.NaN, number);
  }

  of(part: (typeof DATE_PARTS)[number]): string {
    return this.#get(part);
  }

  #get(name: string): string {
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const made = this.#make(name);
    this.#made.set(name, made);
    return made;
  }

  #make(name: string): string {
    const s = this.#s;
    const get = (part: string): string => this.#get(part);
    switch (name) {
      case 'days':
        return s.floor(s.div(this.ms, DAY));
      case 'time':
        return s.sub(this.ms, s.mul(get('days'), DAY));
      // years begin in March here, so that the leap day is the last one
      case 'era':
        return s.share(s.add(get('days'), 719_468), 146_097);
      case 'day of era':
        return s.sub(s.add(get('days'), 719_468), s.mul(get('era'), 146_097));
      case 'year of era': {
        const d = get('day of era');
        const leaps = s.add(s.sub(s.share(d, 1460), s.share(d, 36_524)), s.share(d, 146_096));
        return s.share(s.sub(d, leaps), 365);
      }
      case 'march day': {
        const y = get('year of era');
        return s.sub(get('day of era'), s.sub(s.add(s.mul(y, 365), s.share(y, 4)), s.share(y, 100)));
      }
      case 'march month':
        return s.share(s.add(s.mul(get('march day'), 5), 2), 153);
      case 'month': {
        const m = get('march month');
        return s.where(s.less(m, 10), s.add(m, 3), s.sub(m, 9));
      }
      case 'year': {
        const year = s.add(get('year of era'), s.mul(get('era'), 400));
        return s.add(year, this.graph.op('Cast', [s.less(get('month'), 3)], { to: DOUBLE }));
      }
      case 'day':
        return s.add(s.sub(get('march day'), s.share(s.add(s.mul(get('march month'), 153), 2), 5)), 1);
      case 'leap': {
        const y = get('year');
        const century = s.both(s.same(s.rest(y, 100), 0), this.graph.op('Not', [s.same(s.rest(y, 400), 0)]));
        return this.#flag(s.both(s.same(s.rest(y, 4), 0), this.graph.op('Not', [century])));
      }
      case 'weekday':
        return s.add(s.rest(s.add(get('days'), 3), 7), 1);
      case 'day-of-year': {
        const d = get('march day');
        return s.where(s.less(get('month'), 3), s.sub(d, 305), s.add(s.add(d, 60), get('leap')));
      }
      case 'hour':
        return s.share(get('time'), 3_600_000);
      case 'minute':
        return s.rest(s.share(get('time'), 60_000), 60);
      case 'month days': {
        const m = get('month');
        const short = [4, 6, 9, 11].map((n) => s.same(m, n)).reduce(s.either);
        return s.where(s.same(m, 2), s.add(get('leap'), 28), s.where(short, 30, 31));
      }
      case 'month-end':
        return this.#flag(s.same(get('day'), get('month days')));
      case 'elapsed':
        return s.div(s.sub(this.ms, this.origin), DAY);
      case 'week': {
        const week = s.share(s.add(s.sub(get('day-of-year'), get('weekday')), 10), 7);
        const weeks = this.#weeksOf(get('year'));
        const before = s.less(week, 1);
        const after = this.graph.op('Greater', [week, weeks]);
        return s.where(before, this.#weeksOf(s.sub(get('year'), 1)), s.where(after, 1, week));
      }
      case 'weekend':
        return this.#flag(this.graph.op('Greater', [get('weekday'), this.graph.number(5)]));
      case 'month-start':
        return this.#flag(s.same(get('day'), 1));
      case 'of-year':
        return s.div(s.add(s.sub(get('day-of-year'), 1), get('of-day')), s.add(get('leap'), 365));
      case 'of-month':
        return s.div(s.add(s.sub(get('day'), 1), get('of-day')), get('month days'));
      case 'of-week':
        return s.div(s.add(s.sub(get('weekday'), 1), get('of-day')), 7);
      default:
        return s.div(get('time'), DAY);
    }
  }

  /** 53 weeks in years that begin or end on a Thursday. */
  #weeksOf(year: string): string {
    const s = this.#s;
    const lastDay = (y: string): string => s.rest(s.add(s.sub(s.add(y, s.share(y, 4)), s.share(y, 100)), s.share(y, 400)), 7);
    return s.where(s.either(s.same(lastDay(year), 4), s.same(lastDay(s.sub(year, 1)), 3)), 53, 52);
  }
}

/** As `core/turns.ts`, to the last bit: thresholds of trees stand between values that it makes. */
function sinOfTurns(s: Sums, turned: string): string {
  const quarter = s.floor(s.add(s.mul(turned, 4), 0.5));
  const x = s.mul(s.sub(turned, s.div(quarter, 4)), 6.283185307179586);
  const z = s.mul(x, x);
  const at = s.rest(quarter, 4);
  const horner = (coefficients: readonly number[]): string =>
    coefficients.slice(0, -1).reduceRight<string | number>((sum, c) => s.add(s.mul(sum, z), c), coefficients.at(-1) as number) as string;
  const sine = s.add(x, s.mul(s.mul(x, z), horner(SINE)));
  const cosine = s.add(s.sub(1, s.mul(z, 0.5)), s.mul(s.mul(z, z), horner(COSINE)));
  const value = s.where(s.either(s.same(at, 0), s.same(at, 2)), sine, cosine);
  return s.where(s.less(at, 2), value, s.sub(0, value));
}
