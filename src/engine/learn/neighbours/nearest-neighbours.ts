import { argsort } from '../../../core/argsort.js';
import { outputCount } from '../../../core/schema.js';
import { variance } from '../../../core/statistics.js';
import { coordinate, type NeighbourAnswers, NeighboursModel, type Voting } from '../../../model/neighbours.js';
import type { FitContext, Fitted, Learner, Parameters, Sample } from '../learner.js';
import { denseColumns, sampleRows, shares } from '../linear/prepare-problem.js';
import { checkParameters } from '../parameters.js';
import { buildKdTree } from './build-kd-tree.js';
import { type ChosenVoting, chooseVoting, type Questions } from './choose-voting.js';
import { columnRelevance } from './relevance.js';

/** Rows that the choice is made on, at most. */
const MOST_QUESTIONS = 1000;
/** Rows kept when there is no time at all. */
const HASTY_ROWS = 500;
/** What a column without relevance still counts, as a share of the most relevant one. */
const FLOOR = 0.01;
const POWERS = [0, 1, 2];

/**
 * k nearest neighbours on standardised columns, each weighted by its relevance to the answer; exact search. With `smoothing` 0 and `relevance` 0 as
 * scikit-learn's KNeighborsClassifier and KNeighborsRegressor. The number of neighbours, how they vote and how much relevance counts are chosen on
 * validation rows, or by leaving one out (Cover, Hart 1967; Wettschereck et al. 1997 for the weighting).
 * @example await nearestNeighbours.fit({ table, target }, validation, { maxRows: 5000 }, context)
 */
export const nearestNeighbours: Learner = {
  id: 'nearest-neighbours',
  title: 'Nearest neighbours',
  input: 'dense',
  parameters: {
    choose: { doc: 'Choose `k`, `voting` and `relevance` on validation rows; otherwise they are taken as they are.', default: true },
    k: { doc: 'Neighbours that vote.', default: 15, range: [1, 1000], integer: true, log: true },
    voting: { doc: 'Votes count alike, or by 1 ÷ distance.', default: 'distance', choices: ['uniform', 'distance'] },
    relevance: {
      doc: 'Power of the share of the answer that a column explains by itself, as the factor of its squared differences.',
      default: 1,
      choices: POWERS,
    },
    smoothing: {
      doc: 'Votes given to the classes by their frequency.',
      default: 1,
      range: [0, 100],
      search: { range: [0.3, 5], log: true },
    },
    maxRows: {
      doc: 'Rows that are kept at most, drawn with every class.',
      default: 20_000,
      range: [1, 10_000_000],
      integer: true,
      log: true,
    },
    maxColumns: {
      doc: 'Columns that count at most: the most relevant ones.',
      default: 60,
      range: [1, 100_000],
      integer: true,
      log: true,
      search: { range: [8, 100], log: true },
    },
    maxCells: {
      doc: 'Kept rows × columns at most: bounds the size, and the time a row takes.',
      default: 500_000,
      range: [100, 1e9],
      log: true,
    },
  },
  refitParameters(parameters, works) {
    const chosen = works.filter((work) => work.k !== undefined);
    if (chosen.length === 0) return parameters;
    const middle = (name: string): number => {
      const sorted = chosen.map((work) => work[name] as number).sort((a, b) => a - b);
      return sorted[sorted.length >> 1] as number;
    };
    return {
      ...parameters,
      choose: false,
      k: middle('k'),
      voting: middle('distance') === 1 ? 'distance' : 'uniform',
      relevance: middle('relevance'),
    };
  },
  fit: fitNeighbours,
};

interface NeighboursParameters {
  choose: boolean;
  k: number;
  voting: Voting;
  relevance: number;
  smoothing: number;
  maxRows: number;
  maxColumns: number;
  maxCells: number;
}

async function fitNeighbours(
  given: Sample,
  validation: Sample | undefined,
  parameters: Parameters,
  context: FitContext,
  limits?: Record<string, number>,
): Promise<Fitted> {
  const p = checkParameters('nearest-neighbours', nearestNeighbours.parameters, parameters) as unknown as NeighboursParameters;
  const train = counting(given);
  const hasty = limits === undefined && context.deadline.expired();
  const width = Math.max(1, Math.min(train.table.columns.length, p.maxColumns));
  const affordable = Math.max(1, Math.floor(p.maxCells / width));
  const wanted = limits?.rows ?? Math.min(train.target.length, p.maxRows, affordable, hasty ? HASTY_ROWS : Number.POSITIVE_INFINITY);
  const rows = wanted < train.target.length ? sampleRows(train, context.task, wanted, context.rng.child('rows')) : undefined;
  const kept = new Kept(train, rows, outputCount(context.task), p.maxColumns);
  let cut = hasty;
  const proceed = async (): Promise<boolean> => {
    await context.deadline.breathe();
    if (!context.deadline.expired()) return true;
    cut = true;
    return false;
  };
  let power = p.relevance;
  let chosen: Pick<ChosenVoting, 'k' | 'voting'> = p;
  if (limits?.k !== undefined) {
    power = limits.relevance ?? power;
    chosen = { k: limits.k, voting: limits.distance === 1 ? 'distance' : 'uniform' };
  } else if (p.choose && !hasty) {
    let least = Number.POSITIVE_INFINITY;
    for (const candidate of POWERS) {
      const found = await kept.choose(candidate, p.smoothing, validation, proceed);
      context.onProgress?.((POWERS.indexOf(candidate) + 1) / POWERS.length, found?.loss);
      // a loss on fewer questions says nothing beside one on all
      if (found && found.loss < least && (found.whole || least === Number.POSITIVE_INFINITY)) {
        least = found.loss;
        power = candidate;
        chosen = found;
      }
      if (cut) break;
    }
  }
  const model = kept.model(power, chosen, p.smoothing);
  const work = { rows: wanted, k: chosen.k, distance: chosen.voting === 'distance' ? 1 : 0, relevance: power };
  return { model, work, cut };
}

