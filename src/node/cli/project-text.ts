import type { ModelDetail, ModelView } from '../commands/models.js';
import type { Outcome } from '../commands/registry/promotions.js';
import type { ComparedRuns, RunView } from '../commands/runs.js';
import type * as R from '../store/records.js';
import { tableText } from './table-text.js';
import { count, figure, labelled, plain } from './words.js';

/** `2026-11-23 07:01`: moments are kept and shown in UTC. */
export const when = (moment: string | undefined): string => (moment === undefined ? '' : moment.slice(0, 16).replace('T', ' '));
const number = (value: number | undefined): number | undefined => (value === undefined ? undefined : Number(figure(value)));
const scored = (score: R.Scored | undefined): string =>
  score === undefined
    ? '–'
    : score.low === undefined || score.high === undefined
      ? figure(score.value)
      : `${figure(score.value)} (${figure(score.low)} to ${figure(score.high)})`;

export function runsText({ runs, total }: { runs: readonly RunView[]; total: number }): string {
  if (runs.length === 0) return 'No runs.\n';
  const rows = runs.map((r) => [r.id, r.target, r.metric, number(r.score), r.status, r.by, when(r.startedAt)]);
  const more = total > runs.length ? `${count(runs.length)} of ${count(total)} runs; --limit shows more.\n` : '';
  return tableText(['run', 'target', 'metric', 'score', 'status', 'by', 'started'], rows) + more;
}

export function compareText({ a, b, sameData, rows }: ComparedRuns): string {
  const show = (value: string | number | undefined): string => (typeof value === 'number' ? figure(value) : (value ?? '–'));
  const body = rows.map((row) => [row.name, show(row.a), show(row.b)]);
  return `${tableText(['', a, b], body)}${sameData ? 'Both were made from the same data.\n' : 'They were made from different data, so their scores come from different rows.\n'}`;
}

export function modelsText(models: readonly ModelView[]): string {
  if (models.length === 0) return 'No models. Register one with `millwright register <bundle> --name <name>`.\n';
  const rows = models.map((m) => [m.name, m.latest, m.aliases.champion, m.aliases.challenger, m.by, when(m.createdAt)]);
  return tableText(['model', 'versions', 'champion', 'challenger', 'by', 'since'], rows);
}

export function modelText(model: ModelDetail): string {
  const versions = model.versions.map((v) => [
    v.version,
    v.stage,
    v.aliases.join(', '),
    v.metric,
    scored(v.metric === undefined ? undefined : v.metrics[v.metric]),
    v.trainedBy,
    v.registeredBy,
    when(v.registeredAt),
    (model.open[`${model.name}@${v.version}`] ?? []).join(', '),
  ]);
  const head = ['version', 'stage', 'alias', 'metric', 'score', 'trained by', 'registered by', 'registered', 'open findings'];
  const history = model.deployments.map((d) => [when(d.at), d.kind, d.version, d.previous, d.by, d.reason]);
  return [
    `${plain(model.name, 100)}${model.description ? ` — ${plain(model.description, 200)}` : ''}\n\n`,
    tableText(head, versions),
    ...(history.length ? ['\nProduction\n', tableText(['when', 'how', 'version', 'before', 'by', 'reason'], history)] : []),
    ...(model.requests.length ? ['\nRequests\n', requestsText(model.requests)] : []),
    ...(model.comments.length ? ['\nComments\n', commentsText(model.comments)] : []),
  ].join('');
}

export function requestsText(requests: readonly R.RequestRecord[]): string {
  if (requests.length === 0) return 'No requests.\n';
  const rows = requests.map((r) => [
    r.id,
    `${r.model}@${r.version}`,
    r.to,
    r.state,
    `${r.decisions.filter((d) => d.verdict === 'approve').length} of ${r.needed}`,
    r.by,
    when(r.at),
    r.reason,
  ]);
  return tableText(['request', 'version', 'to', 'state', 'approvals', 'by', 'when', 'reason'], rows);
}

