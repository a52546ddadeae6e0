import type { Deadline } from '../../core/clock.js';
import { exp } from '../../core/math.js';
import { Rng } from '../../core/rng.js';
import { outputCount } from '../../core/schema.js';
import { applyRecipe } from '../../model/recipe.js';
import type { Catalog } from '../catalog.js';
import type { Metric } from '../evaluate/metrics/metric.js';
import { pairedBootstrap } from '../evaluate/paired-bootstrap.js';
import type { KernelHost } from '../kernels/kernel-host.js';
import type { FitSetting } from './fit-team.js';
import { Fitter } from './fitter.js';
import { pick } from './pick.js';
import type { Plan } from './plan.js';

/** Which rows of the past to train on. */
export interface PastWindow {
  kind: 'all' | 'half' | 'quarter' | 'new' | 'weighted';
  /** The latest so many rows. */
  rows: number;
  /** Rows after which a row weighs half as much; absent: all weigh the same. */
  halfLife?: number;
}

export interface BacktestedWindow extends PastWindow {
  /** The metric on the latest block, by a quick model of this window of what came before. */
  score: number;
}

export interface ChosenWindow {
  window: PastWindow;
  windows: BacktestedWindow[];
  /** Whether the earlier model's own candidates do as well on the latest block as the usual ones. */
  warm: boolean;
  /** Rows of the latest block. */
  judged: number;
}

export interface WindowQuestion {
  /** In the order of time, the latest last. */
  setting: FitSetting;
  /** How many of the last rows are judged on. */
  judged: number;
  /** How many of the last rows came after the earlier model was trained. */
  fresh: number;
  metric: Metric;
  costs?: readonly (readonly number[])[];
  /** The candidates of the earlier model. */
  earlier: Plan['candidates'];
  catalog: Catalog;
  host?: KernelHost;
  deadline: Deadline;
}

const QUICK: Plan['candidates'][number] = { learner: 'boosted-trees', parameters: { kinds: 'plain' } };
/** Rows that a quick model is fitted on at most, evenly taken. */
const MOST = 20_000;
const FEWEST = 60;
/** How sure another past than all of it must be better: one block and several pasts make chance look like a change, and what is forgotten in vain costs much. */
const SURELY_OTHER = 0.95;
/** How sure it must be that the earlier candidates are worse. */
const SURE = 0.75;

/**
 * Chooses by a backtest how much of the past to train on: a quick model is fitted on each window of all rows but the latest block, and scored on that block. More
 * of the past is kept unless less of it is better in 19 of 20 resamples. The same block says whether a search may begin from what the earlier model was made of.
 */
export async function chooseWindow(question: WindowQuestion): Promise<ChosenWindow> {
  const { setting, judged, metric, deadline } = question;
  const { answered, task } = setting;
  const n = answered.target.length;
  const past = n - judged;
  const block = Uint32Array.from({ length: judged }, (_, i) => past + i);
  const rows = { actual: pick(answered.target, block), outputs: outputCount(task), costs: question.costs };
  const said = (window: PastWindow, candidate: Plan['candidates'][number]) => predictBlock(question, window, candidate, past, block);
  const candidates = windowsOf(past, question.fresh - judged, answered.weights !== undefined);
  const scored: { window: PastWindow; score: number; predicted: Float64Array }[] = [];
  for (const window of candidates) {
    if (scored.length > 0 && deadline.expired()) break;
    const predicted = await said(window, QUICK);
    if (predicted) scored.push({ window, predicted, score: metric.compute({ ...rows, predicted }) });
  }
  const rng = new Rng(setting.seed).child('window');
  const sure = (a: Float64Array, b: Float64Array): number =>
    pairedBootstrap(metric, rows, { predicted: a }, { predicted: b }, rng, { resamples: 200, byTime: true }).better;
  let best = scored[0];
  for (const other of scored.slice(1))
    if (best && sure(other.predicted, best.predicted) >= (best.window.kind === 'all' ? SURELY_OTHER : 0.5)) best = other;
  const window = best?.window ?? { kind: 'all', rows: past };
  const warm = best !== undefined && (await isWarm(question, window, best.predicted, said, sure));
  // the block that was judged on belongs to what is trained on
  const grown = window.kind === 'all' || window.kind === 'weighted' ? n : Math.min(n, window.rows + judged);
  return { window: { ...window, rows: grown }, windows: scored.map((s) => ({ ...s.window, score: s.score })), warm, judged };
}

function windowsOf(past: number, fresh: number, weighed: boolean): PastWindow[] {
  const all: PastWindow[] = [{ kind: 'all', rows: past }];
  // rows that have weights of their own keep them
  if (!weighed && past >= 2 * FEWEST) all.push({ kind: 'weighted', rows: past, halfLife: Math.round(past / 4) });
  const shorter: PastWindow[] = [
    { kind: 'half', rows: Math.floor(past / 2) },
    { kind: 'quarter', rows: Math.floor(past / 4) },
    { kind: 'new', rows: fresh },
  ];
  return [...all, ...shorter.filter((w) => w.rows >= FEWEST && w.rows < past)];
}

async function isWarm(
  { earlier }: WindowQuestion,
  window: PastWindow,
  quick: Float64Array,
  said: (window: PastWindow, candidate: Plan['candidates'][number]) => Promise<Float64Array | undefined>,
  sure: (a: Float64Array, b: Float64Array) => number,
): Promise<boolean> {
  const sum = new Float64Array(quick.length);
  let count = 0;
  for (const candidate of earlier) {
    const predicted = await said(window, candidate);
    if (!predicted) continue;
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (predicted[i] as number);
    count++;
  }
  if (count === 0) return false;
  return (
    sure(
      quick,
      sum.map((v) => v / count),
    ) < SURE
  );
}

async function predictBlock(
  { setting, catalog, host, deadline }: WindowQuestion,
  window: PastWindow,
  { learner, parameters }: Plan['candidates'][number],
  past: number,
  block: Uint32Array,
): Promise<Float64Array | undefined> {
  const step = Math.max(1, window.rows / MOST);
  const count = Math.min(window.rows, MOST);
  const train = Uint32Array.from({ length: count }, (_, i) => past - 1 - Math.floor(i * step)).reverse();
  const weights = recencyWeights(past, window) ?? setting.answered.weights;
  const fitter = new Fitter({ ...setting, answered: { ...setting.answered, weights } }, catalog, host);
  const job = { place: `${window.kind}/${learner}`, division: window.kind, train, validation: new Uint32Array(0), learner, parameters };
  const fitted = await fitter.fit({ ...job, milliseconds: Number.POSITIVE_INFINITY }, deadline);
  if (typeof fitted === 'string') return undefined;
  return fitted.model.predict(applyRecipe(fitted.recipe, setting.answered.table.take(block)));
}

/** What each row weighs: 1 for the latest, half after every half-life; undefined where all weigh the same. */
export function recencyWeights(rows: number, { halfLife }: PastWindow): Float64Array | undefined {
  if (halfLife === undefined) return undefined;
  return Float64Array.from({ length: rows }, (_, i) => exp((-Math.LN2 * (rows - 1 - i)) / halfLife));
}
