// Preloaded into every process of a replay: its wall clock is the time of the rows, which the replay writes to a file. Timers and budgets keep to real time.
import { openSync, readSync } from 'node:fs';

const path = process.env.MILLWRIGHT_BENCH_CLOCK;
if (path !== undefined) {
  const file = openSync(path, 'r');
  const bytes = Buffer.alloc(8);
  const Real = globalThis.Date;
  const now = () => {
    readSync(file, bytes, 0, 8, 0);
    return bytes.readDoubleLE(0);
  };
  globalThis.Date = class extends Real {
    constructor(...args) {
      super(...(args.length === 0 ? [now()] : args));
    }
    static now() {
      return now();
    }
  };
}
