import { outputCount } from '../../../core/schema.js';
import { ConstantModel } from '../../../model/constant.js';
import { MlpModel } from '../../../model/mlp.js';
import type { Model } from '../../../model/model.js';
import { MlpKernels } from '../../kernels/mlp-kernels.js';
import type { FitContext, Fitted, Learner, Parameters, Sample } from '../learner.js';
import { checkParameters } from '../parameters.js';
import { Network, padded } from './network.js';
import { countingRows, fillMatrix, type Prepared, prepare } from './prepare.js';
import { TROUGHS } from './schedule.js';
import { Batches, gradientOf, type NetworkRows, trainNetwork } from './training.js';

/** Cells of the training matrix at most (4 bytes each). */
const MOST_CELLS = 3e7;
/** Validation rows looked at, at most: evenly spaced ones. */
const MOST_VALIDATION_ROWS = 10_000;
/** Rows copied between two looks at the deadline. */
const CHUNK = 4096;
/** Looks at the validation rows over the whole schedule. */
const FEWEST_CHECKS = 30;
const MOST_CHECKS = 128;
/** Share of the remaining time that a schedule is planned for. */
const TIME_SHARE = 0.8;

interface MlpParameters {
  epochs: number;
  stop: number;
  factor: number;
  hidden: number;
  layers: number;
  activation: 'auto' | 'selu' | 'mish';
  learningRate: number;
  decay: number;
  beta2: number;
  dropout: number;
  smoothing: number;
  batch: number;
  maxWork: number;
}

/**
 * A multilayer perceptron with the ingredients of RealMLP-TD-S (Holzmüller, Grinsztajn and Steinwart 2024, "Better by default"): robust scaling and
 * smooth clipping, a learnable scale for each input, the NTK parametrisation, SELU or Mish, Adam with a cosine in the logarithm of time, and the best
 * moment by validation rows. Scores of classes get one temperature that suits the validation rows, so no label smoothing is needed.
 * @example await mlpLearner.fit({ table, target }, validation, { hidden: 64 }, context)
 */
export const mlpLearner: Learner = {
  id: 'neural-network',
  seeded: true,
  title: 'Neural network',
  input: 'dense',
  parameters: {
    epochs: {
      doc: 'Passes over the rows in the whole schedule; `maxWork` or the time may allow fewer.',
      default: 100,
      range: [0.01, 10_000],
      log: true,
    },
    stop: { doc: 'Share of the schedule after which the fit ends, when no validation rows choose it.', default: 1, range: [0.001, 1] },
    factor: { doc: 'Factor of the scores of classes (1 / temperature) when no validation rows choose it.', default: 1, range: [0.05, 5] },
    hidden: { doc: 'Units of each hidden layer.', default: 128, range: [4, 1024], integer: true, search: { choices: [64, 128, 192] } },
    layers: { doc: 'Hidden layers.', default: 2, range: [1, 8], integer: true, search: { choices: [1, 2, 3] } },
    activation: {
      doc: 'SELU, Mish, or what suits the task.',
      default: 'auto',
      choices: ['auto', 'selu', 'mish'],
      search: { choices: ['selu', 'mish'] },
    },
    learningRate: {
      doc: 'At the crests of the schedule; 0: what suits the task.',
      default: 0,
      range: [0, 1],
      search: { range: [0.01, 0.2], log: true },
    },
    decay: { doc: 'Weights shrink by this share times the learning rate each step.', default: 0, range: [0, 1] },
    beta2: { doc: 'Decay of the running mean of squared gradients in Adam.', default: 0.95, range: [0.5, 0.9999] },
    dropout: { doc: 'Share of hidden units that a step leaves out.', default: 0, range: [0, 0.9], search: { choices: [0, 0.1, 0.25] } },
    smoothing: { doc: 'Share of each answer that is spread over all classes.', default: 0, range: [0, 0.5] },
    batch: {
      doc: 'Rows of a step, rounded up to a multiple of 4.',
      default: 64,
      range: [4, 4096],
      integer: true,
      search: { choices: [64, 128, 256] },
    },
    maxWork: { doc: 'Multiplications at most, forward and backward, in all.', default: 4e10, range: [1e6, 1e16], log: true },
  },
  refitParameters(parameters, works) {
    const median = (of: (work: Readonly<Record<string, number>>) => number): number => {
      const sorted = Float64Array.from(works, of).sort();
      return sorted[(sorted.length - 1) >> 1] as number;
    };
    const share = median((w) => ((w.planned ?? 0) > 0 ? (w.steps as number) / (w.planned as number) : 1));
    // between waves the weights are not settled
    const nearest = TROUGHS.reduce((a, b) => (Math.abs(b - share) < Math.abs(a - share) ? b : a));
    return {
      ...parameters,
      epochs: Math.max(
        0.01,
        median((w) => w.epochs ?? 1),
      ),
      stop: nearest,
      factor: median((w) => w.factor ?? 1),
    };
  },
  fit,
};