/** A request with what a person needs to decide. */
export function requestText(request: R.RequestRecord, comments: readonly R.CommentRecord[], why?: string): string {
  const { evidence } = request;
  const scores = evidence.comparisons.map((c) => [
    c.metric,
    c.higherIsBetter ? 'higher' : 'lower',
    scored(c.candidate),
    scored(c.champion),
  ]);
  const champion = evidence.champion === undefined ? 'no champion yet' : `champion (${evidence.champion})`;
  return [
    labelled([
      ['request', `${request.id}: ${plain(request.model)}@${request.version} to ${request.to}, ${request.state}`],
      ['asked', `by ${plain(request.by)}, ${when(request.at)}${request.reason ? `: ${plain(request.reason, 500)}` : ''}`],
      ['report', evidence.report ? evidence.report.sha256 : 'none'],
      ['data', evidence.champion === undefined ? '–' : evidence.sameData ? 'the champion’s' : 'other than the champion’s'],
    ]),
    scores.length ? `\n${tableText(['metric', 'better is', `version ${request.version}`, champion], scores)}` : '',
    evidence.gates.length
      ? `\n${tableText(
          ['rule', 'kept', 'because'],
          evidence.gates.map((g) => [g.rule, g.passed ? 'yes' : 'NO', g.detail]),
          100,
        )}`
      : '',
    request.decisions.length
      ? `\n${tableText(
          ['decided', 'by', 'when', 'reason'],
          request.decisions.map((d) => [d.verdict, d.by, when(d.at), d.reason]),
          100,
        )}`
      : '',
    why === undefined
      ? ''
      : `\n${why
          .split('\n')
          .map((line) => plain(line, 2000))
          .join('\n')}`,
    comments.length ? `\n${commentsText(comments)}` : '',
  ].join('');
}

export function outcomeText({ request, applied, missing }: Outcome): string {
  const what = `${plain(request.model)}@${request.version}`;
  if (applied) return `${what} is in ${request.to} now.\n`;
  if (request.state !== 'open') return `${request.id} is ${request.state}: ${what} does not go to ${request.to}.\n`;
  const waits = `${missing} approval${missing === 1 ? ' is' : 's are'} missing`;
  return `${requestText(request, [])}\n${waits}, of people who neither trained, registered nor asked:\n  millwright approve ${request.id} --as NAME --reason "…"\n`;
}

export function commentsText(comments: readonly R.CommentRecord[]): string {
  return comments.map((c) => `${when(c.at)}  ${plain(c.by)} on ${plain(c.subject, 120)}: ${plain(c.text, 2000)}\n`).join('');
}

export function auditText(entries: readonly R.AuditEntry[]): string {
  if (entries.length === 0) return 'No entries.\n';
  const rows = entries.map((e) => [e.seq, when(e.at), e.actor, e.via, e.action, e.subject, e.detail === 'null' ? '' : e.detail]);
  return tableText(['entry', 'when', 'who', 'via', 'action', 'on', 'detail'], rows, 60);
}

export function verdictText(verdict: R.AuditVerdict): string {
  if (verdict.ok) return `The audit log is whole: ${count(verdict.entries)} entries, ending in ${verdict.head?.hash}.\n`;
  return `The audit log is BROKEN at entry ${verdict.fault?.seq}: ${plain(verdict.fault?.what ?? '', 300)}.\n${count(verdict.entries)} entries before it fit.\n`;
}

export function usersText(users: readonly R.UserRecord[]): string {
  return tableText(
    ['user', 'roles', 'since', ''],
    users.map((u) => [u.name, u.roles.join(', '), when(u.createdAt), u.active ? '' : 'removed']),
    80,
  );
}

export function tokensText(tokens: readonly R.TokenRecord[]): string {
  if (tokens.length === 0) return 'No tokens.\n';
  const rows = tokens.map((t) => [
    t.id,
    t.user,
    t.roles.join(', '),
    t.models?.join(', ') ?? 'all',
    t.revokedAt ? `revoked ${when(t.revokedAt)}` : t.expiresAt ? when(t.expiresAt) : 'never',
    when(t.lastUsedAt),
    t.note,
  ]);
  return tableText(['token', 'user', 'roles', 'models', 'expires', 'last used', 'note'], rows);
}
