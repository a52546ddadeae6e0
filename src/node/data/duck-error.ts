import { MillwrightError } from '../../core/errors.js';

/** DuckDB's and the databases' words in ours. The first line says what is wrong; the rest is advice about other programs. */
export function sqlError(error: unknown, what: string, database = false): MillwrightError {
  if (error instanceof MillwrightError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const first = (text.split('\n')[0] ?? '')
    .replace(/^(Invalid Input|IO|Binder|Parser|Catalog|Conversion|Invalid|Not implemented|Out of Memory|Permission) Error: /, '')
    .trim();
  if (/out of memory|could not allocate/i.test(text))
    return new MillwrightError(
      'DATA_TOO_LARGE',
      `${what} does not fit in memory.`,
      'Read fewer columns or rows with --sql, or use a machine with more memory.',
      { cause: error },
    );
  if (/json/i.test(text) && /malformed|parse|unexpected/i.test(text))
    return new MillwrightError('DATA_UNREADABLE', `${what} is no valid JSON: ${first}`, 'Give a list of objects, or one object a line.', {
      cause: error,
    });
  if (/parquet/i.test(text) && /magic|footer|corrupt|too small|thrift/i.test(text))
    return new MillwrightError('DATA_UNREADABLE', `${what} is no whole Parquet file.`, 'Fetch or write the file again.', { cause: error });
  if (database)
    return new MillwrightError(
      'SQL_FAILED',
      `${what} failed: ${first.replace(/\.?$/, '.')}`,
      'Check names and spelling of the query, and that you may read the tables.',
      { cause: error },
    );
  const near = /Candidate bindings: ([^\n]*)/.exec(text)?.[1] ?? /Did you mean "([^"]+)"/.exec(text)?.[1];
  return new MillwrightError(
    'SQL_FAILED',
    `${what} failed: ${first.replace(/\.?$/, '.')}`,
    near
      ? `Did you mean ${near}? The rows of the files are called data.`
      : 'The rows of the files are called data, as in --sql "SELECT * FROM data WHERE …".',
    { cause: error },
  );
}
