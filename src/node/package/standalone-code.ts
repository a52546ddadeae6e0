import { readFileSync } from 'node:fs';
import { MillwrightError } from '../../core/errors.js';

/** A name that a piece of code exports to the others. */
interface Named {
  readonly part: number;
  readonly name: string;
}

/** What the build cut for standalone files (scripts/standalone-parts.mjs). */
interface Parts {
  /** In the order in which they must stand. */
  readonly parts: readonly { readonly code: string; readonly needs: readonly number[] }[];
  /** The part that reads dates. */
  readonly dates: number;
  readonly unpack: Named;
  readonly open: Named;
  readonly fromBase64: Named;
  readonly modelMap: Named;
  readonly stepMap: Named;
  readonly models: readonly (Named & { readonly kind: string })[];
  readonly steps: readonly (Named & { readonly kind: string })[];
}

/** Which kinds of model and of step a standalone file is for. */
export interface Kinds {
  readonly models: ReadonlySet<string>;
  readonly steps: ReadonlySet<string>;
  /** Whether a column holds dates. */
  readonly dates: boolean;
}

/** The code that reads the given kinds and no others, and the expression that opens base64 data. */
export function standaloneCode(kinds: Kinds): { code: string; open: (data: string, size: number) => string } {
  const all = readParts();
  const models = all.models.filter(({ kind }) => kinds.models.has(kind));
  const steps = all.steps.filter(({ kind }) => kinds.steps.has(kind));
  if (models.length < kinds.models.size || steps.length < kinds.steps.size)
    throw new MillwrightError('INTERNAL', 'There is no standalone code for a part of this model.', 'Build again with `npm run build`.');
  const taken = new Set<number>();
  for (const { part } of [all.unpack, all.open, all.fromBase64, all.modelMap, all.stepMap, ...models, ...steps])
    for (const needed of [part, ...(all.parts[part]?.needs ?? [])]) taken.add(needed);
  if (!kinds.dates) taken.delete(all.dates);
  const code = all.parts.filter((_, i) => taken.has(i)).map((part) => part.code);
  for (const { kind, name } of models) code.push(`${all.modelMap.name}.set(${JSON.stringify(kind)},${name}.decode);`);
  for (const { kind, name } of steps) code.push(`${all.stepMap.name}.set(${JSON.stringify(kind)},${name});`);
  const open = (data: string, size: number): string => `${all.open.name}(${all.unpack.name}(${all.fromBase64.name}("${data}"),${size}))`;
  return { code: code.join('\n'), open };
}

function readParts(): Parts {
  try {
    return JSON.parse(readFileSync(new URL('../../../dist/standalone.json', import.meta.url), 'utf8')) as Parts;
  } catch (cause) {
    throw new MillwrightError('INTERNAL', 'The code of standalone files is missing.', 'Install Millwright again.', { cause });
  }
}
