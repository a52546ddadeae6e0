/** Sums of one bin or cell each. */
export interface Sums {
  readonly gradient: Float64Array;
  readonly hessian: Float64Array;
  /** Weight of the rows. */
  readonly weight: Float64Array;
}

export interface StepOptions {
  readonly learningRate: number;
  readonly leaves: number;
  readonly minRowsInLeaf: number;
  /** In units of the hessian. */
  readonly l2: number;
  /** In units of the hessian. */
  readonly prior: number;
}

/** A step that pulls the whole effect of a bin, not the step alone, towards 0: after many steps it is the penalised optimum. */
function priorStep(at: number, { gradient, hessian }: Sums, effect: Float64Array, offset: number, o: StepOptions): number {
  const h = (hessian[at] as number) + o.prior;
  if (!((hessian[at] as number) > 0)) return 0;
  return (-o.learningRate * ((gradient[at] as number) + o.prior * (effect[offset + at] as number))) / h;
}

/** A step for each category by itself. */
export function categoryStep(sums: Sums, effect: Float64Array, offset: number, o: StepOptions, out: Float64Array): void {
  for (let bin = 0; bin < sums.gradient.length; bin++) out[bin] = priorStep(bin, sums, effect, offset, o);
}

interface Piece {
  low: number;
  high: number;
  gain: number;
  cut: number;
  gradient: number;
  hessian: number;
}

/** A small tree on the bins from 1 on, in order: best first, up to `leaves` pieces; bin 0 has a step of its own. */
export function numericStep(sums: Sums, effect: Float64Array, offset: number, o: StepOptions, out: Float64Array): void {
  const size = sums.gradient.length;
  out[0] = priorStep(0, sums, effect, offset, o);
  const pieces = [pieceOf(sums, 1, size, o)];
  while (pieces.length < o.leaves) {
    let best = 0;
    for (let p = 1; p < pieces.length; p++) if ((pieces[p] as Piece).gain > (pieces[best] as Piece).gain) best = p;
    const { low, high, cut, gain } = pieces[best] as Piece;
    if (!(gain > 0)) break;
    pieces[best] = pieceOf(sums, low, cut, o);
    pieces.push(pieceOf(sums, cut, high, o));
  }
  for (const { low, high, gradient, hessian } of pieces) {
    const h = hessian + o.l2;
    out.fill(h > 0 ? (-o.learningRate * gradient) / h : 0, low, high);
  }
}

/** Bins low…high−1 with their best cut: bins before `cut` against the others. */
function pieceOf({ gradient, hessian, weight }: Sums, low: number, high: number, { l2, minRowsInLeaf }: StepOptions): Piece {
  let g = 0;
  let h = 0;
  let w = 0;
  for (let bin = low; bin < high; bin++) {
    g += gradient[bin] as number;
    h += hessian[bin] as number;
    w += weight[bin] as number;
  }
  const piece: Piece = { low, high, gain: 0, cut: low, gradient: g, hessian: h };
  const most = w - minRowsInLeaf;
  const whole = (g * g) / (h + l2);
  let a = 0;
  let b = 0;
  let below = 0;
  for (let bin = low; bin < high - 1; bin++) {
    a += gradient[bin] as number;
    b += hessian[bin] as number;
    below += weight[bin] as number;
    if (below < minRowsInLeaf) continue;
    if (below > most) break;
    const gain = (a * a) / (b + l2) + ((g - a) * (g - a)) / (h - b + l2) - whole;
    if (gain > piece.gain) {
      piece.gain = gain;
      piece.cut = bin + 1;
    }
  }
  return piece;
}
