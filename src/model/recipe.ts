import type { Table } from '../core/table.js';
import { Fields, unreadable } from './fields.js';
import type { BoundStep, StepData } from './step.js';
import { type AnyKind, stepKinds } from './step-kinds.js';

/**
 * Prepares a raw table by fitted steps, in order; a row comes out the same alone as among others.
 * @throws MillwrightError `BUNDLE_UNREADABLE` for a kind of step that is not known
 */
export function applyRecipe(steps: readonly StepData[], table: Table): Table {
  const bound = bindRecipe(steps, table);
  bound.run();
  return bound.table;
}

/** Ties a recipe to a table whose cells may change: each `run` prepares the cells of the moment. */
export function bindRecipe(steps: readonly StepData[], table: Table): BoundStep {
  const runs: BoundStep[] = [];
  let current = table;
  for (const step of steps) {
    const bound = kindOf(step.kind).bind(step as never, current);
    runs.push(bound);
    current = bound.table;
  }
  const run = (): void => {
    for (let i = 0; i < runs.length; i++) (runs[i] as BoundStep).run();
  };
  return { table: current, run };
}

/** Reads a recipe from outside, checking every field. @throws MillwrightError `BUNDLE_UNREADABLE` */
export function parseRecipe(json: unknown): StepData[] {
  if (!Array.isArray(json)) throw unreadable('The recipe is not a list of steps.');
  return json.map((item, i) => {
    const fields = new Fields(item, `recipe[${i}]`);
    return kindOf(fields.text('kind')).read(fields);
  });
}

function kindOf(kind: string): AnyKind {
  const found = stepKinds.get(kind);
  if (!found) throw unreadable(`The recipe has a step of unknown kind "${kind}".`);
  return found;
}
