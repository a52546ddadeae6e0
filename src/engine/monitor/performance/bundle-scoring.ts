import { outputCount } from '../../../core/schema.js';
import type { Bundle } from '../../../model/bundle.js';
import type { Reference } from '../reference.js';
import { decodeEstimator } from './estimator-json.js';
import type { PerformanceOptions } from './performance-book.js';

/**
 * What a book needs to score a bundle's rows.
 * @param reference the bundle's own, decoded
 * @throws MillwrightError `BUNDLE_UNREADABLE`
 * @example new PerformanceBook({ ...scoringOf(bundle, decodeReference(bundle.reference)), window: { rows: 500 } })
 */
export function scoringOf(bundle: Bundle, reference: Reference): Omit<PerformanceOptions, 'window'> {
  const estimator = decodeEstimator(bundle.reference ?? {}, reference.binnings.length, outputCount(bundle.task));
  const { task, threshold, costs } = bundle;
  const metric = estimator?.scores[0]?.metric;
  return {
    task,
    reference,
    ...(estimator && { estimator }),
    ...(threshold !== undefined && { threshold }),
    ...(costs && { costs }),
    ...(metric && { metric }),
  };
}
