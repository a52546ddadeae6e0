import type { StepData } from '../../model/step.js';

/** Keys of a step's entry that name what it reads. */
const READS = ['name', 'left', 'right', 'column', 'by'];
/** Keys that name what it makes. */
const MAKES = ['output', 'outputs', 'stats', 'words', 'other', 'missing', 'indicator'];

/**
 * From which raw columns each prepared column comes. A column that no step made comes from itself.
 * @returns the raw columns of a prepared one, in order
 */
export function rawSources(steps: readonly StepData[]): (prepared: string) => readonly string[] {
  const made = new Map<string, readonly string[]>();
  const of = (name: string): readonly string[] => made.get(name) ?? [name];
  for (const step of steps) {
    if (step.kind === 'select') continue;
    const { columns } = step as unknown as { columns: readonly Readonly<Record<string, unknown>>[] };
    const fresh = new Map<string, readonly string[]>();
    for (const entry of columns) {
      const sources = new Set(READS.flatMap((key) => names(entry[key])).flatMap(of));
      for (const output of MAKES.flatMap((key) => names(entry[key]))) fresh.set(output, [...sources]);
    }
    for (const [output, sources] of fresh) made.set(output, sources);
  }
  return of;
}

/** The names in a text, an object with a name or a column, or a list of such. */
function names(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap((item) => (typeof item === 'number' ? [] : names(item)));
  if (typeof value !== 'object' || value === null) return [];
  const { name, column } = value as { name?: unknown; column?: unknown };
  return typeof name === 'string' ? [name] : typeof column === 'string' ? [column] : [];
}
