/** A convex function: writes the gradient at `x` and returns the value. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

export interface MinimiseOptions {
  /** Turns a gradient into a first step, in place: an approximate inverse Hessian. */
  readonly precondition: (v: Float64Array) => void;
  /** Ends when no entry of the gradient is larger, or the value hardly falls any more. */
  readonly tolerance: number;
  readonly maxIterations: number;
  /** Asked before every iteration after the first: false ends the work. */
  readonly proceed: () => Promise<boolean>;
}

const MEMORY = 10;

function dot(a: Float64Array, b: Float64Array): number {
  let s = 0;
  for (let i = 0; i < a.length; i++) s += (a[i] as number) * (b[i] as number);
  return s;
}

/**
 * Minimises a smooth convex function from `x` on, in place: L-BFGS (Nocedal 1980) around a given preconditioner, with a backtracking line search.
 * @returns iterations done, and whether it was stopped by `proceed`
 */
export async function minimise(f: Objective, x: Float64Array, options: MinimiseOptions): Promise<{ iterations: number; stopped: boolean }> {
  const n = x.length;
  let g = new Float64Array(n);
  let nextG = new Float64Array(n);
  const next = new Float64Array(n);
  const direction = new Float64Array(n);
  const steps: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  let value = f(x, g);
  let iterations = 0;
  while (iterations < options.maxIterations) {
    let steepest = 0;
    for (let i = 0; i < n; i++) steepest = Math.max(steepest, Math.abs(g[i] as number));
    if (steepest <= options.tolerance) break;
    if (iterations > 0 && !(await options.proceed())) return { iterations, stopped: true };
    twoLoop(g, steps, options.precondition, direction);
    let slope = dot(g, direction);
    if (!(slope < 0)) {
      // curvature was lost to rounding: begin again from the preconditioner
      steps.length = 0;
      twoLoop(g, steps, options.precondition, direction);
      slope = dot(g, direction);
      if (!(slope < 0)) break;
    }
    let length = 1;
    let nextValue = Number.NaN;
    let found = false;
    for (let attempt = 0; attempt < 30; attempt++) {
      for (let i = 0; i < n; i++) next[i] = (x[i] as number) + length * (direction[i] as number);
      nextValue = f(next, nextG);
      if (nextValue <= value + 1e-4 * length * slope) {
        found = true;
        break;
      }
      const quadratic = (-slope * length * length) / (2 * (nextValue - value - slope * length));
      length = quadratic > 0.1 * length && quadratic < 0.7 * length ? quadratic : length * 0.4;
    }
    iterations++;
    if (!found) break;
    const s = new Float64Array(n);
    const y = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      s[i] = (next[i] as number) - (x[i] as number);
      y[i] = (nextG[i] as number) - (g[i] as number);
    }
    const sy = dot(s, y);
    if (sy > 1e-300) {
      if (steps.length === MEMORY) steps.shift();
      steps.push({ s, y, rho: 1 / sy });
    }
    x.set(next);
    [g, nextG] = [nextG, g];
    const fall = value - nextValue;
    value = nextValue;
    if (fall <= 1e-3 * options.tolerance * options.tolerance + 1e-15 * Math.abs(value)) break;
  }
  return { iterations, stopped: false };
}

/** direction = −H·g by the two-loop recursion. */
function twoLoop(
  g: Float64Array,
  steps: readonly { s: Float64Array; y: Float64Array; rho: number }[],
  precondition: (v: Float64Array) => void,
  direction: Float64Array,
): void {
  const n = g.length;
  const alpha = new Float64Array(steps.length);
  for (let i = 0; i < n; i++) direction[i] = -(g[i] as number);
  for (let m = steps.length - 1; m >= 0; m--) {
    const { s, y, rho } = steps[m] as (typeof steps)[0];
    const a = rho * dot(s, direction);
    alpha[m] = a;
    for (let i = 0; i < n; i++) direction[i] = (direction[i] as number) - a * (y[i] as number);
  }
  precondition(direction);
  for (let m = 0; m < steps.length; m++) {
    const { s, y, rho } = steps[m] as (typeof steps)[0];
    const b = (alpha[m] as number) - rho * dot(y, direction);
    for (let i = 0; i < n; i++) direction[i] = (direction[i] as number) + b * (s[i] as number);
  }
}
