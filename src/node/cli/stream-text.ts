import type { StreamScores, StreamSummary } from '../commands/stream.js';
import { count, figure, labelled, plain } from './words.js';

const line = (scores: Record<string, number>): string =>
  Object.entries(scores)
    .map(([name, value]) => `${name} ${figure(value)}`)
    .join('  ');

/** A line for the scores so far. */
export function scoresText({ rows, scores, recent }: StreamScores): string {
  const [name, value] = Object.entries(recent)[0] ?? ['', Number.NaN];
  return `${count(rows).padStart(11)} rows  ${line(scores)}  (latest: ${name} ${figure(value)})\n`;
}

/** What a stream came to, for a person. */
export function streamText(summary: StreamSummary): string {
  const { rows, taken, unanswered, facts, seconds, out } = summary;
  return `${summary.interrupted ? 'Interrupted; what was learned is kept.\n' : ''}${labelled([
    ['target', `${plain(summary.target)}${summary.predicts === 'classes' ? ` (${count(summary.classes.length)} classes)` : ''}`],
    [
      'learner',
      `${summary.learner}, ${Object.entries(facts)
        .map(([name, value]) => `${count(value)} ${name}`)
        .join(', ')}`,
    ],
    [
      'rows',
      `${count(taken)}${rows === taken ? '' : `, ${count(rows)} with those before`}${unanswered > 0 ? `; ${count(unanswered)} without an answer` : ''}`,
    ],
    ...(summary.messages && summary.messages.faults + summary.messages.already > 0
      ? [['messages', `${count(summary.messages.faults)} no rows, ${count(summary.messages.already)} learned before`] as const]
      : []),
    ['all rows', line(summary.scores)],
    ['of late', line(summary.fading)],
    ['time', `${seconds.toFixed(1)} s`],
    ...(out === undefined ? [] : [['saved', plain(out, 200)] as const]),
  ])}`;
}
