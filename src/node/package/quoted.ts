// Texts from people and data, written so that they stay texts in the files of a package.

const spelled = (c: string): string => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** In a comment of any language: on one line, of plain ASCII, and closing nothing. */
export function commentText(text: string): string {
  return JSON.stringify(text.slice(0, 100)).replace(/[^\x20-\x7e]|[<>*]/g, spelled);
}

/** In JavaScript: a string. */
export function scriptText(text: string): string {
  return JSON.stringify(text).replace(/[\u2028\u2029<]/g, spelled);
}

/** In YAML: a double-quoted scalar, on one line. Half surrogates, which YAML cannot hold, become the mark for what cannot be shown. */
export function yamlText(text: string): string {
  return JSON.stringify(Buffer.from(text).toString()).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, spelled);
}

/** In compose files, where `$` begins a variable. */
export function composeText(text: string): string {
  return yamlText(text.replaceAll('$', () => '$$'));
}

const OPENING = '$' + '{{';

/** In workflows, where `${{` begins an expression. */
export function workflowText(text: string): string {
  return yamlText(text.replaceAll(OPENING, () => `${OPENING} '${OPENING}' }}`));
}
