/** UTF-16 units of a text that are looked at, so that one huge cell cannot stall a run. */
export const LONGEST = 4000;
/** Grams of a text at most: three lengths a character, its words and their pairs. */
const MOST = 5 * LONGEST + 64;

/**
 * The grams of a text, each with how often it occurs: `ids` are hashes, ascending, and of the two runs the first `words` are words and pairs of neighbouring
 * words, the others pieces of three to five characters of a word with its ends.
 */
export interface Grams {
  readonly ids: Int32Array;
  readonly counts: Uint16Array;
  readonly words: number;
}

const wordHashes = new Int32Array(MOST);
const pieceHashes = new Int32Array(MOST);
const units = new Uint16Array(LONGEST + 2);
let lastText: string | undefined;
let lastGrams: Grams | undefined;

/**
 * Takes a text apart, in lower case. Time in proportion to its length; the latest answer is kept, as several models ask for the same text.
 * @example textGrams('to be or not to be') // 'to be' and 'to' twice, …
 */
export function textGrams(text: string): Grams {
  if (text === lastText && lastGrams) return lastGrams;
  const lower = (text.length > LONGEST ? text.slice(0, LONGEST) : text).toLowerCase();
  // lower case may be longer: İ becomes two units
  const length = Math.min(lower.length, LONGEST);
  for (let i = 0; i < length; i++) units[i] = lower.charCodeAt(i);
  const words = hashWords(length);
  const pieces = hashPieces(length);
  const ids = new Int32Array(words + pieces);
  const counts = new Uint16Array(words + pieces);
  const own = countRuns(wordHashes, words, ids, counts, 0);
  const all = countRuns(pieceHashes, pieces, ids, counts, own);
  lastGrams = { ids: ids.slice(0, all), counts: counts.slice(0, all), words: own };
  lastText = text;
  return lastGrams;
}

/** FNV-1a, with its last bits mixed (as MurmurHash3 ends), because the lowest ones choose the place. */
const OFFSET = 0x811c9dc5 | 0;
const PRIME = 0x01000193;
function mixed(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function hashWords(length: number): number {
  let found = 0;
  let hash = OFFSET;
  let before = 0;
  let open = false;
  for (let i = 0; i <= length; i++) {
    const unit = i < length ? (units[i] as number) : 32;
    if (isWordUnit(unit)) {
      hash = Math.imul(hash ^ unit, PRIME);
      open = true;
      continue;
    }
    if (!open) continue;
    wordHashes[found++] = mixed(hash);
    if (before !== 0) wordHashes[found++] = mixed(Math.imul(before, 31) ^ Math.imul(hash, PRIME));
    before = hash;
    hash = OFFSET;
    open = false;
  }
  return found;
}

function hashPieces(length: number): number {
  let found = 0;
  let start = 0;
  while (start < length) {
    if (isSpace(units[start] as number)) {
      start++;
      continue;
    }
    let end = start;
    while (end < length && !isSpace(units[end] as number)) end++;
    // a space stands for either end of the word
    for (let i = start - 1; i < end - 1; i++) {
      let hash = OFFSET ^ 0x5bd1e995;
      for (let j = i; j < i + 5 && j <= end; j++) {
        hash = Math.imul(hash ^ (j < start || j === end ? 32 : (units[j] as number)), PRIME);
        if (j >= i + 2) pieceHashes[found++] = mixed(hash);
      }
    }
    start = end;
  }
  return found;
}

/** Writes the hashes, sorted, each once, with how often. @returns where the next may be written */
function countRuns(hashes: Int32Array, count: number, ids: Int32Array, counts: Uint16Array, at: number): number {
  const sorted = hashes.subarray(0, count).sort();
  let to = at - 1;
  for (let i = 0; i < count; i++) {
    const id = sorted[i] as number;
    if (i === 0 || id !== sorted[i - 1]) {
      ids[++to] = id;
      counts[to] = 1;
    } else counts[to] = (counts[to] as number) + 1;
  }
  return to + 1;
}

function isSpace(unit: number): boolean {
  return unit <= 32 || unit === 0xa0 || unit === 0x3000 || (unit >= 0x2000 && unit <= 0x200b);
}

/** Letters and digits; beyond ASCII all but spaces and general punctuation. */
function isWordUnit(unit: number): boolean {
  if (unit < 128) return (unit >= 97 && unit <= 122) || (unit >= 48 && unit <= 57);
  return unit > 0xbf
    ? !((unit >= 0x2000 && unit <= 0x206f) || (unit >= 0x3000 && unit <= 0x303f))
    : unit === 0xaa || unit === 0xb5 || unit === 0xba;
}
