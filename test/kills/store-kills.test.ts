import { expect } from 'vitest';
import { killTests } from './kill-tests.js';

// Some kills on both stores; MILLWRIGHT_KILLS=200 does as many as the figures in docs/registry.md rest on.

killTests(
  'store',
  10,
  ['SQLite keeps what it acknowledged when it is killed', 'PostgreSQL keeps what it acknowledged when its client is killed'],
  (summary, kills) => {
    expect(summary.kills).toBe(kills);
    expect(summary.acknowledged).toBeGreaterThan(0);
  },
);
