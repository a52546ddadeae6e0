import { figure as shortFigure } from '../../../core/figure.js';
import type { ChosenWindow } from '../../../engine/automl/choose-window.js';
import type { Bundle } from '../../../model/bundle.js';
import { escapeHtml } from '../../report/html.js';
import type { Policy } from '../registry/policy.js';
import type { Champion } from './champion.js';
import type { Difference, Gathered, RetrainInput } from './job-input.js';

/** What the case for a challenger rests on. */
export interface CaseFacts {
  asked: RetrainInput;
  champion: Champion;
  challenger: Bundle;
  gathered: Gathered;
  chosen: ChosenWindow;
  difference: Difference;
  policy: Policy;
  /** Bytes of both bundles. */
  bytes: { challenger: number; champion: number };
}

interface Section {
  title: string;
  lines: string[];
}

const WINDOWS: Record<ChosenWindow['window']['kind'], string> = {
  all: 'all of the past',
  half: 'the later half of the past',
  quarter: 'the last quarter of the past',
  new: 'only what came after the champion was trained',
  weighted: 'all of the past, the more recent the heavier',
};

/** Whether the bundle was fitted once more on all rows after it was scored; a short budget may not have sufficed. */
function learnedAll({ metrics }: Bundle): boolean {
  const { fitted, train } = (metrics.rows ?? {}) as { fitted?: number; train?: number };
  return fitted !== undefined && train !== undefined && fitted > train;
}

/** What is not defined comes back from the store as null. */
export const figure = (n: number): string => (Number.isFinite(n) ? shortFigure(n) : 'not defined');
const signed = (n: number): string => (n > 0 ? `+${figure(n)}` : figure(n));
const megabytes = (n: number): string => `${(n / 1e6).toFixed(2)} MB`;

/** One sentence: what the comparison says. */
export function verdictOf({ gain, low, high, metric }: CaseFacts['difference']): string {
  if (!Number.isFinite(gain) || !Number.isFinite(low)) return `${metric} is not defined on these rows, so nobody can say which is better.`;
  if (low > 0) return 'The challenger is better, and that is hardly chance.';
  if (high < 0) return 'The challenger is worse, and that is hardly chance.';
  return gain > 0 ? 'The challenger did better, but that may be chance.' : 'The challenger did no better.';
}

function sections(facts: CaseFacts): Section[] {
  const { asked, champion, challenger, gathered, chosen, difference: d, policy, bytes } = facts;
  const was = champion.version.metrics.get(d.metric);
  const { canary, promote } = policy.retrain;
  const risks = [
    ...gathered.notes,
    ...(d.low <= 0 && d.gain > 0 ? ['The interval holds zero: with other rows the champion might have won.'] : []),
    ...((d.excess ?? 0) > 0
      ? [
          `Its probabilities are further from what happened: Brier's loss is ${figure(100 * (d.excess as number))} % larger than the champion's.`,
        ]
      : []),
    ...(gathered.testRows < 500 ? [`Only ${gathered.testRows} rows were compared on.`] : []),
    ...((challenger.metrics.warnings as { message?: unknown }[] | undefined) ?? [])
      .slice(0, 5)
      .map((w) => `The training warns: ${String(w.message)}`),
    ...(gathered.fromFeedback > 0
      ? [
          `${gathered.fromFeedback} of the rows are answers that came back as feedback; if only some kinds of rows get feedback, the model learns mostly of those.`,
        ]
      : []),
  ];
  return [
    { title: 'Why', lines: [`${asked.reason}.`.replace(/\.\.$/, '.')] },
    {
      title: 'What changed',
      lines: [
        `It was trained on ${WINDOWS[chosen.window.kind]} (${Math.min(chosen.window.rows, gathered.poolRows)} of ${gathered.poolRows} rows, ${gathered.fresh} of which the champion never saw), because that did best in a backtest on the latest ${chosen.judged} rows: ${chosen.windows.map((w) => `${w.kind} ${figure(w.score)}`).join(', ')}.`,
        chosen.warm
          ? 'The search began from what the champion is made of, in a third of the time of a full one.'
          : 'The kinds of models were searched anew, because what the champion is made of did worse on the latest rows.',
      ],
    },
    {
      title: 'Scores',
      lines: [
        `On the same ${d.rows} latest rows, which neither had learned from, ${d.metric}: challenger ${figure(d.first)}, champion ${figure(d.second)}.`,
        `Gain ${signed(d.gain)} (90 % interval ${signed(d.low)} to ${signed(d.high)}; above zero is better). ${verdictOf(d)}`,
        ...(learnedAll(challenger) ? ['What is asked for was then fitted on these rows as well, the same way.'] : []),
        ...(d.excessHigh !== undefined && d.excessHigh < 0
          ? [
              `Its probabilities are nearer to what happened, and that is hardly chance: Brier's loss is ${figure(-100 * (d.excess as number))} % smaller.`,
            ]
          : []),
        ...(was ? [`When it was trained, the champion had ${figure(was.value)} on rows never seen.`] : []),
      ],
    },
    { title: 'What it costs', lines: [`The file has ${megabytes(bytes.challenger)}; the champion's has ${megabytes(bytes.champion)}.`] },
    { title: 'Risks', lines: risks.length > 0 ? risks : ['None that is known.'] },
    {
      title: 'What to do',
      lines: [
        d.low > 0 || (d.gain > 0 && (d.excessHigh ?? 0) < 0)
          ? 'Approve it, unless something above speaks against it.'
          : d.gain > 0
            ? 'Approve it if the past that it was trained on is more like the future; wait for more labelled rows otherwise.'
            : 'Leave the champion in place.',
        canary
          ? `Once approved it answers ${figure(canary.weight * 100)} % of the requests first; it goes back by itself when it is worse by more than ${figure(canary.margin * 100)} % of the former loss.`
          : 'Once approved it answers all requests at once (the policy has no `retrain.canary`).',
        ...(promote === 'auto'
          ? [
              `The policy promotes without a person what surely gains ${policy.retrain.minimumGain} (to ${figure(100 * policy.retrain.sure)} %).`,
            ]
          : []),
      ],
    },
  ];
}

/** The case in Markdown. What came from data stands in it as text: the marks of Markdown and HTML are taken out. */
export function caseMarkdown(facts: CaseFacts): string {
  const parts = sections(facts).map(({ title, lines }) => `## ${title}\n\n${lines.map((line) => `- ${markdownText(line)}\n`).join('')}`);
  return `# ${markdownText(titleOf(facts))}\n\n${parts.join('\n')}`;
}

/** The same as a page of HTML without scripts. */
export function caseHtml(facts: CaseFacts): string {
  const parts = sections(facts)
    .map(({ title, lines }) => `<h2>${title}</h2>\n<ul>\n${lines.map((line) => `<li>${escapeHtml(line)}</li>\n`).join('')}</ul>\n`)
    .join('');
  const title = escapeHtml(titleOf(facts));
  const style =
    ':root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}h1{font-size:1.5rem}h2{font-size:1.1rem;margin-bottom:.2rem}ul{margin-top:.2rem}';
  return `<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${style}</style></head>\n<body>\n<main>\n<h1>${title}</h1>\n${parts}</main>\n</body>\n</html>\n`;
}

const titleOf = ({ champion }: CaseFacts): string => `The case for a successor of ${champion.version.model}@${champion.version.version}`;
const markdownText = (text: string): string =>
  text
    .replace(/[\r\n]+/g, ' ')
    .replace(/[<>&]/g, (c) => `&#${c.charCodeAt(0)};`)
    .replace(/[\\[\]]/g, '\\$&');
