import { rename } from 'node:fs/promises';
import { Duck, quotedText } from './duck.js';

const TYPES = { text: 'VARCHAR', number: 'DOUBLE', json: 'VARCHAR', time: 'TIMESTAMP' } as const;

/**
 * Joins files of one JSON object a line into a Parquet file, in their order: the same bytes for the same lines.
 * @throws Error of DuckDB when the disk is full; the file is then not there
 */
export async function writeParquet(
  path: string,
  parts: readonly string[],
  columns: readonly { name: string; kind: keyof typeof TYPES }[],
): Promise<void> {
  // one thread, or the order of rows and groups would be anybody's
  const duck = await Duck.open({ threads: 1 });
  try {
    const types = columns.map((c) => `${quotedText(c.name)}: ${quotedText(TYPES[c.kind])}`).join(', ');
    const list = parts.map(quotedText).join(', ');
    const temporary = `${path}.tmp`;
    const read = `read_json([${list}], format = 'newline_delimited', columns = {${types}}, maximum_object_size = 67108864)`;
    await duck.run(`COPY (SELECT * FROM ${read}) TO ${quotedText(temporary)} (FORMAT parquet, COMPRESSION zstd)`);
    await rename(temporary, path);
  } finally {
    await duck.close();
  }
}
