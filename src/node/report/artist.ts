import type { Deadline } from '../../core/clock.js';
import type { ChartSpec, Colour } from './chart-spec.js';
import { type Html, html, trusted } from './html.js';

export interface FigureWords {
  /** The finding, as a short heading. */
  title: Html | string;
  /** One sentence for those who cannot see the chart: what it shows. */
  says: string;
  /** How to read it. */
  caption?: Html | string;
  legend?: { label: Html | string; colour: Colour; dashed?: boolean; box?: boolean }[];
}

type Charts = typeof import('./charts.js');

/** Draws charts while there is time, and counts those it had to leave out. */
export class Artist {
  omitted = 0;
  #charts: Charts | undefined;
  #drawn = 0;

  constructor(readonly deadline: Deadline | undefined) {}

  /** True when time is up and only text should follow. */
  get late(): boolean {
    return this.deadline?.expired() ?? false;
  }

  /** A chart with its heading, description and caption; without the picture when time is up. */
  async figure(spec: ChartSpec, words: FigureWords): Promise<Html> {
    const picture = await this.#draw(spec);
    return html`<figure class="chart"><h4>${words.title}</h4>${words.legend && picture ? legend(words.legend) : ''}${
      picture
        ? html`<div class="plot" role="img" aria-label="${words.says}">${picture}</div>`
        : html`<p class="left-out">${words.says} (Not drawn: the time was up.)</p>`
    }${words.caption ? html`<figcaption>${words.caption}</figcaption>` : ''}</figure>`;
  }

  async #draw(spec: ChartSpec): Promise<Html | undefined> {
    await this.deadline?.breathe();
    if (this.late) {
      this.omitted++;
      return undefined;
    }
    this.#charts ??= await import('./charts.js');
    return trusted(this.#charts.drawChart(spec, `c${++this.#drawn}-`));
  }
}

/** Names beside samples of their colours. */
export function legend(items: NonNullable<FigureWords['legend']>): Html {
  return html`<ul class="legend">${items.map(
    (i) =>
      html`<li><svg width="18" height="10" aria-hidden="true" focusable="false">${
        i.box
          ? trusted(`<rect x="1" y="0" width="16" height="10" rx="2" fill="var(--${i.colour})" fill-opacity=".85"/>`)
          : trusted(
              `<path d="M1 5H17" fill="none" stroke="var(--${i.colour})" stroke-width="2.5"${i.dashed ? ' stroke-dasharray="4 3"' : ''}/>`,
            )
      }</svg>${i.label}</li>`,
  )}</ul>`;
}
