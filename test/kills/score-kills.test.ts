import { expect } from 'vitest';
import { killTests } from './kill-tests.js';

// Some kills on both stores; MILLWRIGHT_KILLS=60 does as many as the figures in docs/score.md rest on.

killTests(
  'score',
  6,
  ['a scoring that is killed and given again is that of an unbroken run: files, SQLite', 'and PostgreSQL'],
  (summary, kills) => expect(summary.kills).toBeGreaterThanOrEqual(kills),
);
