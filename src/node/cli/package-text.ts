import type { PackageSummary } from '../commands/package.js';
import { plain } from './words.js';

/** What was packaged, for a person. */
export function packageText({ out, files }: PackageSummary): string {
  const lines = files.map(({ name, bytes }) => `  ${plain(name, 200)}  ${bytes.toLocaleString('en')} bytes`);
  return `Wrote ${plain(out ?? '', 1000)}\n${lines.join('\n')}\n`;
}
