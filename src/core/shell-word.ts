/**
 * A text as one word of a POSIX shell, whatever it holds, so that a command that is shown can be pasted safely.
 * @example shellWord("it's") // 'it'\''s'
 */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
