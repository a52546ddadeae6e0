/**
 * Takes the password out of database addresses, before they are written anywhere.
 * @example redact('postgres://me:secret@host/db') // 'postgres://me:***@host/db'
 */
export function redact(text: string): string {
  return text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@'"]*):[^\s@'"]*@/gi, '$1:***@').replace(/([?&\s]password=)[^\s&'"]*/gi, '$1***');
}
