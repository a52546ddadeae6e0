import type { FeatureSpec } from '../../engine/prep/feature-spec.js';
import { data, type Html, html, join } from './html.js';
import type { Page } from './page.js';

/** Columns that the run made of others or left out, in plain words, and whether that helped. */
export function madeColumns({ result }: Page): Html {
  const { preparation } = result.plan;
  if (preparation === undefined || preparation === 'auto' || preparation.reason === '') return html``;
  const { features, drop, reason } = preparation;
  const made = features.slice(0, 40).map((f) => html`<li>${inWords(f)}</li>`);
  const left = drop.slice(0, 40).map((name) => html`<li>${data(name, 80)} was left out</li>`);
  return html`<h3>Columns made of others</h3>${made.length + left.length > 0 ? html`<ul>${join([...made, ...left], '')}</ul>` : ''}<p>${data(reason, 1000)}</p>`;
}

const OPERATIONS = { sum: 'plus', difference: 'minus', product: 'times', ratio: 'divided by' } as const;

function inWords(feature: FeatureSpec): Html {
  if ('by' in feature) {
    const own = data(feature.column, 80);
    const mean = html`among rows with the same ${data(feature.by, 80)}`;
    return feature.kind === 'group-mean' ? html`mean of ${own} ${mean}` : html`${own} less its mean ${mean}`;
  }
  const [a, b] = feature.columns.map((name) => data(name, 80));
  return feature.kind === 'cross' ? html`${a} and ${b} as one category` : html`${a} ${OPERATIONS[feature.kind]} ${b}`;
}
