import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

// What the compiler cannot keep: directions inside a project, and what makes a run repeat byte for byte on every engine.

const SRC = fileURLToPath(new URL('../src/', import.meta.url));
const LAYERS = ['core', 'model', 'engine', 'node'] as const;
/** Inside the engine: a folder may import from itself and from those that stand on an earlier or the same line. */
const ENGINE_ORDER = [
  ['kernels'],
  ['learn', 'prep', 'evaluate'],
  ['explain', 'monitor', 'online', 'emit', 'search', 'label'],
  ['automl'],
  ['tune', 'checks'],
];
const GENERATED = new Set(['engine/kernels/module.ts']);

interface Source {
  path: string;
  text: string;
  imports: string[];
}

function strip(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

const sources: Source[] = (readdirSync(SRC, { recursive: true }) as string[])
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts') && !GENERATED.has(path))
  .map((path) => {
    const text = strip(readFileSync(join(SRC, path), 'utf8'));
    const imports = [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|\bimport\s+)['"]([^'"]+)['"]/g)].map((m) => m[1] as string);
    return { path, text, imports };
  });
const shipped = sources.filter((s) => !/\.(test|bench)\.ts$/.test(s.path));
const portable = shipped.filter((s) => !s.path.startsWith('node/'));

const layerOf = (path: string) => LAYERS.indexOf(path.split('/')[0] as (typeof LAYERS)[number]);
const targetOf = (from: string, to: string) => relative(SRC, resolve(SRC, dirname(from), to)).replace(/\.js$/, '.ts');
const local = (s: Source) => s.imports.filter((i) => i.startsWith('.')).map((i) => targetOf(s.path, i));

function offences(list: readonly Source[], find: (s: Source) => readonly string[]): string[] {
  return list.flatMap((s) => find(s).map((what) => `${s.path}: ${what}`));
}

test('there is something to look at', () => {
  expect(LAYERS.filter((layer) => !shipped.some((s) => s.path.startsWith(`${layer}/`)))).toEqual([]);
});

test('core ← model ← engine ← node', () => {
  expect(offences(sources, (s) => local(s).filter((to) => layerOf(to) > layerOf(s.path)))).toEqual([]);
});

test('inside the engine: kernels ← learn, prep, evaluate ← explain ← automl', () => {
  const rank = (path: string) => ENGINE_ORDER.findIndex((line) => line.includes(path.split('/')[1] as string));
  const inEngine = shipped.filter((s) => s.path.startsWith('engine/') && s.path.split('/').length > 2);
  // A plan and a result are plain data that everyone may name; only types of them are imported upwards.
  const contract = new Set(['engine/automl/plan.ts', 'engine/automl/result.ts']);
  expect(
    offences(inEngine, (s) => local(s).filter((to) => to.startsWith('engine/') && !contract.has(to) && rank(to) > rank(s.path))),
  ).toEqual([]);
});

test('the command line reaches the work through commands alone', () => {
  const allowed = /^(core|node\/(cli|commands))\/|^engine\/automl\/(plan|result)\.ts$|^node\/store\/records\.ts$|^node\/serve\/serve\.ts$/;
  const adapters = shipped.filter((s) => s.path.startsWith('node/cli/'));
  expect(offences(adapters, (s) => local(s).filter((to) => !allowed.test(to)))).toEqual([]);
});

test('the service sees scoring, explaining, watching and its pages, the store and commands', () => {
  const allowed = /^(core\/|model\/|engine\/(explain|monitor)\/|node\/((serve|store|commands)\/|report\/monitor-))/;
  const service = shipped.filter((s) => s.path.startsWith('node/serve/'));
  expect(offences(service, (s) => local(s).filter((to) => !allowed.test(to)))).toEqual([]);
});

test('core and model import no package but the packer of bundles; the engine adds zod', () => {
  const allowed = (s: Source) => (s.path.startsWith('core/') ? [] : s.path.startsWith('model/') ? ['fflate'] : ['zod', 'fflate']);
  expect(offences(portable, (s) => s.imports.filter((i) => !i.startsWith('.') && !allowed(s).includes(i)))).toEqual([]);
});

test('what runs anywhere names neither Node nor a browser', () => {
  const names =
    /\b(process|Buffer|require|__dirname|window|document|navigator|localStorage|self|globalThis|setTimeout|setInterval|fetch|performance)\s*[.(]/g;
  expect(offences(portable, (s) => (s.text.match(names) ?? []).filter((m) => !isOwn(s.text, m)))).toEqual([]);
});

/** A parameter or variable of that name declared in the file itself. */
function isOwn(text: string, match: string): boolean {
  const name = /^\w+/.exec(match)?.[0] as string;
  return new RegExp(
    `\\b(?:const|let|function)\\s+${name}\\b|[(,]\\s*${name}\\s*[:,)]|\\.${name}\\b|^\\s*(?:async\\s+)?#?${name}\\(`,
    'm',
  ).test(text);
}

test('arithmetic that engines round differently goes through core/math', () => {
  const differing =
    /\bMath\.(exp|expm1|log|log1p|log2|log10|pow|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|asinh|acosh|atanh|cbrt|hypot)\b|\*\*/g;
  const powerOfTwo = /\b2 \*\* -?\d+/g; // exact everywhere
  const rounded = portable.filter((s) => s.path !== 'core/math.ts');
  expect(offences(rounded, (s) => s.text.replace(powerOfTwo, '').match(differing) ?? [])).toEqual([]);
});

test('no hidden randomness and no clock below node', () => {
  const hidden =
    /\bMath\.random\b|\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b|\bcrypto\.(getRandomValues|randomUUID)\b|\btoLocale\w+|\bIntl\./g;
  expect(offences(portable, (s) => s.text.match(hidden) ?? [])).toEqual([]);
  expect(offences(shipped, (s) => s.text.match(/\bMath\.random\b/g) ?? [])).toEqual([]);
});

test('no default exports, no enums', () => {
  expect(offences(shipped, (s) => s.text.match(/\bexport default\b|^\s*(export\s+)?(const\s+)?enum\s/gm) ?? [])).toEqual([]);
});

test('a file holds one concept: at most 400 lines, and no utils.ts', () => {
  const long = (s: Source) => (readFileSync(join(SRC, s.path), 'utf8').split('\n').length > 400 ? ['longer than 400 lines'] : []);
  expect(offences(sources, long)).toEqual([]);
  expect(sources.map((s) => s.path).filter((path) => /(^|\/)(utils?|helpers?|misc|common)\.ts$/.test(path) || /[A-Z_]/.test(path))).toEqual(
    [],
  );
});

test('every error code is documented', () => {
  const codes = [
    ...(/export type ErrorCode =([\s\S]*?);/.exec(readFileSync(join(SRC, 'core/errors.ts'), 'utf8'))?.[1] ?? '').matchAll(/'([A-Z_]+)'/g),
  ].map((m) => m[1] as string);
  const documented = [
    ...readFileSync(fileURLToPath(new URL('../docs/errors.md', import.meta.url)), 'utf8').matchAll(/^### `([A-Z_]+)`/gm),
  ].map((m) => m[1] as string);
  expect(codes.length).toBeGreaterThan(20);
  expect([...documented].sort()).toEqual([...codes].sort());
});
