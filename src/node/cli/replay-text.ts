import type { ReplaySummary } from '../commands/replay.js';
import { labelled, plain } from './words.js';

function verdict(s: ReplaySummary): string {
  if (s.same === undefined) return 'there is no recorded model to compare with';
  if (s.same) return 'same bytes';
  if (s.interrupted) return 'differs: the repetition was interrupted';
  return `differs${s.differs.length > 0 ? `: ${s.differs.map((d) => plain(d)).join(', ')}` : ''}`;
}

/** What a repetition ends with on a terminal. */
export function replayText(s: ReplaySummary): string {
  return `\n${labelled([
    ['result', verdict(s)],
    ['recorded', `${plain(s.recorded, 300)}${s.recordedSha256 === undefined ? '' : `, model ${s.recordedSha256}`}`],
    ['repeated', `${plain(s.folder, 300)}, model ${s.sha256}`],
    ...s.notes.map((note): [string, string] => ['note', plain(note, 400)]),
    ['time', `${s.seconds.toFixed(1)} s`],
  ])}`;
}
