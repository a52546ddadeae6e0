import { argsort } from '../../core/argsort.js';
import { dataFindings, gravestFirst } from '../prep/findings.js';
import { number } from '../prep/findings-columns.js';
import { driftFindings, duplicateFindings } from '../prep/findings-rows.js';
import { profileColumns } from '../prep/profile.js';
import { baselineId } from './fitter.js';
import type { ColumnProfile, Estimate, Finding } from './result.js';
import { isBetter, type RunContext } from './run-context.js';
import type { WeightedTrial } from './select-ensemble.js';
import { foldPlace, refitPlace, type Trial } from './trial.js';
import { memoryPlace } from './work-log.js';

/** Rows that profiles rest on, at most. */
const profiledRows = 50_000;
/** Milliseconds a cell that profiles and single-column findings take, on the safe side. */
const cellCost = 0.0003;

/** What the run itself turned out to be. */
export interface Outcome {
  /** No candidate beats the baseline. */
  noSignal: boolean;
  /** What came of rows without an answer, if that was tried. */
  taught?: string | undefined;
  members: readonly WeightedTrial[];
  /** The chosen model's score out of fold. */
  validation: number;
  /** Folds that candidates were compared on. */
  counted: number;
  holdoutMetrics: Record<string, Estimate>;
  baselineMetrics: Record<string, number>;
  /** Whether the model was fitted anew on all rows. */
  onAll: boolean;
  /** Every candidate of the plan, whether or not it was fitted. */
  trials: readonly Trial[];
}

export interface EarlyFindings {
  profiles: ColumnProfile[];
  /** All findings, gravest first. */
  finish(outcome: Outcome): Finding[];
}

/** Profiles and findings on the data, within a tenth of the time; those on the outcome are added at the end. */
export async function runFindings(context: RunContext, train: Uint32Array, holdout: Uint32Array): Promise<EarlyFindings> {
  const { answered, schema, task, log, limit, pace, rng, plan } = context;
  const { table, target } = answered;
  const columns = Math.max(1, table.columns.length);
  const left = limit.remaining();
  const wanted = Math.min(profiledRows, table.rows);
  const fewer = log.settle('profile', () => {
    const affordable = Math.max(200, Math.floor((0.05 * left) / cellCost / columns));
    return affordable < wanted ? { rows: affordable } : undefined;
  });
  if (fewer) log.shorten('profiles');
  const view = everyFew(table.rows, fewer?.rows ?? wanted);
  const end = 0.1 * pace.total;
  const inTime = async (): Promise<boolean> => {
    await limit.breathe();
    return !limit.interrupted && pace.total - limit.remaining() < end;
  };
  const { findings, columns: looked } = await dataFindings({
    table,
    schema,
    task,
    target,
    view,
    rng: rng.child('findings'),
    holidays: plan.holidays,
    mostColumns: log.replaying ? (log.recorded('leaks')?.columns ?? Number.POSITIVE_INFINITY) : undefined,
    proceed: log.replaying || !Number.isFinite(pace.total) ? undefined : inTime,
  });
  const all = schema.columns.filter((c) => c.name !== task.target && c.use !== 'weight' && table.find(c.name)).length;
  if (looked < all && looked > 0) {
    log.note('leaks', { columns: looked });
    log.shorten('leak search');
  }
  const late = log.settle('rows compared', () => (table.rows * columns * cellCost < 0.1 * left ? { rows: table.rows } : undefined));
  if (late) {
    findings.push(...duplicateFindings(table, schema, train, holdout));
    const time = plan.holdout.kind === 'time' ? plan.holdout.column : schema.columns.find((c) => c.use === 'time')?.name;
    const column = time === undefined ? undefined : table.find(time);
    if (column?.kind === 'numeric') findings.push(...driftFindings(table, schema, known(column.values)));
  } else log.shorten('row comparison');
  const cells = table.take(view);
  return {
    profiles: profileColumns(cells, schema),
    finish: (outcome) => gravestFirst([...findings, ...outcomeFindings(context, outcome, holdout.length)]),
  };
}