/** Rows without weight are no neighbours, unless none has any. */
function counting(sample: Sample): Sample {
  const { weights } = sample;
  if (!weights) return sample;
  const rows = Uint32Array.from(weights.keys()).filter((i) => (weights[i] as number) > 0);
  if (rows.length === 0) return { table: sample.table, target: sample.target };
  if (rows.length === weights.length) return sample;
  return {
    table: sample.table.take(rows),
    target: Float64Array.from(rows, (r) => sample.target[r] as number),
    weights: Float64Array.from(rows, (r) => weights[r] as number),
  };
}

/** The rows that are kept, and the columns that count. */
class Kept {
  readonly names: readonly string[];
  readonly #columns: readonly Float64Array[];
  readonly #relevance: Float64Array;
  readonly #target: Float64Array;
  readonly #weights: Float64Array;
  readonly #prior: Float64Array;

  constructor(train: Sample, rows: Uint32Array | undefined, outputs: number, maxColumns: number) {
    const classes = train.target.length > 0 && outputs > 1 ? outputs : 0;
    const all = denseColumns(train.table, rows);
    this.#target = rows ? Float64Array.from(rows, (r) => train.target[r] as number) : train.target;
    const n = this.#target.length;
    const share = shares(n, train.weights, rows);
    // a weight is so many rows; weights that are shares count 1 on average
    let total = 0;
    for (let i = 0; i < n; i++) total += train.weights ? (train.weights[rows ? (rows[i] as number) : i] as number) : 1;
    this.#weights = share.map((w) => Math.max(1e-300, Math.min(1e300, w * Math.max(n, total))));
    this.#prior = frequencies(this.#target, share, classes);
    const relevance = columnRelevance(all, this.#target, share, classes);
    const most = relevance.reduce((a, b) => Math.max(a, b), 0);
    const spread = all.map((column) => Math.sqrt(variance(column, share)));
    // the columns that tell most apart come first: most rows are then seen to be far soon
    const order = argsort(relevance.map((r, j) => -(r + 1e-3) * (spread[j] as number)));
    const best = [...order].slice(0, maxColumns).filter((j) => (spread[j] as number) > 0);
    this.names = best.map((j) => train.table.columns[j]?.name as string);
    this.#columns = best.map((j) => all[j] as Float64Array);
    this.#relevance = Float64Array.from(best, (j) => (most > 0 ? (relevance[j] as number) / most : 1));
  }

  #scale(power: number): Float64Array {
    return this.#relevance.map((r) => (power === 0 ? 1 : power === 1 ? Math.sqrt(r + FLOOR) : r + FLOOR));
  }

  #search(power: number): { scale: Float64Array; answers: NeighbourAnswers } & ReturnType<typeof buildKdTree> {
    const scale = this.#scale(power);
    const scaled = this.#columns.map((column, j) => Float32Array.from(column, (v) => coordinate(v, scale[j] as number)));
    const { nearest, order } = buildKdTree(scaled, this.#target.length);
    const answers: NeighbourAnswers = {
      target: Float64Array.from(order, (r) => this.#target[r] as number),
      weights: Float64Array.from(order, (r) => this.#weights[r] as number),
      prior: this.#prior,
    };
    return { scale, nearest, order, answers };
  }

  /** The best voting of that power, on validation rows, or on kept rows, each without itself. */
  async choose(
    power: number,
    smoothing: number,
    validation: Sample | undefined,
    proceed: () => Promise<boolean>,
  ): Promise<ChosenVoting | undefined> {
    const { nearest, answers, scale } = this.#search(power);
    const own = !validation || validation.target.length === 0;
    const asked = own ? answers : validation;
    const stride = Math.max(1, Math.ceil(asked.target.length / MOST_QUESTIONS));
    const columns = own ? [] : denseColumns(validation.table.select(this.names));
    const questions: Questions = {
      count: Math.ceil(asked.target.length / stride),
      ask: (i, query) => {
        const row = i * stride;
        for (let j = 0; j < query.length; j++)
          query[j] = own
            ? (nearest.rows[row * query.length + j] as number)
            : coordinate((columns[j] as Float64Array)[row] as number, scale[j] as number);
        return own ? row : -1;
      },
      target: (i) => asked.target[i * stride] as number,
      weight: (i) => (asked.weights ? (asked.weights[i * stride] as number) : 1),
    };
    return chooseVoting(nearest, answers, smoothing, questions, proceed);
  }

  model(power: number, chosen: Pick<ChosenVoting, 'k' | 'voting'>, smoothing: number): NeighboursModel {
    const { nearest, answers, scale } = this.#search(power);
    // without columns all rows are as near
    const k = this.names.length === 0 ? nearest.count : Math.min(chosen.k, nearest.count);
    return new NeighboursModel({ inputs: this.names, k, voting: chosen.voting, smoothing }, scale, nearest, answers);
  }
}

/** Frequencies of the classes; one without a row counts as half of one. */
function frequencies(target: Float64Array, share: Float64Array, classes: number): Float64Array {
  const out = new Float64Array(classes);
  if (classes === 0) return out;
  target.forEach((c, i) => {
    out[c] = (out[c] as number) + (share[i] as number);
  });
  let total = 0;
  for (let c = 0; c < classes; c++) {
    if (!((out[c] as number) > 0)) out[c] = 0.5 / target.length;
    total += out[c] as number;
  }
  return out.map((w) => w / total);
}
