import { shellWord } from '../../core/shell-word.js';
import type { Plan } from '../../engine/automl/plan.js';
import { labelled, plain } from './words.js';

/** What `plan` says after writing a file. */
export function planText(plan: Plan, file: string): string {
  const used = plan.columns.filter((c) => c.use !== 'ignore' && c.use !== 'target');
  const ignored = plan.columns.filter((c) => c.use === 'ignore');
  return `${labelled([
    ['question', `${plain(plan.target)} (${plan.task}). ${plain(plan.taskReason, 300)}`],
    ['metric', plan.metric],
    ['columns', `${used.length} used, ${ignored.length} left out`],
    ...ignored.slice(0, 6).map((c): [string, string] => ['left out', `${plain(c.name, 40)}: ${plain(c.reason, 160)}`]),
    ['holdout', `${Math.round(plan.holdout.fraction * 100)} % of the rows, ${plan.holdout.kind}. ${plain(plan.holdout.reason, 200)}`],
    ...(plan.holidays ? [['holidays', plan.holidays.map((c) => plain(c.name, 60)).join(', ')] as const] : []),
    ['tries', `${counted(plan.candidates.map((c) => c.learner))}${plan.search ? '; then a search among them, as the budget allows' : ''}`],
    ['plan', file],
    ['next', `edit it, then: millwright run ${plan.data.from.map(shellWord).join(' ')} --plan ${shellWord(file)}`],
  ])}`;
}

/** Names with how often they stand there. */
function counted(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => (count === 1 ? name : `${count} × ${name}`)).join(', ');
}
