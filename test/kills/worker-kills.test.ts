import { expect } from 'vitest';
import { killTests } from './kill-tests.js';

// A few kills on both stores; MILLWRIGHT_KILLS=100 does as many as the figures in docs/retraining.md rest on.

killTests(
  'worker',
  3,
  ['every retraining ends, once, however often its workers are killed (SQLite)', 'the same with PostgreSQL'],
  (summary, kills) => {
    expect(summary.kills).toBeGreaterThanOrEqual(kills);
    expect(summary.versions).toBeGreaterThan(0);
  },
);
