import type { Json } from './records.js';

/** A map of texts as JSON, and back; keys may be anything, `__proto__` too. */
export const textOfMap = (map: ReadonlyMap<string, string>): string => JSON.stringify([...map]);
export const mapOfText = (text: string): Map<string, string> => new Map(JSON.parse(text) as [string, string][]);

/** A map with what was changed; `undefined` takes a name away. */
export function changedMap(
  map: ReadonlyMap<string, string>,
  change: ReadonlyMap<string, string | undefined> = new Map(),
): Map<string, string> {
  const changed = new Map(map);
  for (const [name, value] of change) value === undefined ? changed.delete(name) : changed.set(name, value);
  return changed;
}

/**
 * JSON with sorted keys and no spaces: equal values give equal bytes.
 * @example canonical({ b: 1, a: [null] }) // {"a":[null],"b":1}
 */
export function canonical(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonical(item ?? null)).join(',')}]`;
  const members = Object.entries(value as { readonly [key: string]: Json }).filter(([, member]) => member !== undefined);
  members.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`;
}
