import type { Task } from '../../core/schema.js';
import type { Finding } from '../automl/result.js';
import { number, percent } from './findings-columns.js';

/** What the answers themselves warn of: too few rows, rare classes, a long tail, a pile at one end. */
export function targetFindings(target: Float64Array, task: Task): Finding[] {
  const findings: Finding[] = [];
  const n = target.length;
  if (n < 300)
    findings.push({
      level: 'warning',
      code: 'few-rows',
      message: `There are only ${n} rows with an answer. Scores from so few rows swing widely: read the interval, not the number alone.`,
    });
  if (task.kind === 'regression') findings.push(...numberFindings(target, task.target));
  else findings.push(...classFindings(target, task));
  return findings;
}

function classFindings(target: Float64Array, task: Task): Finding[] {
  const counts = new Array<number>(task.classes.length).fill(0);
  for (const k of target) counts[k] = (counts[k] as number) + 1;
  let rare = 0;
  for (let k = 1; k < counts.length; k++) if ((counts[k] as number) < (counts[rare] as number)) rare = k;
  const count = counts[rare] as number;
  const share = count / target.length;
  const fair = 1 / task.classes.length;
  if (share > 0.3 * fair && count >= 30) return [];
  const few = count < 30;
  return [
    {
      level: few || share < 0.01 ? 'warning' : 'info',
      code: 'class-imbalance',
      column: task.target,
      message: `“${task.classes[rare]}” is rare: ${count} rows, ${percent(share)} of all.${few ? ' What the model says of it rests on very few examples.' : ' Accuracy alone would flatter the model; look at how many of these it finds.'}`,
    },
  ];
}

function numberFindings(target: Float64Array, name: string): Finding[] {
  const sorted = target.slice().sort();
  const n = sorted.length;
  const at = (q: number): number => sorted[Math.round(q * (n - 1))] as number;
  const findings: Finding[] = [];
  const spread = at(0.95) - at(0.05);
  const beyond = Math.max(at(1) - at(0.5), at(0.5) - at(0));
  if (n >= 50 && spread > 0 && beyond > 8 * spread) {
    const extreme = at(1) - at(0.5) >= at(0.5) - at(0) ? at(1) : at(0);
    findings.push({
      level: 'info',
      code: 'target-outliers',
      column: name,
      message: `A few values of “${name}” lie very far out (${number(extreme)}, while nine in ten are between ${number(at(0.05))} and ${number(at(0.95))}). They weigh heavily in squared errors.`,
    });
  }
  const cap = pile(sorted);
  if (cap !== undefined)
    findings.push({
      level: 'info',
      code: 'target-capped',
      column: name,
      message: `${percent(cap)} of the rows have the largest value of “${name}”, ${number(at(1))}: the true values may have been cut off there.`,
    });
  return findings;
}

/** Share of rows at the maximum, when it is a pile that the values just below are not. */
function pile(sorted: Float64Array): number | undefined {
  const n = sorted.length;
  const max = sorted[n - 1] as number;
  let from = n;
  while (from > 0 && sorted[from - 1] === max) from--;
  const share = (n - from) / n;
  if (share < 0.01 || share > 0.3 || from < 200) return undefined;
  const distinctBelow = new Set(sorted.subarray(0, from)).size;
  if (distinctBelow < 100) return undefined;
  // as many rows as the pile, just below it, must spread over a wide stretch
  const stretch = max - (sorted[Math.max(0, from - (n - from))] as number);
  return stretch > 0.02 * (max - (sorted[0] as number)) ? share : undefined;
}
