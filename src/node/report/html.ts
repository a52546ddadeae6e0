/** A piece of finished HTML. Only `html` and `trusted` make one, so a plain string can never reach the page unescaped. */
export class Html {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

export type HtmlValue = string | number | Html | undefined | null | false | readonly HtmlValue[];

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;', '`': '&#96;' };
// Control characters are not allowed in HTML text and could hide parts of a name.
const CONTROL = /[\p{Cc}\p{Cs}]/gu;

/** Text made safe for element content and for quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(CONTROL, (c) => (c === '\n' || c === '\t' ? c : '\ufffd')).replace(/[&<>"'`]/g, (c) => ENTITIES[c] as string);
}

function render(value: HtmlValue): string {
  if (value === undefined || value === null || value === false) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  let out = '';
  for (const v of value) out += render(v);
  return out;
}

/**
 * Template tag that escapes every value that is not `Html` itself.
 * @example html`<b title="${name}">${name}</b>`
 */
export function html(parts: TemplateStringsArray, ...values: HtmlValue[]): Html {
  let out = parts[0] as string;
  for (let i = 0; i < values.length; i++) out += render(values[i]) + parts[i + 1];
  return new Html(out);
}

/** Marks markup that this program made itself (style sheets, drawn charts) as finished. Never call it with data. */
export function trusted(markup: string): Html {
  return new Html(markup);
}

/** Pieces with a separator between them. */
export function join(pieces: readonly HtmlValue[], separator: string): Html {
  return new Html(pieces.map(render).join(escapeHtml(separator)));
}

/** A name or a cell from the data: isolated, so that its writing direction cannot disturb the sentence around it. */
export function data(text: string, max = 80): Html {
  return html`<bdi class="d"${text.length > max ? html` title="${clip(text, 400)}"` : ''}>${clip(text, max)}</bdi>`;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** At most `max` visible characters on one line, with an ellipsis when cut; the empty text becomes “(empty)”. */
export function clip(text: string, max: number): string {
  const line = text
    .slice(0, max * 16)
    .replace(/\s+/g, ' ')
    .trim();
  if (line === '') return '(empty)';
  if (line.length <= max) return line;
  let out = '';
  let n = 0;
  for (const { segment } of graphemes.segment(line)) {
    if (++n > max) return `${out.slice(0, out.length).trimEnd()}…`;
    // A single character may carry any number of combining marks; a few are enough.
    out += segment.slice(0, 16);
  }
  return out;
}
