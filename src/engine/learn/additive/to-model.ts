import { type AdditiveColumn, AdditiveModel, type AdditivePair } from '../../../model/additive.js';
import type { AdditiveLoss } from './loss.js';
import type { BinnedColumn, BinnedPair } from './terms.js';

/** Passes that move what a grid says of one column alone into that column's effect; each halves what is left, or better. */
const PASSES = 50;

/**
 * Averaged effects to a model in the target's unit. Effects are centred (their weighted mean over the training rows is 0 and the intercept holds the rest), and
 * pairs are purified: their mean along every row and column of the grid is 0, so that all that a column says alone stands in its own effect
 * (Lengerich et al. 2020).
 */
export function toAdditiveModel(
  loss: AdditiveLoss,
  columns: readonly BinnedColumn[],
  effects: readonly Float64Array[],
  sides: readonly Uint8Array[],
  pairs: readonly BinnedPair[],
  pairEffects: readonly Float64Array[],
  weights: Float64Array,
): AdditiveModel {
  const { outputs, scale, centre } = loss;
  const intercept = loss.start.map((s) => s * scale + centre);
  const mains = effects.map((effect) => effect.map((v) => v * scale));
  const grids = pairEffects.map((effect) => effect.map((v) => v * scale));
  const weightOf = (cells: Uint8Array | Uint16Array, size: number): Float64Array => {
    const out = new Float64Array(size);
    for (let i = 0; i < cells.length; i++) out[cells[i] as number] = (out[cells[i] as number] as number) + (weights[i] as number);
    return out;
  };
  pairs.forEach((pair, p) => {
    const grid = grids[p] as Float64Array;
    const weight = weightOf(pair.cells, grid.length);
    const [ofRow, ofColumn] = purify(grid, weight, pair.rows, pair.width);
    addTo(mains[pair.first] as Float64Array, sides[pair.first] as Uint8Array, ofRow);
    addTo(mains[pair.second] as Float64Array, sides[pair.second] as Uint8Array, ofColumn);
  });
  columns.forEach(({ cells, size }, c) => {
    const main = mains[c] as Float64Array;
    const weight = weightOf(cells, size);
    for (let k = 0; k < outputs; k++) {
      let sum = 0;
      let all = 0;
      for (let bin = 0; bin < size; bin++) {
        sum += (weight[bin] as number) * (main[k * size + bin] as number);
        all += weight[bin] as number;
      }
      const mean = all > 0 ? sum / all : 0;
      intercept[k] = (intercept[k] as number) + mean;
      for (let bin = 0; bin < size; bin++) main[k * size + bin] = (main[k * size + bin] as number) - mean;
    }
  });
  // columns without an effect are no inputs
  const used = columns.map((_, c) => (mains[c] as Float64Array).some((v) => v !== 0) || pairs.some((p) => p.first === c || p.second === c));
  const place = new Map<number, number>();
  const kept: AdditiveColumn[] = [];
  columns.forEach(({ name, bounds, binOf }, c) => {
    if (!used[c]) return;
    place.set(c, kept.length);
    const spec = bounds ? { bounds } : { binOf: binOf as Uint8Array };
    kept.push({ name, ...spec, scores: mains[c] as Float64Array, cells: sides[c] as Uint8Array });
  });
  const joint = pairs.map(
    (p, i): AdditivePair => ({
      first: place.get(p.first) as number,
      second: place.get(p.second) as number,
      scores: grids[i] as Float64Array,
    }),
  );
  return new AdditiveModel(kept, joint, intercept, loss.link);
}

function addTo(main: Float64Array, side: Uint8Array, effect: Float64Array): void {
  for (let bin = 0; bin < main.length; bin++) main[bin] = (main[bin] as number) + (effect[side[bin] as number] as number);
}

/** Takes the weighted mean of every row and column out of the grid, and gives them back. */
function purify(grid: Float64Array, weight: Float64Array, rows: number, width: number): [Float64Array, Float64Array] {
  const ofRow = new Float64Array(rows);
  const ofColumn = new Float64Array(width);
  for (let pass = 0; pass < PASSES; pass++) {
    takeOut(grid, weight, ofRow, rows, width, width, 1);
    takeOut(grid, weight, ofColumn, width, rows, 1, width);
  }
  return [ofRow, ofColumn];
}

function takeOut(
  grid: Float64Array,
  weight: Float64Array,
  out: Float64Array,
  lines: number,
  length: number,
  step: number,
  inner: number,
): void {
  for (let line = 0; line < lines; line++) {
    let sum = 0;
    let all = 0;
    for (let j = 0; j < length; j++) {
      const at = line * step + j * inner;
      sum += (weight[at] as number) * (grid[at] as number);
      all += weight[at] as number;
    }
    const mean = all > 0 ? sum / all : 0;
    if (mean === 0) continue;
    out[line] = (out[line] as number) + mean;
    for (let j = 0; j < length; j++) grid[line * step + j * inner] = (grid[line * step + j * inner] as number) - mean;
  }
}
