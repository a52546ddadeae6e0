import type { PredictSummary } from '../commands/predict.js';
import type { ScoreSummary } from '../commands/score.js';
import type { ScoreStreamSummary } from '../commands/score-stream.js';
import { count, plain } from './words.js';

/** What scoring has to say on standard error. */
export function predictNotes(s: PredictSummary): string {
  const rows = `${count(s.rows)} ${s.rows === 1 ? 'row' : 'rows'} scored in ${s.seconds.toFixed(1)} s${s.out === undefined ? '' : ` → ${plain(s.out, 300)}`}\n`;
  return s.warnings.map((w) => `note: ${plain(w.message, 300)}\n`).join('') + rows;
}

/** What a batch job came to. */
export function scoreText(s: ScoreSummary): string {
  const into = `${plain(s.target, 300)}, by ${plain(s.model, 100)} version ${plain(s.version, 100)}`;
  if (s.already) return `All ${count(s.rows)} rows were scored already → ${into}\n`;
  const before = s.resumedAt > 0 ? ` (${count(s.resumedAt)} of them before)` : '';
  const notes = s.warnings.map((w) => `note: ${plain(w.message, 300)}\n`).join('');
  return `${notes}${count(s.rows)} ${s.rows === 1 ? 'row' : 'rows'} scored${before} in ${s.seconds.toFixed(1)} s → ${into}\n`;
}

/** What scoring a stream came to, for standard error. */
export function scoreStreamText(s: ScoreStreamSummary): string {
  const notes = s.warnings.map((w) => `note: ${plain(w.message, 300)}\n`).join('');
  const before = s.already > 0 ? `, ${count(s.already)} of them before` : '';
  const faults = s.faults > 0 ? `, ${count(s.faults)} of them no rows` : '';
  return `${notes}${count(s.messages)} ${s.messages === 1 ? 'message' : 'messages'} answered${before}${faults} in ${s.seconds.toFixed(1)} s → ${plain(s.target, 300)}\n`;
}
