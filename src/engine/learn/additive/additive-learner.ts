import type { Rng } from '../../../core/rng.js';
import type { AdditiveModel } from '../../../model/additive.js';
import type { FitContext, Fitted, Learner, Parameters, Sample } from '../learner.js';
import { checkParameters } from '../parameters.js';
import { fitBinsInSteps } from '../trees/bin-mapper.js';
import { finishInTime } from '../trees/steps.js';
import { type Bag, type BoostedTerm, CyclicBooster, type Effects } from './booster.js';
import { findPairs, type Side } from './find-pairs.js';
import { type AdditiveLoss, additiveLoss } from './loss.js';
import { pairStep } from './pair-step.js';
import { ADDITIVE_PARAMETERS, type AdditiveParameters } from './parameters.js';
import { boostPhase } from './phase.js';
import { categoryStep, numericStep, type StepOptions } from './steps.js';
import { type BinnedColumn, type BinnedPair, binColumns, coarseCells, pairCells } from './terms.js';
import { toAdditiveModel } from './to-model.js';

/** Below this many rows none are left out to tell when to stop; so many rounds are done instead. */
const FEWEST_ROWS = 20;
const ROUNDS_WITHOUT = 60;

/**
 * Explainable boosting: a generalised additive model with pairs. An effect for each column by cyclic boosting of tiny trees with a small learning rate (Lou,
 * Caruana and Gehrke 2012), then joint effects of the pairs that explain most of the rest (GA²M; Lou et al. 2013), each averaged over bags; InterpretML's
 * ExplainableBoostingClassifier and -Regressor are the reference. Every effect can be drawn, read and edited.
 * @example await additiveLearner.fit({ table, target }, validation, { interactions: 0 }, context)
 */
export const additiveLearner: Learner = {
  id: 'additive',
  title: 'Explainable boosting',
  input: 'trees',
  interpretable: true,
  parameters: ADDITIVE_PARAMETERS,
  refitParameters: (parameters, works, moreRows) => {
    const mean = (name: string): number => works.reduce((sum, work) => sum + (work[name] ?? 0), 0) / works.length;
    // more rows bear a little more boosting
    const grown = (name: string): number => Math.round(mean(name) * Math.min(1.25, 1 + 0.4 * Math.max(0, moreRows - 1)));
    return { ...parameters, rounds: Math.max(1, grown('rounds')), pairRounds: grown('pairRounds'), earlyStop: false };
  },
  fit: fitAdditive,
};

async function fitAdditive(
  train: Sample,
  validation: Sample | undefined,
  given: Parameters,
  context: FitContext,
  limits?: Record<string, number>,
): Promise<Fitted> {
  const p = checkParameters('additive', ADDITIVE_PARAMETERS, given) as unknown as AdditiveParameters;
  const { deadline, rng } = context;
  const n = train.target.length;
  const obeys = limits === undefined;
  const ones = new Float64Array(n).fill(1);
  const weights = train.weights ?? ones;
  const loss = additiveLoss(context.task, train.target, weights);
  const early = (): Fitted => ({
    model: toAdditiveModel(loss, [], [], [], [], [], weights),
    work: { rounds: 0, pairRounds: 0 },
    cut: true,
  });
  const mappers = await finishInTime(fitBinsInSteps(train.table, p.maxBins, rng), deadline, obeys);
  const columns = mappers && (await finishInTime(binColumns(mappers, train.table, validation?.table), deadline, obeys));
  if (!columns) return early();
  const bags = makeBags(p, weights, validation !== undefined, loss, rng);
  const held = validation && {
    target: validation.target,
    weights: validation.weights ?? new Float64Array(validation.target.length).fill(1),
    scores: spread(loss, validation.target.length),
  };
  const rows = { target: train.target, weights };
  const blind = !held && bags.every((bag) => bag.out.every((w) => w === 0));
  const most = blind && p.earlyStop && n < FEWEST_ROWS ? Math.min(ROUNDS_WITHOUT, p.rounds) : p.rounds;
  const pairsWanted = loss.outputs > 1 ? 0 : Math.min(p.maxPairs, Math.round(p.interactions * columns.length));
  const share = pairsWanted > 0 && p.pairRounds > 0 ? 0.6 : 1;
  const options = (row: number): StepOptions => ({ ...p, l2: p.l2 * row, prior: p.categoryPrior * row });
  const mainTerms = columns.map((column): BoostedTerm => {
    const step = column.bounds ? numericStep : categoryStep;
    return {
      size: column.size,
      cells: column.cells,
      held: column.held,
      step: (sums, effect, offset, row, out) => step(sums, effect, offset, options(row), out),
    };
  });
  const main = await boostPhase(new CyclicBooster(loss, mainTerms, bags, rows, held), {
    rounds: limits?.rounds ?? most,
    patience: p.patience,
    exact: !obeys,
    deadline,
    onRound: (done, value) => context.onProgress?.(share * done, value),
  });
  const effects = averaged(main.effects);
  const finish = (sides: Uint8Array[], pairs: BinnedPair[], pairEffects: Float64Array[]): AdditiveModel =>
    toAdditiveModel(loss, columns, effects, sides, pairs, pairEffects, weights);
  const plain = (cut: boolean): Fitted => ({
    model: finish(
      columns.map((c) => new Uint8Array(c.size)),
      [],
      [],
    ),
    work: { rounds: main.rounds, pairRounds: 0 },
    cut,
  });
  const pairRounds = limits?.pairRounds ?? (blind && most < p.rounds ? 0 : p.pairRounds);
  if (main.cut || pairsWanted === 0 || pairRounds === 0 || columns.length < 2) return plain(main.cut);

  const sides = columns.map((column, c) => sideOf(column, effects[c] as Float64Array, weights, p.pairBins));
  const scores = (own: readonly Float64Array[], cellsOf: (c: BinnedColumn) => Uint8Array, count: number): Float64Array => {
    const out = spread(loss, count);
    columns.forEach((column, c) => {
      const cells = cellsOf(column);
      const effect = own[c] as Float64Array;
      for (let i = 0; i < count; i++) out[i] = (out[i] as number) + (effect[cells[i] as number] as number);
    });
    return out;
  };
  const found = await finishInTime(
    findPairs(
      loss,
      columns,
      sides,
      Float64Array.from(effects, (effect, c) => spreadOf(effect, columns[c] as BinnedColumn, weights)),
      { ...rows, scores: scores(effects, (c) => c.cells, n) },
      pairsWanted,
      { ...options(1), l2: p.l2 },
      rng,
    ),
    deadline,
    obeys,
  );
  if (!found) return plain(true);
  const pairs = found.map(([first, second]): BinnedPair => {
    const [a, b] = [columns[first], columns[second]] as [BinnedColumn, BinnedColumn];
    const [x, y] = [sides[first], sides[second]] as [Side, Side];
    const cellsOf = (of: 'cells' | 'held'): Uint16Array => pairCells(a[of], x.cells, b[of], y.cells, y.count);
    return { first, second, rows: x.count, width: y.count, cells: cellsOf('cells'), held: cellsOf('held') };
  });
  const pairTerms = pairs.map(
    (pair): BoostedTerm => ({
      size: pair.rows * pair.width,
      cells: pair.cells,
      held: pair.held,
      step: (sums, _effect, _offset, row, out) => pairStep(sums, pair.rows, pair.width, options(row), out),
    }),
  );
  // from the kept effects, so that a repetition, which does no round too many, starts from the same bits
  const restarted = bags.map((bag, b) => ({ ...bag, scores: scores(main.effects[b] as Float64Array[], (c) => c.cells, n) }));
  const heldAgain = held && { ...held, scores: scores(effects, (c) => c.held, held.target.length) };
  const joint = await boostPhase(new CyclicBooster(loss, pairTerms, restarted, rows, heldAgain), {
    rounds: pairRounds,
    patience: p.patience,
    exact: !obeys,
    deadline,
    onRound: (done, value) => context.onProgress?.(share + (1 - share) * done, value),
  });
  const work = { rounds: main.rounds, pairRounds: joint.rounds };
  if (joint.rounds === 0) return { ...plain(joint.cut), work };
  const model = finish(
    sides.map((s) => s.cells),
    pairs,
    averaged(joint.effects),
  );
  return { model, work, cut: joint.cut };
}

