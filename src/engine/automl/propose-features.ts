import type { Rng } from '../../core/rng.js';
import type { ColumnSchema } from '../../core/schema.js';
import type { Column, NumericColumn, Table } from '../../core/table.js';
import { applyRecipe } from '../../model/recipe.js';
import type { FeatureSpec } from '../prep/feature-spec.js';
import { fitFeatures, fitKey } from '../prep/fit-features.js';
import { FreshNames } from '../prep/fresh-names.js';
import { pick } from './pick.js';
import { binsOf, drawHalves, type Residuals, residualGain } from './residual-gain.js';

/** Numbers that are combined with each other, and keys that group them. */
const MOST_NUMBERS = 12;
const MOST_KEYS = 6;
/** Rows that candidates are heard on at first, and the rows for the best of them; with fewer than the least nothing can be heard. */
const FIRST_ROWS = 4000;
const MORE_ROWS = 20_000;
const LEAST_ROWS = 200;
/** Rows of a candidate's columns that are looked at in a nominal second. */
const ROWS_A_SECOND = 1.5e6;
/** Candidates that go on to more rows. */
const HEARD_AGAIN = 40;
/** Columns made at most. */
const MOST_MADE = 8;
/** Candidates whose rows are shuffled: what they seem to gain is what chance gives. */
const SHADOWS = 20;

/** A column that might be made, and the share of the squared errors left that it explained on rows it was not learnt on. */
interface HeardFeature {
  readonly feature: FeatureSpec;
  readonly gain: number;
}

/**
 * Hears columns that could be made of others: differences, ratios, products and sums of two numbers, means of a number by group and the distance from them, and
 * pairs of groups. Each is asked how much of what a model got wrong, on rows that the model was not fitted on, it explains (the first stage of OpenFE, Zhang et
 * al. 2023). Those go on that say more than any shuffled column and than what they are made of; of these the best is kept and what it explains taken away before
 * the next is chosen. Asks no clock: the rows that are looked at are counted.
 * @param columns raw features
 * @param seconds nominal, at most
 * @returns the best first; none is usual
 */
export function proposeFeatures(
  rows: PredictedRows,
  columns: readonly ColumnSchema[],
  seconds: number,
  rng: Rng,
): { features: FeatureSpec[]; heard: number } {
  const looks = 0.5 * seconds * ROWS_A_SECOND;
  const candidates = candidatesFor(hearing(rows, FIRST_ROWS, rng.child('few')), columns);
  const fewRows = Math.min(FIRST_ROWS, Math.floor(looks / Math.max(1, candidates.length)));
  if (candidates.length === 0 || rows.rows.length < LEAST_ROWS || fewRows < LEAST_ROWS) return { features: [], heard: 0 };
  const few = hearing(rows, fewRows, rng.child('few'));
  const first = candidates
    .map((feature) => ({ feature, gain: gainOf(few, feature) }))
    .sort((a, b) => b.gain - a.gain)
    .slice(0, HEARD_AGAIN);
  // the best are binned once, their parents and shadows too, and looked at again for each column that is made
  const more = hearing(rows, Math.min(MORE_ROWS, Math.floor(looks / (4 * HEARD_AGAIN))), rng.child('more'));
  const least = chanceGain(more, first, rng.child('shadows'));
  const made: HeardFeature[] = [];
  let left = first.map(({ feature }) => ({ feature, bins: binsFor(more, feature) }));
  let residuals = more.residuals;
  while (made.length < MOST_MADE) {
    const gains = left.map(({ feature, bins }) => ({ feature, bins, gain: bins ? residualGain(residuals, bins) : 0 }));
    const best = gains.reduce<(typeof gains)[number] | undefined>((a, b) => (a && a.gain >= b.gain ? a : b), undefined);
    if (!best?.bins || best.gain <= least || best.gain <= 1.5 * parentGain(more, residuals, best.feature)) break;
    made.push({ feature: best.feature, gain: best.gain });
    const errorsLeft = residuals.errors.map((e) => new Float64Array(e.length));
    residualGain(residuals, best.bins, errorsLeft);
    residuals = { errors: errorsLeft, halves: residuals.halves };
    left = left.filter((c) => c.feature !== best.feature);
  }
  return { features: made.map((m) => m.feature), heard: candidates.length };
}

/** Rows that a model predicted without having been fitted on them. */
export interface PredictedRows {
  readonly table: Table;
  /** Indices into the table. */
  readonly rows: Uint32Array;
  /** What is left to explain of each of these rows, one list a class, or one. */
  readonly errors: readonly Float64Array[];
}

