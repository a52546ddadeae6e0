import { MillwrightError } from '../../../core/errors.js';
import { exp } from '../../../core/math.js';
import { nearestName } from '../../../core/nearest-name.js';
import type { Parameters } from '../learner.js';

/** A kind of trees among those that are averaged. */
export interface Kind {
  readonly name: string;
  /** Rounds of this kind, where they are known beforehand. */
  readonly rounds?: number;
  /** What it counts for in the mean, beside the others; absent: as much as they. */
  readonly weight?: number;
}

/** What the rows to learn from say about defaults. */
export interface Facts {
  readonly rows: number;
  /** `number`: a regression. */
  readonly answers: 'number' | 'two-classes' | 'classes';
}

interface Setting {
  /** What makes the kind. */
  readonly forced: Parameters;
  /** What goes well with it, unless the person says otherwise. */
  readonly usual: Parameters;
}

const DRAWN: Parameters = { shape: 'leafwise', extraTrees: true };

const SETTINGS: ReadonlyMap<string, Setting> = new Map<string, Setting>([
  ['plain', { forced: {}, usual: {} }],
  ['leafwise', { forced: { shape: 'leafwise' }, usual: {} }],
  ['symmetric', { forced: { shape: 'symmetric' }, usual: {} }],
  ['lines', { forced: { shape: 'leafwise', linearLeaves: true }, usual: { linearL2: 0.1, leaves: 16, minRowsInLeaf: 15 } }],
  ['symmetric-lines', { forced: { shape: 'symmetric', linearLeaves: true }, usual: { linearL2: 0.1, leaves: 32, l2: 3 } }],
  ['drawn', { forced: DRAWN, usual: { leaves: 40, minRowsInLeaf: 5 } }],
  ['drawn-lines', { forced: { ...DRAWN, linearLeaves: true }, usual: { linearL2: 0.5, leaves: 24 } }],
  ['by-leaf', { forced: { shape: 'leafwise' }, usual: { columnSampleByNode: 0.5, columnSample: 1 } }],
  ['drawn-by-leaf', { forced: DRAWN, usual: { columnSampleByNode: 0.6, columnSample: 1 } }],
]);

/** Unlike kinds of trees make unlike errors: on 16 tables the mean of these had 2 % less loss than the plain trees alone (docs/decisions/0009). */
const USUAL = ['plain', 'symmetric-lines', 'drawn-lines'];
const USUAL_OF_FEW_ROWS = ['plain', 'drawn', 'symmetric-lines'];
/**
 * Leaves with a value for each class hold no lines. On six tables three kinds had 8 % less loss, most of it by symmetric trees on few rows; on many rows those need so many
 * rounds that two kinds have to do (4 % less).
 */
const USUAL_OF_CLASSES = ['plain', 'drawn-by-leaf', 'symmetric'];
const USUAL_OF_CLASSES_MANY_ROWS = ['plain', 'drawn'];
const MANY_ROWS = 8000;

/** Kinds at most. */
const MOST = 16;

/** Parameters that leave open how trees grow. */
const NEUTRAL = new Set(['kinds', 'objective', 'alpha', 'maxBins', 'patience', 'stopBy', 'vectorLeaves', 'monotone', 'interactions']);

/**
 * The kinds whose scores are averaged; `auto`: two or three where nothing else says how trees grow, otherwise one.
 * @throws MillwrightError `OPTION_INVALID`
 * @example kindsOf({ kinds: 'leafwise:120:60,drawn:300:40' }, { rows: 1000, answers: 'number' }) // [{ name: 'leafwise', rounds: 120, weight: 60 }, …]
 */
export function kindsOf(given: Parameters, { rows, answers }: Facts): Kind[] {
  const text = given.kinds ?? 'auto';
  if (text === 'auto') {
    if (isGiven(given)) return [{ name: 'plain' }];
    const ofClasses = rows < MANY_ROWS ? USUAL_OF_CLASSES : USUAL_OF_CLASSES_MANY_ROWS;
    return (answers === 'classes' ? ofClasses : rows < FEW_ROWS ? USUAL_OF_FEW_ROWS : USUAL).map((name) => ({ name }));
  }
  const parts = String(text).split(',');
  if (parts.length > MOST)
    throw new MillwrightError('OPTION_INVALID', `Boosted trees: kinds: ${parts.length} are too many.`, `At most ${MOST}.`);
  return parts.map((part) => parseKind(part.trim()));
}

/** Says something about how trees grow. */
const isGiven = (given: Parameters): boolean => Object.keys(given).some((name) => !NEUTRAL.has(name));

/** How many kinds parameters ask for, right or wrong. */
export function countKinds({ kinds = 'auto', ...given }: Parameters): number {
  return kinds !== 'auto' ? String(kinds).split(',').length : isGiven(given) ? 1 : USUAL.length;
}

