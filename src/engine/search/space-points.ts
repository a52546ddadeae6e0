import { exp, log } from '../../core/math.js';
import type { Rng } from '../../core/rng.js';
import type { Parameters } from '../learn/learner.js';
import type { Dimension, NumberDimension, ParameterValue, Space } from './search-space.js';

/** Digits that a drawn number keeps, so that people can read it. */
const DIGITS = 5;

/** Whether a dimension counts where the earlier ones have these values. */
export function isActive(dimension: Dimension, parameters: Parameters): boolean {
  const { when } = dimension;
  const value = when && parameters[when.parameter];
  return when === undefined || (value !== undefined && when.values.includes(value));
}

/** Ends of a number's range on the scale that it is drawn on; whole numbers own half a step on either side. */
function ends(d: NumberDimension): [number, number] {
  const half = d.integer ? 0.5 : 0;
  return d.log ? [log(d.low - (d.low > half ? half : 0)), log(d.high + half)] : [d.low - half, d.high + half];
}

/** A number's place between 0 and 1; beyond its range, the nearer end. */
export function toUnit(d: NumberDimension, value: number): number {
  const [from, to] = ends(d);
  const at = d.log ? (value > 0 ? log(value) : from) : value;
  return Math.min(1, Math.max(0, (at - from) / (to - from)));
}

/** The number at a place between 0 and 1. */
export function fromUnit(d: NumberDimension, unit: number): number {
  const [from, to] = ends(d);
  const at = from + unit * (to - from);
  const value = d.log ? exp(at) : at;
  const kept = d.integer ? Math.round(value) : Number(value.toPrecision(DIGITS));
  return Math.min(d.high, Math.max(d.low, kept));
}

/** The stretch of the unit interval that a whole number owns. */
export function unitCell(d: NumberDimension, value: number): [number, number] {
  return [toUnit(d, value - 0.5), toUnit(d, value + 0.5)];
}

/** A value of a dimension, drawn evenly. */
function draw(d: Dimension, rng: Rng): ParameterValue {
  return d.kind === 'choice' ? (d.choices[rng.below(d.choices.length)] as ParameterValue) : fromUnit(d, rng.float());
}

/** A point, drawn evenly. */
export function samplePoint(space: Space, rng: Rng): Parameters {
  const point: Parameters = { ...space.fixed };
  for (const d of space.dimensions) if (isActive(d, point)) point[d.name] = draw(d, rng);
  return point;
}

/** At most `count` values of a dimension, evenly spaced with both ends; all choices whatever the count. */
function levels(d: Dimension, count: number): readonly ParameterValue[] {
  if (d.kind === 'choice') return d.choices;
  if (d.integer && d.high - d.low < count) return Array.from({ length: d.high - d.low + 1 }, (_, i) => d.low + i);
  if (count === 1) return [fromUnit(d, 0.5)];
  const [low, high] = d.log ? [log(d.low), log(d.high)] : [d.low, d.high];
  const values = Array.from({ length: count }, (_, i) => {
    if (i === 0) return d.low;
    if (i === count - 1) return d.high;
    const at = low + (i * (high - low)) / (count - 1);
    const value = d.log ? exp(at) : at;
    return d.integer ? Math.round(value) : Number(value.toPrecision(DIGITS));
  });
  return [...new Set(values)];
}

/**
 * Points of a grid with `count` values a dimension (all choices, whatever the count), the last dimension fastest; dimensions that do not exist at a
 * point are not multiplied.
 */
export function* gridPoints(space: Space, count: number): Generator<Parameters> {
  const { dimensions, fixed } = space;
  const lists = dimensions.map((d) => levels(d, count));
  function* from(i: number, point: Parameters): Generator<Parameters> {
    const d = dimensions[i];
    if (!d) yield point;
    else if (!isActive(d, point)) yield* from(i + 1, point);
    else for (const value of lists[i] as readonly ParameterValue[]) yield* from(i + 1, { ...point, [d.name]: value });
  }
  yield* from(0, { ...fixed });
}