/** Starting scores, output by output. */
function spread(loss: AdditiveLoss, rows: number): Float64Array {
  const out = new Float64Array(rows * loss.outputs);
  for (let k = 0; k < loss.outputs; k++) out.fill(loss.start[k] as number, k * rows, (k + 1) * rows);
  return out;
}

/** Each bag a random share of the rows; one bag alone leaves rows out only when it must tell itself when to stop. */
function makeBags(p: AdditiveParameters, weights: Float64Array, validated: boolean, loss: AdditiveLoss, rng: Rng): Bag[] {
  const n = weights.length;
  const whole = n < FEWEST_ROWS || (p.bags === 1 && (validated || !p.earlyStop));
  return Array.from({ length: n < FEWEST_ROWS ? 1 : p.bags }, (_, b) => {
    const own = weights.slice();
    const out = weights.slice();
    if (whole) out.fill(0);
    else {
      out.fill(0);
      const left = rng.child('bag', b).sample(n, Math.max(1, Math.round(n * (1 - p.rowShare))));
      for (const row of left) {
        own[row] = 0;
        out[row] = validated || !p.earlyStop ? 0 : (weights[row] as number);
      }
    }
    return { weights: own, out, scores: spread(loss, n) };
  });
}

/** The mean over bags, term by term. */
function averaged(effects: Effects): Float64Array[] {
  return (effects[0] as Float64Array[]).map((first, t) => {
    const out = first.slice();
    for (let b = 1; b < effects.length; b++) {
      const own = effects[b]?.[t] as Float64Array;
      for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) + (own[i] as number);
    }
    return out.map((v) => v / effects.length);
  });
}

function weightsOf({ cells, size }: BinnedColumn, weights: Float64Array): Float64Array {
  const out = new Float64Array(size);
  for (let i = 0; i < cells.length; i++) out[cells[i] as number] = (out[cells[i] as number] as number) + (weights[i] as number);
  return out;
}

/** Neighbours on a grid: numeric bins as they come, categories by their effect. */
function sideOf(column: BinnedColumn, effect: Float64Array, weights: Float64Array, most: number): Side {
  const order = Array.from({ length: column.size - 1 }, (_, i) => i + 1);
  if (column.binOf) order.sort((a, b) => (effect[a] as number) - (effect[b] as number) || a - b);
  return coarseCells(order, weightsOf(column, weights), most);
}

/** How far a column's effect moves the rows: the variance of the effect. */
function spreadOf(effect: Float64Array, column: BinnedColumn, weights: Float64Array): number {
  const weight = weightsOf(column, weights);
  let all = 0;
  let sum = 0;
  let squares = 0;
  for (let bin = 0; bin < column.size; bin++) {
    const w = weight[bin] as number;
    all += w;
    sum += w * (effect[bin] as number);
    squares += w * (effect[bin] as number) * (effect[bin] as number);
  }
  return all > 0 ? squares / all - (sum / all) * (sum / all) : 0;
}
