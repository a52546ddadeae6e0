/**
 * The name that was probably meant, for "did you mean": equal but for case and signs, else within a third of its length in edits, else the only
 * one that holds it; else `undefined`.
 * @example nearestName('acuracy', ['accuracy', 'f1']) // 'accuracy'
 */
export function nearestName(wanted: string, candidates: Iterable<string>): string | undefined {
  const names = [...candidates];
  // names may be any cell of a header row, so their length is bounded
  const bare = (text: string): string =>
    text
      .slice(0, 200)
      .toLowerCase()
      .replace(/[^\p{L}\d]/gu, '');
  const goal = bare(wanted);
  if (goal === '') return undefined;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(Math.max(goal.length, 3) / 3)) + 1;
  for (const name of names) {
    const distance = edits(goal, bare(name), least);
    if (distance < least) {
      least = distance;
      best = name;
    }
  }
  if (best === undefined && goal.length >= 3) {
    const holding = names.filter((n) => bare(n).includes(goal));
    if (holding.length === 1) best = holding[0];
  }
  return best;
}

/** Damerau–Levenshtein distance (adjacent swaps count one), or `most` when it is at least that. */
function edits(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) >= most) return most;
  let older: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((previous[j] as number) + 1, (row[j - 1] as number) + 1, (previous[j - 1] as number) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (older[j - 2] as number) + 1);
      row.push(cost);
    }
    older = previous;
    previous = row;
  }
  return Math.min(most, previous[b.length] as number);
}
