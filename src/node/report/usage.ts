import { shellWord } from '../../core/shell-word.js';
import { clip, data, type Html, html } from './html.js';
import { className, type Page, scroller, section } from './page.js';

/** How to use the model: the exact command, the library lines, and what comes out. */
export function usageSection(page: Page): Html {
  const bundle = page.context.bundlePath ?? 'model.mill';
  const example = exampleRow(page);
  return section(
    'use',
    'How to use it',
    html`The ${page.glossary.term('bundle', 'model file')} <code class="d">${clip(bundle, 120)}</code> holds all that is needed to score new rows of the same kind. The target column may be absent.`,
    html`<h3>On the command line</h3>${code(`millwright predict ${shellWord(bundle)} new-rows.csv -o predictions.csv`)}<p>Rows keep their order. Columns may come in another order; extra ones are ignored, missing ones count as empty, and both are reported.</p>`,
    html`<h3>In a program</h3>${code(
      `import { readFile } from 'node:fs/promises';\nimport { loadBundle } from 'millwright/predict';\n\nconst scorer = await loadBundle(await readFile(${JSON.stringify(bundle)}));\nscorer.predict(${example});`,
    )}<p><code>millwright/predict</code> has no dependencies and runs in Node, in a browser and at the edge.</p>`,
    outputs(page),
  );
}

function code(text: string): Html {
  return html`<pre tabindex="0"><code class="d">${text}</code></pre>`;
}

function exampleRow(page: Page): string {
  const features = page.result.schema.columns.filter((c) => c.use === 'feature' && c.stats.top[0]);
  const shown = features
    .slice(0, 3)
    .map((c) => `${JSON.stringify(clip(c.name, 60))}: ${JSON.stringify(clip((c.stats.top[0] as { value: string }).value, 30))}`);
  return `{ ${shown.join(', ')}${features.length > 3 ? ', …' : ''} }`;
}

function outputs(page: Page): Html {
  const { task } = page.result;
  const rows: [Html | string, Html | string][] = [];
  if (task.kind === 'regression') rows.push(['prediction', html`The predicted ${data(task.target, 40)}.`]);
  else {
    rows.push([
      'prediction',
      task.kind === 'binary'
        ? html`${data(className(task, 1), 40)} if its probability is at least ${String(Number((page.result.threshold ?? 0.5).toFixed(4)))}, otherwise ${data(className(task, 0), 40)}.`
        : html`The class with the highest probability.`,
    ]);
    const shown = task.classes.slice(0, task.classes.length > 8 ? 6 : 8);
    for (const name of shown) rows.push([data(`probability_${name}`, 60), html`Probability of ${data(name, 40)}, from 0 to 1.`]);
    if (task.classes.length > shown.length)
      rows.push(['…', html`and so on for each of the ${task.classes.length} classes; together they add up to 1.`]);
  }
  return html`<h3>What the output columns mean</h3>${scroller(
    'Output columns',
    html`<table class="outputs"><caption>Columns of predictions.csv</caption><thead><tr><th scope="col">Column</th><th scope="col">Meaning</th></tr></thead><tbody>${rows.map(([k, v]) => html`<tr><th scope="row"><code>${k}</code></th><td>${v}</td></tr>`)}</tbody></table>`,
  )}`;
}
