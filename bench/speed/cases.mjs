/**
 * What is trained: made-up tables of the sizes that matter. `categories` of the columns are categorical.
 * Rounds × leaves × bins are the same for both sides.
 */
export const CASES = [
  { name: '100k', task: 'binary', rows: 100_000, testRows: 100_000, columns: 28, categories: 0, classes: 2, rounds: 100, repeats: 5 },
  { name: '1m', task: 'binary', rows: 1_000_000, testRows: 100_000, columns: 28, categories: 0, classes: 2, rounds: 30, repeats: 3 },
  { name: 'wide', task: 'binary', rows: 10_000, testRows: 10_000, columns: 2000, categories: 0, classes: 2, rounds: 50, repeats: 3 },
  {
    name: 'categorical',
    task: 'binary',
    rows: 100_000,
    testRows: 100_000,
    columns: 20,
    categories: 10,
    classes: 2,
    rounds: 100,
    repeats: 5,
  },
  {
    name: 'multiclass',
    task: 'multiclass',
    rows: 50_000,
    testRows: 50_000,
    columns: 28,
    categories: 0,
    classes: 7,
    rounds: 30,
    repeats: 5,
  },
  {
    name: 'regression',
    task: 'regression',
    rows: 100_000,
    testRows: 100_000,
    columns: 28,
    categories: 0,
    classes: 1,
    rounds: 100,
    repeats: 5,
  },
];

export const TREES = { leaves: 31, learningRate: 0.1, maxBins: 255, minRowsInLeaf: 20 };

/** A tenth of the rows and a third of the rounds, to see that all works. */
export function smaller(c) {
  return {
    ...c,
    rows: c.rows / 10,
    testRows: c.testRows / 10,
    columns: c.columns > 100 ? 400 : c.columns,
    rounds: Math.ceil(c.rounds / 3),
    repeats: 1,
  };
}
