/** FNV-1a over the UTF-16 units of a text, 32 bits: the same everywhere. */
export function textHash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h;
}

/** The same with its bits mixed (murmur3's finaliser), in [0, 2³²): alike texts lie far apart. @example mixedTextHash('k1') / 2 ** 32 */
export function mixedTextHash(text: string): number {
  let h = textHash(text);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
