import { MillwrightError } from '../../core/errors.js';
import type { TextEncoding } from './text-blocks.js';

const MAGIC: readonly (readonly [string, string, string])[] = [
  ['89504e47', 'a PNG image', 'Tables are CSV, TSV, JSON or Parquet files.'],
  ['ffd8ff', 'a JPEG image', 'Tables are CSV, TSV, JSON or Parquet files.'],
  ['47494638', 'a GIF image', 'Tables are CSV, TSV, JSON or Parquet files.'],
  ['25504446', 'a PDF document', 'Export the table as CSV.'],
  ['504b0304', 'a ZIP archive or an Excel workbook', 'Unpack it, or save the sheet as CSV.'],
  ['d0cf11e0', 'an old Excel or Word file', 'Save the sheet as CSV.'],
  ['28b52ffd', 'packed with Zstandard', 'Unpack it first, or pack it with gzip.'],
  ['425a68', 'packed with bzip2', 'Unpack it first, or pack it with gzip.'],
  ['fd377a58', 'packed with xz', 'Unpack it first, or pack it with gzip.'],
  ['7f454c46', 'a program', 'Tables are CSV, TSV, JSON or Parquet files.'],
  ['4152524f5731', 'an Arrow file', 'Save it as Parquet.'],
];

export type FileKind = 'csv' | 'json' | 'parquet' | 'sqlite';

/** What a file is by its first bytes, whatever it is called; `undefined` for text that may be any table. */
export function kindByBytes(head: Buffer): FileKind | undefined {
  if (head.subarray(0, 4).toString('latin1') === 'PAR1') return 'parquet';
  if (head.subarray(0, 15).toString('latin1') === 'SQLite format 3') return 'sqlite';
  const text = head
    .subarray(0, 200)
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trimStart();
  if (/^\{\s*"/.test(text) || /^\[\s*[{\]]/.test(text)) return 'json';
  return undefined;
}

export const isGzip = (head: Buffer): boolean => head[0] === 0x1f && head[1] === 0x8b;

/** @throws MillwrightError `DATA_BINARY` when the bytes are no text */
export function refuseBinary(head: Buffer, encoding: TextEncoding, label: string): void {
  const hex = head.subarray(0, 8).toString('hex');
  const magic = MAGIC.find(([start]) => hex.startsWith(start));
  if (magic) throw new MillwrightError('DATA_BINARY', `${label} is ${magic[1]}, not a table of text.`, magic[2]);
  if (encoding === 'utf-16le' || encoding === 'utf-16be') return;
  const probe = head.subarray(0, 65536);
  let odd = 0;
  for (const byte of probe) if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13 && byte !== 12 && byte !== 27) odd++;
  const nulls = probe.includes(0);
  if (odd > 0.05 * probe.length || (nulls && odd > 0.01 * probe.length))
    throw new MillwrightError('DATA_BINARY', `${label} holds bytes that are no text.`, 'Tables are CSV, TSV, JSON or Parquet files.');
}
