import type { Binning } from '../binning.js';
import type { CodedRows } from '../observer.js';
import { inputCount, type Reference } from '../reference.js';
import { ANSWER_PLACES } from './traffic-counts.js';

/** Counts the answers of coded rows by places: eighths of the training predictions for numbers, the most frequent classes for categories. */
export function answerPlaces(reference: Reference): (rows: CodedRows) => Float64Array {
  const column = inputCount(reference);
  const binning = reference.binnings[column] as Binning | undefined;
  const counts = reference.sketch.counts[column];
  if (!binning || !counts) return () => new Float64Array(ANSWER_PLACES);
  const places = new Uint8Array(256);
  const total = Math.max(
    1,
    counts.reduce((a, b) => a + b, 0),
  );
  let below = 0;
  for (const [code, count] of counts.entries()) {
    places[code] =
      binning.kind === 'number'
        ? Math.min(ANSWER_PLACES - 1, Math.floor((ANSWER_PLACES * (below + count / 2)) / total))
        : Math.min(ANSWER_PLACES - 1, code);
    below += count;
  }
  return ({ rows, codes }) => {
    const found = new Float64Array(ANSWER_PLACES);
    const own = codes[column] as Uint8Array;
    for (let i = 0; i < rows; i++) {
      const place = places[own[i] as number] as number;
      found[place] = (found[place] as number) + 1;
    }
    return found;
  };
}
