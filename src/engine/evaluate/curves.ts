import { callsFromTop, classWeights, rank } from './metrics/ranking.js';

/** One point of the curves of a two-class model: rows with at least this score are called positive. */
export interface CurvePoint {
  threshold: number;
  /** Share of the negatives that is called positive. */
  falsePositiveRate: number;
  /** Recall: share of the positives that is called positive. */
  truePositiveRate: number;
  /** Share of the called rows that is positive. */
  precision: number;
  /** Share of all rows that is called positive. */
  called: number;
  /** How many times purer the called rows are than all rows. */
  lift: number;
}

const MAX_POINTS = 200;

/**
 * ROC, precision–recall, gain and lift in one sweep from the highest score down; starts with nobody called, ends with everybody, at most 200 points
 * (evenly spaced along the ROC curve and the called share). Empty when a class is absent.
 * @param probabilities of the positive class
 */
export function scoreCurve(actual: Float64Array, probabilities: Float64Array, weights?: Float64Array): CurvePoint[] {
  const ranked = rank(probabilities);
  const { order } = ranked;
  const { positives, negatives } = classWeights(actual, order, weights);
  if (positives <= 0 || negatives <= 0) return [];
  const points: CurvePoint[] = [{ threshold: 1, falsePositiveRate: 0, truePositiveRate: 0, precision: 1, called: 0, lift: 1 }];
  const rate = positives / (positives + negatives);
  for (const { start, hits, alarms } of callsFromTop(actual, ranked, weights)) {
    if (hits + alarms <= 0) continue;
    const precision = hits / (hits + alarms);
    points.push({
      threshold: probabilities[order[start] as number] as number,
      falsePositiveRate: alarms / negatives,
      truePositiveRate: hits / positives,
      precision,
      called: (hits + alarms) / (positives + negatives),
      lift: precision / rate,
    });
  }
  // the curves start where the first call leads, so that precision and lift have no step at 0
  const [first, second] = points as [CurvePoint, CurvePoint];
  first.threshold = Math.max(1, second.threshold);
  first.precision = second.precision;
  first.lift = second.lift;
  return downsample(points);
}

/** Keeps the ends and the points that are the first of each equal step along (false positives + true positives + called). */
function downsample(points: CurvePoint[]): CurvePoint[] {
  if (points.length <= MAX_POINTS) return points;
  const way = (p: CurvePoint): number => p.falsePositiveRate + p.truePositiveRate + p.called;
  const kept: CurvePoint[] = [];
  for (const p of points) {
    if (kept.length === MAX_POINTS - 1) break;
    if (way(p) >= (3 * kept.length) / (MAX_POINTS - 1)) kept.push(p);
  }
  const last = points[points.length - 1] as CurvePoint;
  if (kept[kept.length - 1] !== last) kept.push(last);
  return kept;
}
