/** Letters to insert, drop, replace or swap to make `b` of `a` (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last: number[] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      let d = Math.min((last[j] as number) + 1, (row[j - 1] as number) + 1, (last[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) d = Math.min(d, (before[j - 2] as number) + 1);
      row.push(d);
    }
    before = last;
    last = row;
  }
  return last[b.length] as number;
}

/**
 * The candidate most like the name, for "did you mean"; `undefined` when none is near (more than 40 % of the letters differ).
 * @example nearestName('acuracy', ['accuracy', 'f1']) // 'accuracy'
 */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.slice(0, 200).toLowerCase().trim();
  let best: string | undefined;
  let bestScore = 0.4;
  for (const candidate of candidates) {
    const other = candidate.slice(0, 200).toLowerCase();
    const score = wanted === other ? -1 : distance(wanted, other) / Math.max(wanted.length, other.length, 1);
    if (score < bestScore || (score === bestScore && best === undefined)) {
      bestScore = score;
      best = candidate;
    }
  }
  return best;
}
