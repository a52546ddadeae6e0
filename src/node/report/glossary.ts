import { type Html, html } from './html.js';
import type { MetricWords } from './metric-words.js';

/** The terms that the report uses, each in words for someone who has never met it. */
const TERMS = {
  baseline: [
    'Baseline',
    'The score of not using a model at all: always giving the same answer, whatever the row says. A model is worth only what it adds to this.',
  ],
  holdout: [
    'Holdout',
    'Rows set aside before anything was learned and looked at once, at the end. They stand in for rows that the model will meet later.',
  ],
  outOfFold: [
    'Validation',
    'Scores on rows that a model had not seen while it was trained, used to choose between models. Slightly flattering for the winner, which is why the holdout exists.',
  ],
  interval: [
    '90 % interval',
    'The range in which the true value plausibly lies. With other rows of the same kind the figure would have landed inside it about nine times in ten.',
  ],
  threshold: [
    'Threshold',
    'The probability from which a row is called positive. A lower one finds more real cases and raises more false alarms.',
  ],
  precision: ['Precision', 'Of the rows given this answer, the share for which it is true.'],
  recall: ['Recall', 'Of the rows for which this answer is true, the share that was found.'],
  roc: ['ROC curve', 'Shows, for every possible threshold, the share of real cases found against the share of other rows falsely flagged.'],
  calibration: [
    'Calibration',
    'Whether probabilities can be taken at their word: of the rows given 70 %, about 70 in 100 should turn out true.',
  ],
  gain: ['Gain', 'The share of all real cases found when the rows are worked through from the most to the least likely.'],
  lift: ['Lift', 'How many times more real cases a group of rows holds than a blind pick of the same size.'],
  residual: ['Residual', 'Truth minus prediction: above zero the model guessed too low, below zero too high.'],
  importance: [
    'Permutation importance',
    'How much worse the score becomes when one column is shuffled on the holdout, so that its information is lost.',
  ],
  dependence: [
    'Dependence',
    'The average prediction when one column is set to a value in every row and all else stays as it is. It shows what the model does, not what causes what.',
  ],
  bundle: ['Model file', 'One file with the model and every preparation step: all that is needed to score new rows.'],
  seed: ['Seed', 'The number that fixes every random choice. The same data, plan and seed give the same model, byte for byte.'],
  folds: ['Folds', 'The training rows are cut into parts; each part is predicted by a model trained on the others.'],
} as const;

export type TermId = keyof typeof TERMS;

/** Remembers which terms a report used, and lists those at its end. */
export class Glossary {
  readonly #used = new Map<string, readonly [name: string, meaning: string]>();

  /** A term with its explanation as a tooltip, and a link to the list for keyboards, touch and paper. */
  term(id: TermId, label?: string): Html {
    return this.#mention(TERMS[id], label);
  }

  /** The same for a metric, in the words of its definition. */
  metric({ label, plain }: MetricWords): Html {
    return plain ? this.#mention([label, plain]) : html`${label}`;
  }

  list(): Html {
    const used = [...this.#used].sort(([, a], [, b]) => (a[0].toLowerCase() < b[0].toLowerCase() ? -1 : 1));
    return html`<dl class="glossary">${used.map(([id, [name, meaning]]) => html`<div id="term-${id}"><dt>${name}</dt><dd>${meaning}</dd></div>`)}</dl>`;
  }

  /** The first meaning of a name stays; `precision` the metric and precision the term are one. */
  #mention(entry: readonly [name: string, meaning: string], label: string = entry[0]): Html {
    const id = entry[0].toLowerCase().replace(/[^a-z0-9]+/g, '-');
    const [, meaning] = this.#used.get(id) ?? entry;
    if (!this.#used.has(id)) this.#used.set(id, entry);
    return html`<a class="term" href="#term-${id}"><abbr title="${meaning}">${label}</abbr></a>`;
  }
}
