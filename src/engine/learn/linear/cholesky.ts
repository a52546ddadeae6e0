/**
 * The lower triangle L with L·Lᵀ = scale · matrix + ridge · I, or `undefined` when that is not positive definite in floating point.
 * @param matrix d × d, row-major, symmetric
 */
export function cholesky(matrix: Float64Array, d: number, scale: number, ridge: number): Float64Array | undefined {
  const l = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let s = scale * (matrix[i * d + j] as number) + (i === j ? ridge : 0);
      const a = i * d;
      const b = j * d;
      for (let k = 0; k < j; k++) s -= (l[a + k] as number) * (l[b + k] as number);
      if (i === j) {
        // a pivot that cancelled away carries no digits
        if (!(s > 1e-13 * (scale * (matrix[i * d + i] as number) + ridge))) return undefined;
        l[a + i] = Math.sqrt(s);
      } else l[a + j] = s / (l[b + j] as number);
    }
  }
  return l;
}

/** Solves L·Lᵀ·x = v in place, for the `d` numbers from `at` on. */
export function solveCholesky(l: Float64Array, d: number, v: Float64Array, at: number): void {
  for (let i = 0; i < d; i++) {
    let s = v[at + i] as number;
    for (let k = 0; k < i; k++) s -= (l[i * d + k] as number) * (v[at + k] as number);
    v[at + i] = s / (l[i * d + i] as number);
  }
  for (let i = d - 1; i >= 0; i--) {
    const x = (v[at + i] as number) / (l[i * d + i] as number);
    v[at + i] = x;
    for (let k = 0; k < i; k++) v[at + k] = (v[at + k] as number) - (l[i * d + k] as number) * x;
  }
}
