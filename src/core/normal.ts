import { exp, log } from './math.js';

/** Evaluates a polynomial, coefficients from the constant term up. */
function polynomial(x: number, coefficients: readonly number[]): number {
  let y = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) y = y * x + (coefficients[i] as number);
  return y;
}

const ERX = 0.8450629115104675;
const PP = [0.12837916709551256, -0.3250421072470015, -0.02848174957559851, -0.005770270296489442, -0.000023763016656650163];
const QQ = [1, 0.39791722395915535, 0.0650222499887673, 0.005081306281875766, 0.00013249473800432164, -0.000003960228278775368];
const PA = [
  -0.0023621185607526594, 0.41485611868374833, -0.3722078760357013, 0.31834661990116175, -0.11089469428239668, 0.035478304325618236,
  -0.002166375594868791,
];
const QA = [1, 0.10642088040084423, 0.540397917702171, 0.07182865441419627, 0.12617121980876164, 0.01363708391202905, 0.011984499846799107];
const RA = [
  -0.009864944034847148, -0.6938585727071818, -10.558626225323291, -62.375332450326006, -162.39666946257347, -184.60509290671104,
  -81.2874355063066, -9.814329344169145,
];
const SA = [
  1, 19.651271667439257, 137.65775414351904, 434.56587747522923, 645.3872717332679, 429.00814002756783, 108.63500554177944,
  6.570249770319282, -0.0604244152148581,
];
const RB = [
  -0.0098649429247001, -0.799283237680523, -17.757954917754752, -160.63638485582192, -637.5664433683896, -1025.0951316110772,
  -483.5191916086514,
];
const SB = [
  1, 30.33806074348246, 325.7925129965739, 1536.729586084437, 3199.8582195085955, 2553.0504064331644, 474.52854120695537,
  -22.44095244658582,
];

/** 1 − erf(x) for x ≥ 1.25. */
function tail(x: number): number {
  const s = 1 / (x * x);
  const r = x < 1 / 0.35 ? polynomial(s, RA) / polynomial(s, SA) : polynomial(s, RB) / polynomial(s, SB);
  // x split in two floats, so that x² costs no digits inside exp
  const z = Math.fround(x);
  return (exp(-z * z - 0.5625) * exp((z - x) * (z + x) + r)) / x;
}

/** The error function; below 1 ulp. Source: fdlibm's s_erf.c (Sun, 1993), re-expressed. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (Number.isNaN(a)) return Number.NaN;
  let y: number;
  if (a < 0.84375) {
    const z = a * a;
    // far below one ulp the quotient is its constant, and x·x may underflow
    y = a < 1e-150 ? a * 1.1283791670955126 : a + a * (polynomial(z, PP) / polynomial(z, QQ));
  } else if (a < 1.25) y = ERX + polynomial(a - 1, PA) / polynomial(a - 1, QA);
  else y = a >= 6 ? 1 : 1 - tail(a);
  return x < 0 ? -y : y;
}

/** 1 − erf(x), exact far in the tail too. */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x < 0.84375) {
    if (x <= -1.25) return x < -6 ? 2 : 2 - tail(-x);
    if (x > -0.84375) {
      const z = x * x;
      const y = polynomial(z, PP) / polynomial(z, QQ);
      return x < 0.25 ? 1 - (x + x * y) : 0.5 - (x - 0.5 + x * y);
    }
    return 1 + ERX + polynomial(-x - 1, PA) / polynomial(-x - 1, QA);
  }
  if (x < 1.25) return 1 - ERX - polynomial(x - 1, PA) / polynomial(x - 1, QA);
  return x < 28 ? tail(x) : 0;
}

/** Φ(x): the share of a standard normal below x. @example normalCdf(1.96) // 0.975 */
export function normalCdf(x: number): number {
  return 0.5 * erfc(-x * Math.SQRT1_2);
}

const A = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087, 33430.57558358813,
  2509.0809287301227,
];
const B = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943, 5226.495278852854,
];
const C = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506,
  0.022723844989269184, 0.0007745450142783414,
];
const D = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457, 0.0005475938084995345,
  1.0507500716444169e-9,
];
const E = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124, 0.0012426609473880784,
  0.000027115555687434876, 2.0103343992922881e-7,
];
const F = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 0.000018463183175100548, 1.421511758316446e-7,
  2.0442631033899397e-15,
];

/**
 * Φ⁻¹(p) for p in [0, 1]; about 1e-15 relative. Source: Wichura, AS 241 (PPND16), 1988.
 * @example normalQuantile(0.975) // 1.96
 */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) return p === 0 ? Number.NEGATIVE_INFINITY : p === 1 ? Number.POSITIVE_INFINITY : Number.NaN;
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(r, A)) / polynomial(r, B);
  }
  const r = Math.sqrt(-log(q < 0 ? p : 1 - p));
  const z = r <= 5 ? polynomial(r - 1.6, C) / polynomial(r - 1.6, D) : polynomial(r - 5, E) / polynomial(r - 5, F);
  return q < 0 ? -z : z;
}
