// The code of standalone files, cut where files begin, so that `millwright package --to js` can put together what one model needs without a bundler.
import { transform } from 'esbuild';

const MODEL = 'dist/model';

/** Left out: a standalone file compiles nothing, so that any policy of a page lets it run. The same is then done in JavaScript, to the same bits. */
const WITHOUT = new Map([
  ['forest', 'export class Forest { static of() {} }'],
  ['search-kernel', 'export class SearchKernel { static of() {} }'],
  ['forward-kernel', 'export class ForwardKernel { static of() {} }'],
  // filled by the file itself, with what its model needs
  ['model-kinds', 'export const modelKinds = new Map();'],
  ['step-kinds', 'export const stepKinds = new Map();'],
]);

const camel = (kind) => kind.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
const capital = (name) => name[0].toUpperCase() + name.slice(1);

/**
 * @param {typeof import('esbuild').build} build
 * @returns code a file of the sources in the order in which they must stand, what each needs, and what the exported names are called in it
 */
export async function standaloneParts(build) {
  const at = (path) => new URL(`../${MODEL}/${path}`, import.meta.url).href;
  const { modelKinds } = await import(at('model-kinds.js'));
  const { stepKinds } = await import(at('step-kinds.js'));
  const models = [...modelKinds.keys()].map((kind) => ({ kind, file: `${kind}.js`, name: `${capital(camel(kind))}Model` }));
  const steps = [...stepKinds.keys()].map((kind) => ({ kind, file: `steps/${kind}.js`, name: camel(kind) }));
  const wanted = [
    { file: 'standalone.js', name: 'openStandalone' },
    { file: 'inflate-at-once.js', name: 'inflateAtOnce' },
    { file: 'from-base64.js', name: 'fromBase64' },
    { file: 'model-kinds.js', name: 'modelKinds' },
    { file: 'step-kinds.js', name: 'stepKinds' },
    ...models,
    ...steps,
  ];
  const contents = wanted.map(({ file, name }) => `export { ${name} } from './${file}';`);
  const { outputFiles, metafile } = await build({
    stdin: { contents: contents.join('\n'), resolveDir: MODEL, sourcefile: 'entry' },
    bundle: true,
    minifyIdentifiers: true,
    minifySyntax: true, // white space is kept for now: with it esbuild writes where each file begins
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
    charset: 'ascii',
    write: false,
    metafile: true,
    plugins: [
      {
        name: 'without',
        setup({ onLoad }) {
          const filter = new RegExp(`model/(${[...WITHOUT.keys()].join('|')})\\.js$`);
          onLoad({ filter }, ({ path }) => ({ contents: WITHOUT.get(filter.exec(path)[1]) }));
        },
      },
    ],
  });
  const [, body, listed] = /^([\s\S]*)\nexport \{\n([\s\S]*?)\n\};\s*$/.exec(outputFiles[0].text) ?? [];
  const [before, ...pieces] = (body ?? '').split(/^\/\/ (.+\.js)$/m);
  if (!listed || before.trim() !== '' || pieces.length % 2) throw new Error('standalone: the bundle is not cut as expected');
  const names = new Map(
    listed.split(',').map((item) => {
      const [inner, outer = inner] = item.trim().split(' as ');
      return [outer, inner];
    }),
  );
  const paths = pieces.filter((_, i) => i % 2 === 0);
  const parts = [];
  for (const [i, path] of paths.entries()) {
    const { code } = await transform(pieces[2 * i + 1], { minifyWhitespace: true, charset: 'ascii', legalComments: 'none' });
    parts.push({ code: code.trim(), needs: needsOf(metafile, path).flatMap((to) => (paths.includes(to) ? [paths.indexOf(to)] : [])) });
  }
  const place = (file) => paths.indexOf(`${MODEL}/${file}`);
  const named = ({ file, name }) => {
    if (!names.has(name) || place(file) < 0) throw new Error(`standalone: ${file} has no ${name}`);
    return { part: place(file), name: names.get(name) };
  };
  const kinds = (list) => list.map((item) => ({ kind: item.kind, ...named(item) }));
  const [open, unpack, fromBase64, modelMap, stepMap] = wanted.map(named);
  // dates are read by code that only tables with dates call
  const dates = place('parse-date.js');
  return { parts, dates, unpack, open, fromBase64, modelMap, stepMap, models: kinds(models), steps: kinds(steps) };
}

/** Files that a file imports; through those that have no code of their own left, what these import. */
function needsOf({ inputs }, path) {
  const seen = new Set();
  const visit = (at) => {
    for (const { path: to } of inputs[at]?.imports ?? []) {
      if (seen.has(to)) continue;
      seen.add(to);
      visit(to);
    }
  };
  visit(path);
  return [...seen];
}