function parseKind(part: string): Kind {
  const [, name, rounds, weight] = /^([a-z-]*)(?::(\d{1,6})(?::(\d{1,3}))?)?$/.exec(part) ?? [];
  if (name !== undefined && SETTINGS.has(name))
    return {
      name,
      ...(rounds !== undefined && { rounds: Math.max(1, Number(rounds)) }),
      ...(weight !== undefined && { weight: Math.max(1, Number(weight)) }),
    };
  const names = [...SETTINGS.keys()];
  const near = nearestName(name ?? part, names);
  throw new MillwrightError(
    'OPTION_INVALID',
    `Boosted trees: kinds: "${part}" is no kind of trees.`,
    `${near ? `Did you mean "${near}"? ` : ''}Write auto, or kinds with a comma between them: ${names.join(', ')}; their rounds may follow a colon, and their weight another.`,
  );
}

/** The kinds as text, to be parsed again. */
export function formatKinds(kinds: readonly Kind[]): string {
  return kinds.map(({ name, rounds, weight }) => [name, rounds, weight].filter((v) => v !== undefined).join(':')).join(',');
}

const ROUNDS = 'rounds:';
const WEIGHT = 'weight:';

/** What is recorded of several kinds: all rounds, and each kind's rounds and weight, under its place, which a record with its keys in order keeps. */
export function workOfKinds(kinds: readonly Kind[]): Record<string, number> {
  const work: Record<string, number> = { rounds: kinds.reduce((sum, { rounds = 0 }) => sum + rounds, 0) };
  for (const [i, { name, rounds = 0, weight }] of kinds.entries()) {
    const own = `${String.fromCharCode(97 + i)}:${name}`;
    work[ROUNDS + own] = rounds;
    if (weight !== undefined) work[WEIGHT + own] = weight;
  }
  return work;
}

/** The kinds of a record, in their order; none when it is not of several. */
export function kindsOfWork(work: Readonly<Record<string, number>>): Kind[] {
  const places = Object.keys(work).flatMap((key) => (key.startsWith(ROUNDS) ? [key.slice(ROUNDS.length)] : []));
  return places.sort().map((own) => {
    const weight = work[WEIGHT + own];
    return { name: own.slice(2), rounds: work[ROUNDS + own] as number, ...(weight !== undefined && { weight }) };
  });
}

/** How much faster a kind loses weight than its loss grows: a tenth more loss, a third of the weight. */
const SHARPNESS = 10;

/**
 * Weights from losses on validation rows: they lean to the better kinds, but no kind is chosen, for which there are too few of them. On 26 tables the loss was 1.8 % below
 * the plain kind's, where equal weights had 1.0 % and the best kind alone 0.8 %.
 * @returns whole numbers, about a hundred in all
 */
export function weightsOf(losses: readonly number[]): number[] {
  const least = Math.min(...losses);
  const unit = Math.max(1e-300, Math.abs(least));
  const raw = losses.map((loss) => exp(-SHARPNESS * Math.min(9, (loss - least) / unit)));
  const sum = raw.reduce((a, b) => a + b, 0);
  return raw.map((w) => Math.max(1, Math.round((100 * w) / sum)));
}

/** Below so many rows other kinds, and smaller drawn trees, lose less: by 0.8 % on 16 tables. */
const FEW_ROWS = 1000;
const DRAWN_OF_FEW_ROWS: Parameters = { leaves: 16, minRowsInLeaf: 10 };
/** Of kinds with lines, among others: the mean is as good as with more and smaller steps, in three fifths of the time. */
const LARGER_STEPS: Parameters = { learningRate: 0.08, patience: 40 };

/** Numbers are noisy less often than classes are: their categories may be divided on less evidence (2.9 % less loss on 4 tables), on few rows those of classes too (1.1 %). */
const TRUSTED_CATEGORIES: Parameters = { minRowsPerSet: 10, catSmooth: 2, catL2: 3 };
const TRUSTED_ROWS = 1500;

/** Parameters of one kind. */
export function parametersOf(kind: Kind, given: Parameters, { rows, answers }: Facts): Parameters {
  const { forced, usual } = SETTINGS.get(kind.name) ?? { forced: {}, usual: {} };
  return {
    ...((answers === 'number' || rows < TRUSTED_ROWS) && TRUSTED_CATEGORIES),
    ...usual,
    ...(kind.name === 'drawn' && rows < FEW_ROWS && DRAWN_OF_FEW_ROWS),
    ...(kind.name.endsWith('-lines') && rows >= FEW_ROWS && LARGER_STEPS),
    ...given,
    ...forced,
    ...(kind.rounds !== undefined && { rounds: kind.rounds }),
  };
}
