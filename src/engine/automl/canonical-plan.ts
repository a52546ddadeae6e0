import type { Plan, Work } from './plan.js';

/**
 * The plan as a bundle keeps it: with the work done, keys in alphabetical order, and without what may differ between runs that give the
 * same model: where the data came from (its hash is kept) and the budget (the work says what it allowed).
 */
export function canonicalPlan(plan: Plan, work?: Work): unknown {
  const { data, ...rest } = plan;
  return sortedKeys({ ...rest, data: { maxRows: data.maxRows }, budget: null, work });
}

function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, sortedKeys(v)]),
  );
}
