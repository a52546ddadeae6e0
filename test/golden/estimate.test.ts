import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { metric } from '../../src/engine/evaluate/metrics/registry.js';
import { estimateScores } from '../../src/engine/monitor/performance/estimate-scores.js';

interface Case {
  stated: number[];
  true: number[];
  threshold: number;
  scores: Record<string, number>;
}
const cases = JSON.parse(readFileSync(new URL('estimate.json', import.meta.url), 'utf8')) as Case[];
const both = (p: number[]): Float64Array => Float64Array.from(p.flatMap((v) => [1 - v, v]));

// NannyML rounds the rates of a curve to five places
it.each(cases.map((c, i) => [i, c] as const))(
  'scores expected of case %i are those of NannyML',
  (_, { stated, true: likely, threshold, scores }) => {
    const rows = { predicted: both(stated), outputs: 2, expected: both(likely), threshold };
    const found = estimateScores(rows, Object.keys(scores).map(metric), new Rng(1), { draws: 0 });
    for (const [id, value] of Object.entries(scores)) expect(found.get(id)?.value, id).toBeCloseTo(value, 4);
  },
);
