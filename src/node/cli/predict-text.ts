import type { PredictSummary } from '../commands/predict.js';
import { count, plain } from './words.js';

/** What scoring has to say on standard error. */
export function predictNotes(s: PredictSummary): string {
  const rows = `${count(s.rows)} ${s.rows === 1 ? 'row' : 'rows'} scored in ${s.seconds.toFixed(1)} s${s.out === undefined ? '' : ` → ${plain(s.out, 300)}`}\n`;
  return s.warnings.map((w) => `note: ${plain(w.message, 300)}\n`).join('') + rows;
}
