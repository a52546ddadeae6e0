/** Shuffles the cells of one column of CSV rows in place (Fisher and Yates); equal seeds shuffle alike. */
export function shuffleColumn(rows, name, seed) {
  const at = rows[0].indexOf(name);
  let state = (seed * 2654435761 + 12345) >>> 0;
  // mulberry32
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  for (let i = rows.length - 1; i > 1; i--) {
    const j = 1 + Math.floor(random() * i);
    [rows[i][at], rows[j][at]] = [rows[j][at], rows[i][at]];
  }
}
