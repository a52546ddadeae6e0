import { MillwrightError } from '../../core/errors.js';
import type { Schema } from '../../core/schema.js';
import type { Plan } from '../../engine/automl/plan.js';

const UNITS = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
]);

/**
 * The plan with a gap before all that is judged: rows nearer than that are not trained on, where answers become known late or overlap.
 * @param text a duration (`7d`, `12h`) for a column of dates, a number for a column of numbers
 * @throws MillwrightError `OPTION_INVALID`
 */
export function withEmbargo(plan: Plan, schema: Schema, text: string): Plan {
  const { holdout, validation } = plan;
  const column = validation.kind === 'time' ? schema.columns.find((c) => c.name === validation.column) : undefined;
  if (!column) throw wrong('needs rows that are split by time.', 'Name the column with --time.');
  const [, figure, unit] = /^(\d+(?:\.\d+)?|\.\d+)\s*(ms|s|m|h|d|w)?$/.exec(text.trim().toLowerCase()) ?? [];
  const isDate = column.type === 'datetime';
  if (figure === undefined || (unit === undefined) === isDate)
    throw wrong(
      `"${text}" is no ${isDate ? 'duration' : `number of "${column.name}"`}.`,
      isDate ? 'Write for example 7d, 12h or 30m.' : 'Write a number in the unit of the column.',
    );
  const embargo = Number(figure) * (unit === undefined ? 1 : (UNITS.get(unit) as number));
  const reason = ` Rows less than ${text.trim()} before it are not trained on.`;
  return {
    ...plan,
    holdout: holdout.kind === 'time' ? { ...holdout, embargo, reason: holdout.reason + reason } : holdout,
    validation: { ...validation, embargo, reason: validation.reason + reason },
  };
}

function wrong(what: string, hint: string): MillwrightError {
  return new MillwrightError('OPTION_INVALID', `--embargo ${what}`, hint);
}
