import { chiSquareTail } from '../../core/tails.js';
import type { Binning } from './binning.js';
import type { CodedRows } from './observer.js';
import { inputCount, type Reference } from './reference.js';

/** Two columns whose values meet otherwise than they did, beyond what each of them changed by itself. */
export interface Interaction {
  /** The one that has changed its company most comes first. */
  columns: [string, string];
  /** Probability by chance, all pairs counted. */
  p: number;
  /** Share of the rows that would have to move to another place of the table of both. */
  moved: number;
}

/** Places that the codes of a column are put into: equal shares of the rows before. */
const PLACES = 5;
/** Columns beyond are left to the classifier: pairs grow with their square. */
const MOST_COLUMNS = 60;
const STEPS = 20;

/**
 * The pair of input columns whose joint table has changed most, after the change of each by itself is taken out (the table before, raked to the margins of now): sees what
 * no correlation does, such as two columns that go together in a ring. Undefined for fewer than two columns.
 */
export function strongestInteraction(reference: Reference, before: CodedRows, now: CodedRows): Interaction | undefined {
  const columns = Array.from({ length: Math.min(MOST_COLUMNS, inputCount(reference)) }, (_, c) => c).filter((c) => !reference.moving[c]);
  const placed = columns.map((c) => {
    const places = placesOf(before.codes[c] as Uint8Array, reference.binnings[c] as Binning);
    const of = (rows: CodedRows) => Uint8Array.from(rows.codes[c] as Uint8Array, (code) => places[code] as number);
    return [of(before), of(now)] as const;
  });
  let best: { a: number; b: number; p: number; square: number; moved: number } | undefined;
  const pull = new Float64Array(columns.length);
  let pairs = 0;
  for (let a = 0; a < columns.length; a++)
    for (let b = 0; b < a; b++) {
      const [x, y] = [placed[a] as (typeof placed)[number], placed[b] as (typeof placed)[number]];
      const found = changeOf(tableOf(x[0], y[0]), tableOf(x[1], y[1]));
      pairs++;
      if (!found) continue;
      const beyond = Math.max(0, found.square - 2 * found.freedom);
      pull[a] = (pull[a] as number) + beyond;
      pull[b] = (pull[b] as number) + beyond;
      const p = chiSquareTail(found.square, found.freedom);
      if (!best || p < best.p || (p === best.p && found.square > best.square)) best = { a, b, p, square: found.square, moved: found.moved };
    }
  if (!best) return undefined;
  const { a, b, p, moved } = best;
  const [first, second] = (pull[a] as number) >= (pull[b] as number) ? [a, b] : [b, a];
  const names = [first, second].map((i) => (reference.binnings[columns[i] as number] as Binning).name) as [string, string];
  return { columns: names, p: Math.min(1, p * pairs), moved };
}

/** From code to place; categories keep their most frequent values, numbers equal shares. */
function placesOf(codes: Uint8Array, binning: Binning): Uint8Array {
  const counts = new Float64Array(256);
  for (const code of codes) counts[code] = (counts[code] as number) + 1;
  const places = new Uint8Array(256);
  if (binning.kind === 'category') {
    const order = Array.from(counts.keys()).sort((a, b) => (counts[b] as number) - (counts[a] as number) || a - b);
    for (const [rank, code] of order.entries()) places[code] = Math.min(rank, PLACES - 1);
    return places;
  }
  let below = 0;
  for (let code = 0; code < 256; code++) {
    places[code] = Math.min(PLACES - 1, Math.floor((PLACES * (below + (counts[code] as number) / 2)) / Math.max(1, codes.length)));
    below += counts[code] as number;
  }
  return places;
}

function tableOf(x: Uint8Array, y: Uint8Array): Float64Array {
  const table = new Float64Array(PLACES * PLACES);
  for (let i = 0; i < x.length; i++) {
    const at = (x[i] as number) * PLACES + (y[i] as number);
    table[at] = (table[at] as number) + 1;
  }
  return table;
}

/** χ² of the table now beside the one before raked to its margins; both are samples. */
function changeOf(before: Float64Array, now: Float64Array): { square: number; freedom: number; moved: number } | undefined {
  const total = (t: Float64Array): number => t.reduce((a, b) => a + b, 0);
  const [n, m] = [total(before), total(now)];
  const margin = (t: Float64Array, k: number, across: boolean): number => {
    let sum = 0;
    for (let i = 0; i < PLACES; i++) sum += t[across ? k * PLACES + i : i * PLACES + k] as number;
    return sum;
  };
  // half a row everywhere: no place is impossible
  const raked = before.map((count) => ((count + 0.5) * m) / n);
  for (let step = 0; step < STEPS; step++)
    for (const across of [true, false])
      for (let k = 0; k < PLACES; k++) {
        const [wanted, there] = [margin(now, k, across), margin(raked, k, across)];
        for (let i = 0; i < PLACES; i++) {
          const at = across ? k * PLACES + i : i * PLACES + k;
          raked[at] = there > 0 ? ((raked[at] as number) * wanted) / there : 0;
        }
      }
  const lines = (across: boolean): number => Array.from({ length: PLACES }, (_, k) => margin(now, k, across)).filter((c) => c > 0).length;
  const freedom = (lines(true) - 1) * (lines(false) - 1);
  if (freedom < 1) return undefined;
  let square = 0;
  let moved = 0;
  for (let at = 0; at < now.length; at++) {
    const expected = raked[at] as number;
    const d = (now[at] as number) - expected;
    moved += Math.abs(d) / (2 * m);
    // what is expected comes of the rows before, which are few in places that have become frequent
    const counted = (before[at] as number) + 0.5;
    const spread = expected + (expected * expected) / counted;
    if (expected + counted >= 5 && spread > 0) square += (d * d) / spread;
  }
  return { square, freedom, moved };
}