function outcomeFindings(context: RunContext, outcome: Outcome, holdoutRows: number): Finding[] {
  const { metric, answered, log, task } = context;
  const { noSignal, validation } = outcome;
  const findings: Finding[] = [];
  if (answered.setAside > 0)
    findings.push({
      level: 'repair',
      code: 'target-missing',
      column: task.target,
      message: `${answered.setAside} rows without an answer in “${task.target}” were set aside.${outcome.taught ? ` ${outcome.taught}` : ''}`,
    });
  const holdout = outcome.holdoutMetrics[metric.id];
  const baseline = outcome.baselineMetrics[metric.id];
  if (noSignal && outcome.trials.every((t) => t.learner.id === baselineId || t.fits.length === 0))
    findings.push({
      level: 'warning',
      code: 'baseline-only',
      message: 'No candidate could be fitted: the model always gives the same answer. Nothing is said of what could be learned.',
    });
  else if (noSignal)
    findings.push({
      level: 'warning',
      code: 'no-signal',
      message:
        'No candidate did better than always giving the same answer. The columns seem to say nothing about the target that could be learned from these rows.',
    });
  else if (holdout && baseline !== undefined && !isBetter(context, metric.greaterIsBetter ? holdout.low : holdout.high, baseline))
    findings.push({
      level: 'warning',
      code: 'weak-signal',
      message: isBetter(context, holdout.value, baseline)
        ? 'On the holdout the model is better than always giving the same answer, but by so little that it may be luck.'
        : 'On the holdout the model is no better than always giving the same answer. Do not rely on it.',
    });
  if (holdout && !noSignal && holdoutRows >= 50 && baseline !== undefined) {
    const lost = metric.greaterIsBetter ? validation - holdout.high : holdout.low - validation;
    const gained = Math.abs(validation - baseline);
    if (lost > 0.15 * gained)
      findings.push({
        level: 'warning',
        code: 'holdout-worse',
        message: `The holdout score (${number(holdout.value)}) is clearly worse than the validation score (${number(validation)}). The kept rows differ from the others, or the rows are not independent of each other.`,
      });
  }
  if (holdoutRows < 100)
    findings.push({
      level: 'warning',
      code: 'small-holdout',
      message: `The final score rests on ${holdoutRows} rows only. The interval beside it says how far luck may have moved it.`,
    });
  const sample = log.done('sample');
  if (sample)
    findings.push({
      level: 'warning',
      code: 'rows-sampled',
      message: `The time allowed only ${sample.train} of the ${answered.rows.length} rows to be used. A larger budget uses all of them.`,
    });
  if (log.shortened.size > 0)
    findings.push({
      level: 'info',
      code: 'time-short',
      message: `For lack of time less was done than planned: ${[...log.shortened].join(', ')}. The plan in the results records what was done.`,
    });
  for (const { id, learner } of outcome.trials)
    if (log.done(memoryPlace(foldPlace({ id }, 0))))
      findings.push({
        level: 'warning',
        code: 'candidate-left-out',
        message: `${learner.title} (${id}) needs more memory for these rows and columns than there is, and was left out. Fewer rows or columns would let it take part.`,
      });
  const outOfMemory = outcome.members.some(({ trial }) => log.done(memoryPlace(refitPlace(trial, 'all'))));
  if (outOfMemory)
    findings.push({
      level: 'info',
      code: 'not-refitted',
      message: 'There was not enough memory to fit the whole model anew on all rows: parts of it have not seen the holdout.',
    });
  else if (!outcome.onAll)
    findings.push({
      level: 'info',
      code: 'not-refitted',
      message:
        'There was no time to fit the model anew on all rows: the saved model has not seen the holdout. A larger budget gives a better one.',
    });
  return findings;
}

/** At most so many rows, evenly spaced, in order. */
function everyFew(rows: number, most: number): Uint32Array {
  const count = Math.min(rows, most);
  return Uint32Array.from({ length: count }, (_, i) => Math.floor((i * rows) / count));
}

/** Rows with a time, oldest first. */
function known(values: Float64Array): Uint32Array {
  return argsort(values).filter((i) => !Number.isNaN(values[i] as number));
}
