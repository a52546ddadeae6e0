import { isFeature } from '../../core/schema.js';
import type { Model } from '../../model/model.js';
import type { StepData } from '../../model/step.js';
import type { SelectStep } from '../../model/steps/select.js';
import { stepsOf } from '../../model/unseen-categories.js';
import { varies } from '../prep/varies.js';
import type { Finding } from './result.js';
import type { RunContext } from './run-context.js';
import type { WeightedTrial } from './select-ensemble.js';

/** Names that a sentence holds. */
const mostNames = 20;

/** Which columns no part of the final model reads, because they told no more than shuffled ones. */
export function declinedFindings(
  { schema, task, answered }: RunContext,
  members: readonly WeightedTrial[],
  final: { readonly recipe: readonly StepData[]; readonly model: Model },
): Finding[] {
  const chosen = members.filter(({ trial }) => trial.preparation?.selected);
  if (chosen.length === 0) return [];
  const read = new Set(
    stepsOf({ recipe: [...final.recipe], model: final.model }).flatMap((step) =>
      step.kind === 'select' ? (step as SelectStep).columns.map((c) => c.name) : [],
    ),
  );
  const dropped = new Set(chosen[0]?.trial.preparation?.drop);
  const left = schema.columns
    .filter((c) => isFeature(c, task.target) && !dropped.has(c.name) && !read.has(c.name) && varies(answered.table.find(c.name)))
    .map((c) => c.name);
  if (left.length === 0) return [];
  const names = left
    .slice(0, mostNames)
    .map((name) => `“${name}”`)
    .join(', ');
  const more = left.length > mostNames ? ` and ${left.length - mostNames} more` : '';
  return [
    {
      level: 'info',
      code: 'columns-declined',
      message: `The model does without ${names}${more}: on the training rows they told no more than shuffled columns, or the same as another one.`,
    },
  ];
}
