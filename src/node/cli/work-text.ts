import type { ScheduleView } from '../commands/schedule.js';
import type { JobRecord } from '../store/records.js';
import { when } from './project-text.js';
import { tableText } from './table-text.js';
import { labelled, plain } from './words.js';

const input = (job: JobRecord): { model?: string; reason?: string } => job.input as { model?: string; reason?: string };

/** The queue for people. */
export function jobsText(jobs: readonly JobRecord[]): string {
  if (jobs.length === 0) return 'No jobs.\n';
  const rows = jobs.map((job) => [job.id, job.kind, input(job).model, job.state, job.attempts, job.by, when(job.createdAt), job.error]);
  return tableText(['job', 'kind', 'model', 'state', 'attempts', 'by', 'since', 'last failure'], rows, 60);
}

/** One job for people. */
export function jobText(job: JobRecord): string {
  const result = (job.result ?? {}) as { outcome?: string; why?: string; version?: number; request?: string; run?: string };
  const { model = '', reason = '' } = input(job);
  return labelled([
    ['job', `${job.id}: ${job.kind} ${plain(model)}, ${job.state}`],
    ...(reason ? [['reason', plain(reason, 500)] as const] : []),
    ...(result.outcome ? [['outcome', `${result.outcome}: ${plain(result.why ?? '', 1000)}`] as const] : []),
    ...(result.version ? [['version', `${plain(model)}@${result.version}`] as const] : []),
    ...(result.request ? [['request', `${result.request}: see it with \`millwright requests ${result.request}\``] as const] : []),
    ...(job.error ? [['last failure', plain(job.error, 1000)] as const] : []),
  ]);
}

/** Schedules for people. */
export function schedulesText(schedules: readonly ScheduleView[]): string {
  if (schedules.length === 0) return 'No schedules. Add one with `millwright schedule add MODEL --cron "0 3 * * 1" --retrain`.\n';
  const rows = schedules.map((s) => [s.id, s.model, s.kind, s.cron, s.zone, s.next === null ? 'never' : when(s.next), s.by]);
  return tableText(['schedule', 'model', 'does', 'at', 'zone', 'next', 'by'], rows, 60);
}