async function fit(
  train: Sample,
  validation: Sample | undefined,
  parameters: Parameters,
  context: FitContext,
  limits?: Record<string, number>,
): Promise<Fitted> {
  const p = checkParameters('neural-network', mlpLearner.parameters, parameters) as unknown as MlpParameters;
  const { task, deadline } = context;
  const obeys = limits === undefined;
  const counting = countingRows(train);
  const outputs = outputCount(task);
  const hidden = Array.from({ length: p.layers }, () => p.hidden);
  const cost = costOf(train.table.columns.length, hidden, outputs);
  const most =
    limits?.rows ??
    Math.min(counting.length, Math.floor(p.maxWork / (3 * cost)), Math.floor(MOST_CELLS / padded(train.table.columns.length)));
  const rows =
    most < counting.length
      ? context.rng
          .child('rows')
          .sample(counting.length, Math.max(1, most))
          .map((i) => counting[i] as number)
      : counting;
  const prepared = prepare(train, task, rows);
  const nothing = (cut: boolean): Fitted => ({
    model: new ConstantModel(prepared.constant),
    work: { rows: rows.length, epochs: 0, planned: 0, steps: 0, factor: 1 },
    cut,
  });
  if (prepared.trivial) return nothing(false);
  if (limits ? limits.steps === 0 : deadline.expired()) return nothing(obeys);

  const batch = Math.min(padded(p.batch), padded(rows.length));
  const kernels = new MlpKernels();
  const activation = p.activation === 'auto' ? (task.kind === 'regression' ? 'mish' : 'selu') : p.activation;
  const network = new Network(kernels, { inputs: prepared.inputs, hidden, outputs, activation, batch });
  const list = kernels.floats(batch);
  const proceed = async (): Promise<boolean> => {
    await deadline.breathe();
    return !obeys || !deadline.expired();
  };
  const own = await place(kernels, network, train, prepared, rows, prepared.target, prepared.weights, proceed);
  const held = limits ? undefined : heldRows(validation);
  const judged =
    own &&
    held &&
    validation &&
    (await place(kernels, network, validation, prepared, held, ...answers(validation, held, prepared), proceed));
  if (!own || (held && !judged)) return nothing(true);

  const batches = new Batches(network, own, context.rng.child('order'));
  const wanted = Math.max(1, Math.round(Math.min(p.epochs * batches.perEpoch, p.maxWork / (3 * batch * cost))));
  const affordable = limits?.planned ?? (await affordableSteps(network, own, list, wanted, judged?.count ?? 0, context));
  const planned = Math.max(1, Math.min(wanted, affordable));
  const steps = limits?.steps ?? Math.max(1, Math.round(planned * (judged ? 1 : p.stop)));
  network.start(context.rng.child('start'), prepared.start);
  const trained = await trainNetwork(
    network,
    batches,
    list,
    judged,
    {
      planned: limits?.planned ?? planned,
      steps,
      checkEvery: Math.max(1, Math.round(planned / Math.max(FEWEST_CHECKS, Math.min(MOST_CHECKS, planned / batches.perEpoch)))),
      learningRate: p.learningRate > 0 ? p.learningRate : task.kind === 'regression' ? 0.07 : 0.04,
      decay: p.decay,
      beta2: p.beta2,
      dropout: p.dropout,
      smoothing: p.smoothing,
    },
    context,
    obeys,
  );
  const factor = limits?.factor ?? (judged ? trained.factor : p.factor);
  const total = limits?.planned ?? planned;
  const work = { rows: rows.length, epochs: total / batches.perEpoch, planned: total, steps: trained.steps, factor };
  if (trained.steps === 0) return { ...nothing(trained.cut), work: { ...work, epochs: 0 } };
  return { model: modelOf(network, prepared, factor), work, cut: trained.cut || affordable < wanted };
}

