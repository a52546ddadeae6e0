import { Fields, unreadable } from '../../../model/fields.js';
import { metrics } from '../../evaluate/metrics/registry.js';
import type { CalibrationMap } from './calibration-map.js';
import { decodeCodeTrees } from './code-trees.js';
import type { Estimator } from './estimator.js';

const WHERE = 'reference.json.estimator';

/**
 * Reads the estimator that lies in a bundle's reference; everything is checked.
 * @param columns how many the reference has
 * @returns undefined where the bundle has none: older ones, those of few rows, and those that had to be small
 * @throws MillwrightError `BUNDLE_UNREADABLE`
 */
export function decodeEstimator(reference: unknown, columns: number, outputs: number): Estimator | undefined {
  const json = new Fields(reference, 'reference.json').raw('estimator');
  if (json === undefined) return undefined;
  const f = new Fields(json, WHERE);
  const known = new Set(metrics.map((m) => m.id));
  const scores = f.list('scores', (s) => {
    const score = { metric: s.text('metric'), value: s.number('value'), error: s.number('error'), own: s.number('own') };
    if (!known.has(score.metric) || score.error < 0 || score.own < 0) throw unreadable(`${s.where} is wrong.`);
    return score;
  });
  if (scores.length === 0) throw unreadable(`${WHERE}.scores is empty.`);
  const base = { rows: f.whole('rows', 0, Number.MAX_SAFE_INTEGER), scores };
  if (outputs > 1) {
    const map: CalibrationMap = f.list('map', (curve) => {
      const at = curve.numbers('at');
      return { scale: curve.number('scale'), shift: curve.number('shift'), at, came: curve.numbers('came', at.length) };
    });
    if (map.length !== (outputs === 2 ? 1 : outputs)) throw unreadable(`${WHERE}.map does not fit the classes.`);
    return { ...base, map };
  }
  const errors = f.object('errors');
  const tails = errors.numbers('tails');
  if (tails.length === 0 || tails.some((t) => t < 0)) throw unreadable(`${WHERE}.errors.tails is wrong.`);
  return {
    ...base,
    errors: {
      absolute: decodeCodeTrees(errors.object('absolute'), columns),
      squared: decodeCodeTrees(errors.object('squared'), columns),
      tails,
    },
  };
}