/** How many points a grid has; counting ends beyond `most`. */
export function gridSize(space: Space, count: number, most: number): number {
  let size = 0;
  for (const _ of gridPoints(space, count)) if (++size > most) break;
  return size;
}

/** How many points a space has: `Infinity` when a number is continuous, or beyond ten thousand. */
export function countPoints(space: Space): number {
  const most = 10_000;
  let widest = 1;
  for (const d of space.dimensions) {
    if (d.kind === 'number' && (!d.integer || d.high - d.low >= most)) return Number.POSITIVE_INFINITY;
    widest = Math.max(widest, d.kind === 'number' ? d.high - d.low + 1 : d.choices.length);
  }
  const size = gridSize(space, widest, most);
  return size > most ? Number.POSITIVE_INFINITY : size;
}

/**
 * Points one step away: numbers moved by `step` of their range either way (whole numbers by one at least), choices changed to each other one.
 * Dimensions that come into being take their defaults where these are in the space, else their middle.
 */
export function neighbours(space: Space, point: Parameters, step = 0.1): Parameters[] {
  const found = new Map<string, Parameters>();
  const own = pointKey(space, point);
  for (const d of space.dimensions) {
    if (!isActive(d, point)) continue;
    for (const value of steps(d, settledValue(d, point), step)) {
      const moved = settle(space, { ...point, [d.name]: value });
      const key = pointKey(space, moved);
      if (key !== own) found.set(key, moved);
    }
  }
  return [...found.values()];
}

function steps(d: Dimension, value: ParameterValue, step: number): ParameterValue[] {
  if (d.kind === 'choice') return d.choices.filter((choice) => choice !== value);
  const unit = toUnit(d, Number(value));
  return [-1, 1].map((sign) => {
    const moved = fromUnit(d, Math.min(1, Math.max(0, unit + sign * step)));
    return d.integer && moved === value ? Math.min(d.high, Math.max(d.low, moved + sign)) : moved;
  });
}

/** Takes away what does not exist at a point, and adds what does. */
function settle(space: Space, point: Parameters): Parameters {
  const settled: Parameters = { ...space.fixed };
  for (const d of space.dimensions) if (isActive(d, settled)) settled[d.name] = settledValue(d, point);
  return settled;
}

/** A point's value, or what stands for it where the point says nothing. */
function settledValue(d: Dimension, point: Parameters): ParameterValue {
  const value = point[d.name] ?? d.default;
  if (d.kind === 'choice') return d.choices.includes(value) ? value : (d.choices[0] as ParameterValue);
  return Number(value) >= d.low && Number(value) <= d.high ? value : fromUnit(d, 0.5);
}

/** A point in the unit cube, one number a dimension; NaN where the dimension does not exist. Choices lie in the middle of equal parts. */
export function encodePoint(space: Space, point: Parameters): Float64Array {
  return Float64Array.from(space.dimensions, (d) => {
    if (!isActive(d, point)) return Number.NaN;
    const value = point[d.name] ?? d.default;
    return d.kind === 'number' ? toUnit(d, Number(value)) : (d.choices.indexOf(value) + 0.5) / d.choices.length;
  });
}

/** The point at a place of the unit cube; what is said of dimensions that do not exist there is passed over. */
export function decodePoint(space: Space, unit: ArrayLike<number>): Parameters {
  const point: Parameters = { ...space.fixed };
  space.dimensions.forEach((d, i) => {
    if (!isActive(d, point)) return;
    const u = Math.min(1, Math.max(0, unit[i] as number));
    point[d.name] =
      d.kind === 'number'
        ? fromUnit(d, u)
        : (d.choices[Math.min(d.choices.length - 1, Math.floor(u * d.choices.length))] as ParameterValue);
  });
  return point;
}

/** A text that is the same for equal points of a space, defaults filled in. */
export function pointKey(space: Space, point: Parameters): string {
  const all: Parameters = {};
  return JSON.stringify(
    space.dimensions.map((d) => {
      if (!isActive(d, all)) return null;
      all[d.name] = point[d.name] ?? d.default;
      return all[d.name];
    }),
  );
}
