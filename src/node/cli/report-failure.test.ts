import { expect, test } from 'vitest';
import { MillwrightError } from '../../core/errors.js';
import { failureText } from './report-failure.js';

test('what comes from the data cannot steer a terminal through an error', () => {
  const error = new MillwrightError(
    'COLUMN_NOT_FOUND',
    'No column "a\u001b[2J\u009b31mb\r\nc".',
    `Did you mean "\u001b]0;x\u0007"?${'y'.repeat(5000)}`,
  );
  const text = failureText(error);
  expect(text).toMatch(/^error \[COLUMN_NOT_FOUND\] No column "a�\[2J�31mb c"\.\n {2}Did you mean "�\]0;x�"\?y+…\n$/);
  expect(text.length).toBeLessThan(2100);
});

test('an error without a hint is one line', () => {
  expect(failureText(new MillwrightError('DATA_EMPTY', 'x.csv is empty.'))).toBe('error [DATA_EMPTY] x.csv is empty.\n');
});
