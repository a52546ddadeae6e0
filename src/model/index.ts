import { decodeBundle } from './bundle-file.js';
import { Scorer } from './scorer.js';

export { type ErrorCode, MillwrightError } from '../core/errors.js';
export type { ColumnSchema, Schema, Task } from '../core/schema.js';
export { type CategoryColumn, type Column, type NumericColumn, Table } from '../core/table.js';
export type { Predictions } from './predict.js';
export type { Card, InputWarning, Row, Scored, Scorer } from './scorer.js';
export { tableFromRows } from './table-from-rows.js';

/**
 * Reads a `.mill` file and makes it ready to score, in Node, browsers and workers alike.
 * @param options `largest`: bytes that the file may unpack to; 512 MiB when absent
 * @throws MillwrightError `BUNDLE_UNREADABLE`, `BUNDLE_TAMPERED` or `BUNDLE_TOO_NEW`
 * @example
 * const scorer = await loadBundle(await (await fetch('model.mill')).arrayBuffer());
 * scorer.predict({ age: 31, city: 'Oslo' });
 */
export async function loadBundle(bytes: Uint8Array | ArrayBuffer, options: { largest?: number } = {}): Promise<Scorer> {
  return new Scorer(await decodeBundle(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes), options.largest));
}