/** Multiplications of a row, forward. */
function costOf(inputs: number, hidden: readonly number[], outputs: number): number {
  let from = padded(inputs);
  let cost = 0;
  for (const to of [...hidden, outputs]) {
    cost += from * padded(to);
    from = padded(to);
  }
  return Math.max(1, cost);
}

/** Evenly spaced validation rows. */
function heldRows(validation: Sample | undefined): Uint32Array | undefined {
  const n = validation?.target.length ?? 0;
  if (!validation || n === 0) return undefined;
  const counting = countingRows(validation);
  const stride = Math.ceil(counting.length / MOST_VALIDATION_ROWS);
  return counting.filter((_, i) => i % stride === 0);
}

function answers(sample: Sample, rows: Uint32Array, { location, spread }: Prepared): [Float64Array, Float64Array | undefined] {
  const weights = sample.weights && Float64Array.from(rows, (r) => sample.weights?.[r] as number);
  return [
    Float64Array.from(rows, (r) => ((sample.target[r] as number) - location) / spread),
    weights?.some((w) => w > 0) ? weights : undefined,
  ];
}

/** Copies rows into the kernels' memory; `undefined` when the time was up before the end. */
async function place(
  kernels: MlpKernels,
  network: Network,
  sample: Sample,
  prepared: Prepared,
  rows: Uint32Array,
  target: Float64Array,
  weights: Float64Array | undefined,
  proceed: () => Promise<boolean>,
): Promise<NetworkRows | undefined> {
  const { width } = network;
  const x = kernels.floats(rows.length * width);
  for (let begin = 0; begin < rows.length; begin += CHUNK) {
    const part = rows.subarray(begin, begin + CHUNK);
    fillMatrix(kernels.f32(x + begin * width * 4, part.length * width), width, sample.table, prepared, part);
    if (!(await proceed())) return undefined;
  }
  return { x, count: rows.length, target, weights };
}

/** Steps that fit into the remaining time, by the speed of a few that count for nothing. */
async function affordableSteps(
  network: Network,
  own: NetworkRows,
  list: number,
  wanted: number,
  heldCount: number,
  { deadline, rng }: FitContext,
): Promise<number> {
  if (deadline.remaining() === Number.POSITIVE_INFINITY) return wanted;
  const trial = new Batches(network, own, rng.child('trial'));
  network.start(rng.child('trial'), new Float64Array(network.shape.outputs));
  let once = Number.POSITIVE_INFINITY;
  // the first steps run before the engine has compiled the kernels well
  for (let i = 0; i < Math.min(8, wanted) && !deadline.expired(); i++) {
    const before = deadline.clock.now();
    trial.next(list);
    gradientOf(network, 0, 0);
    network.step({ rate: 0, decay: 0, beta2: 0.95 });
    once = Math.min(once, deadline.clock.now() - before);
  }
  if (!(once > 0) || once === Number.POSITIVE_INFINITY) return once > 0 ? 1 : wanted;
  // a look costs a third of a step for as many rows
  const checks = Math.min(wanted, MOST_CHECKS) * (heldCount / network.shape.batch / 3);
  const need = once * (wanted + checks);
  const left = deadline.remaining() * TIME_SHARE;
  return need <= left ? wanted : Math.max(1, Math.floor((wanted * left) / need));
}

function modelOf(network: Network, prepared: Prepared, factor: number): Model {
  const { inputs, hidden, outputs, activation } = network.shape;
  const layers = network.layers();
  const last = layers[layers.length - 1];
  for (const array of [last?.weights, last?.biases])
    array?.forEach((v, i) => {
      array[i] = v * factor;
    });
  const join = (arrays: Float32Array[]): Float32Array => {
    const out = new Float32Array(arrays.reduce((a, b) => a + b.length, 0));
    let at = 0;
    for (const array of arrays) {
      out.set(array, at);
      at += array.length;
    }
    return out;
  };
  const weights = join(layers.map((l) => l.weights));
  const biases = join(layers.map((l) => l.biases));
  if (!weights.every(Number.isFinite) || !biases.every(Number.isFinite)) return new ConstantModel(prepared.constant);
  const { centre, factor: inputFactor, range, location, spread } = prepared;
  return new MlpModel(
    { inputs, widths: [...hidden, outputs], activation, ...(range && { scale: [location, spread, range[0], range[1]] as const }) },
    { centre, factor: inputFactor, weights, biases },
  );
}
