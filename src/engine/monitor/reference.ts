import type { Binning } from './binning.js';
import { type SeasonKind, slotCount } from './season.js';
import type { Sketch, SketchShape } from './sketch.js';

/**
 * What windows are compared with: the sketch of the training rows (or of others), by the bins that were made of them. Holds counts, bounds and the
 * most frequent levels; no rows.
 */
export interface Reference {
  /** Columns that the model reads, then those of its predictions. */
  readonly binnings: readonly Binning[];
  /** How many at the end are of predictions. */
  readonly predictions: number;
  /** Columns that move on by themselves (dates, counters): only their missing cells are watched. */
  readonly moving: readonly boolean[];
  readonly season: { readonly kind: SeasonKind; readonly column?: string };
  readonly sketch: Sketch;
  /** By column, row-major slot × code; empty without a season. */
  readonly slotCounts: readonly Float64Array[];
  /** Standard deviation of one row's pull on each pair's correlation, by `pairIndex`; 0 for pairs that are not watched. */
  readonly pulls: Float64Array;
}

export function shapeOf(reference: Pick<Reference, 'binnings' | 'season'>): SketchShape {
  return { binnings: reference.binnings, slots: slotCount(reference.season.kind) };
}

/** How many of the columns are inputs. */
export function inputCount(reference: Pick<Reference, 'binnings' | 'predictions'>): number {
  return reference.binnings.length - reference.predictions;
}
