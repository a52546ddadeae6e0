/** Coefficients of fdlibm's `__kernel_sin` and `__kernel_cos` (Sun, 1993; see math.ts). */
export const S1 = -0.16666666666666632;
export const S2 = 0.00833333333332249;
export const S3 = -0.0001984126982985795;
export const S4 = 0.0000027557313707070068;
export const S5 = -2.5050760253406863e-8;
export const S6 = 1.58969099521155e-10;
export const C1 = 0.0416666666666666;
export const C2 = -0.001388888888887411;
export const C3 = 0.00002480158728947673;
export const C4 = -2.7557314351390663e-7;
export const C5 = 2.087572321298175e-9;
export const C6 = -1.1359647557788195e-11;

/**
 * sin(2π · turns), with the same bits in every engine; at most 2 ulp off between −1 and 1, and exact at each quarter. `NaN` for what is not finite.
 * @example sinOfTurns(0.25) // 1
 */
export function sinOfTurns(turns: number): number {
  const quarter = Math.floor(4 * turns + 0.5);
  // exact: |turns| is far below 2^50 wherever this is used
  const x = (turns - quarter / 4) * 6.283185307179586;
  const z = x * x;
  const at = quarter - 4 * Math.floor(quarter / 4);
  const value =
    at === 0 || at === 2
      ? x + x * z * (S1 + z * (S2 + z * (S3 + z * (S4 + z * (S5 + z * S6)))))
      : 1 - 0.5 * z + z * z * (C1 + z * (C2 + z * (C3 + z * (C4 + z * (C5 + z * C6)))));
  return at < 2 ? value : -value;
}