/** Rows drawn, with what is left to explain of them. */
interface Hearing {
  readonly table: Table;
  readonly residuals: Residuals;
}

function hearing({ table, rows, errors }: PredictedRows, most: number, rng: Rng): Hearing {
  const drawn = rng.sample(rows.length, Math.min(rows.length, most)).sort();
  return {
    table: table.take(drawn.map((i) => rows[i] as number)),
    residuals: { errors: errors.map((e) => pick(e, drawn)), halves: drawHalves(drawn.length, rng.child('halves')) },
  };
}

function candidatesFor({ table, residuals }: Hearing, columns: readonly ColumnSchema[]): FeatureSpec[] {
  const own = (c: ColumnSchema): Column | undefined => table.find(c.name);
  const varied = (column: Column | undefined): column is NumericColumn =>
    column?.kind === 'numeric' && column.values.some((v) => !Number.isNaN(v) && v !== column.values[0]);
  const numbers = spread(
    columns.filter((c) => c.type === 'number' && varied(own(c))).map((c) => c.name),
    MOST_NUMBERS,
    (name) => residualGain(residuals, binsOf(table.column(name))),
  );
  const keys = spread(
    columns.filter((c) => c.type !== 'text' && c.type !== 'datetime' && groups(own(c))).map((c) => c.name),
    MOST_KEYS,
    (name) => residualGain(residuals, binsOf(table.column(name))),
  );
  const specs: FeatureSpec[] = [];
  numbers.forEach((a, i) => {
    for (const b of numbers.slice(i + 1)) {
      for (const kind of ['difference', 'ratio', 'product', 'sum'] as const) specs.push({ kind, columns: [a, b] });
      specs.push({ kind: 'ratio', columns: [b, a] });
    }
    for (const by of keys)
      if (by !== a) for (const kind of ['group-mean', 'group-difference'] as const) specs.push({ kind, column: a, by });
  });
  keys.forEach((a, i) => {
    for (const b of keys.slice(i + 1)) specs.push({ kind: 'cross', columns: [a, b] });
  });
  return specs;
}

function groups(column: Column | undefined): boolean {
  const key = fitKey(column);
  return key !== undefined && (key.values ?? key.levels ?? []).length >= 2;
}

/** The given number of names, those with the highest value; in their order. */
function spread(names: readonly string[], most: number, value: (name: string) => number): string[] {
  if (names.length <= most) return [...names];
  const kept = names
    .map((name) => ({ name, value: value(name) }))
    .sort((a, b) => b.value - a.value)
    .slice(0, most);
  return names.filter((name) => kept.some((k) => k.name === name));
}

function columnFor(table: Table, feature: FeatureSpec): Column | undefined {
  const steps = fitFeatures(table, [feature], new FreshNames(table.columns.map((c) => c.name)));
  return steps.length === 0 ? undefined : applyRecipe(steps, table).columns.at(-1);
}

function binsFor({ table }: Hearing, feature: FeatureSpec): ReturnType<typeof binsOf> | undefined {
  const column = columnFor(table, feature);
  return column && binsOf(column);
}

function gainOf(hearing: Hearing, feature: FeatureSpec): number {
  const bins = binsFor(hearing, feature);
  return bins ? residualGain(hearing.residuals, bins) : 0;
}

/** The most that a column says that it is made of. */
function parentGain({ table }: Hearing, residuals: Residuals, feature: FeatureSpec): number {
  const names = 'columns' in feature ? feature.columns : [feature.column, feature.by];
  return Math.max(0, ...names.map((name) => residualGain(residuals, binsOf(table.column(name)))));
}

/** The most that shuffled columns seem to say. */
function chanceGain(hearing: Hearing, heard: readonly HeardFeature[], rng: Rng): number {
  let most = 0;
  for (let s = 0; s < SHADOWS; s++) {
    const bins = binsFor(hearing, (heard[s % heard.length] as HeardFeature).feature);
    if (bins) most = Math.max(most, residualGain(hearing.residuals, { ...bins, bins: shuffled(bins.bins, rng) }));
  }
  return most;
}

function shuffled(bins: Int32Array, rng: Rng): Int32Array {
  const order = rng.shuffle(Uint32Array.from(bins, (_, i) => i));
  return bins.map((_, i) => bins[order[i] as number] as number);
}
