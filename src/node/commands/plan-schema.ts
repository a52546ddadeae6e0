import { MillwrightError } from '../../core/errors.js';
import { nearestName } from '../../core/nearest-name.js';
import type { ColumnFormat, ColumnSchema, ColumnType, Schema } from '../../core/schema.js';
import type { Plan } from '../../engine/automl/plan.js';

/** The types that a plan sets, so that columns are inferred as such. */
export function plannedTypes(plan: Plan): Map<string, ColumnType> {
  return new Map(plan.columns.map((c) => [c.name, c.type]));
}

/**
 * The schema that a plan describes, with the statistics of the data at hand. Columns that the plan does not name are left out of the model.
 * @param inferred from the data, with the plan's types
 * @throws MillwrightError `COLUMN_NOT_FOUND` when the data lacks a column that the plan uses, `TARGET_NOT_FOUND`
 */
export function schemaOfPlan(plan: Plan, inferred: Schema): Schema {
  const planned = new Map(plan.columns.map((c) => [c.name, c]));
  const names = inferred.columns.map((c) => c.name);
  const present = new Set(names);
  for (const { name, use } of plan.columns) {
    if (use === 'ignore' || present.has(name)) continue;
    const near = nearestName(name, names);
    throw new MillwrightError(
      use === 'target' ? 'TARGET_NOT_FOUND' : 'COLUMN_NOT_FOUND',
      `The plan uses a column "${name}" that the data does not have.`,
      near
        ? `Did you mean "${near}"? Or set its use to "ignore".`
        : 'Set its use to "ignore", or bring the data that the plan was made for.',
    );
  }
  const columns = inferred.columns.map((column): ColumnSchema => {
    const plan = planned.get(column.name);
    if (!plan) return { ...column, use: 'ignore', reason: 'The plan does not name it.' };
    const format = fits(plan.type, plan.format) ? plan.format : column.format;
    const { format: _, ...rest } = column;
    return { ...rest, type: plan.type, use: plan.use, reason: plan.reason, missing: plan.missing, ...(format && { format }) };
  });
  const target = columns.find((c) => c.use === 'target');
  if (target?.name !== plan.target)
    throw new MillwrightError(
      'PLAN_INVALID',
      `The plan's target is "${plan.target}", but its column of use "target" is ${target ? `"${target.name}"` : 'absent'}.`,
      'Make the two agree.',
    );
  return { columns };
}

/** Whether a format is for that type; a person who edits the type need not edit the format. */
function fits(type: ColumnType, format: ColumnFormat | undefined): boolean {
  return format !== undefined && (format.kind === type || (format.kind === 'number' && type === 'number'));
}
