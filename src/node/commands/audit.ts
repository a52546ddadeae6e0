import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import type { AuditAnchor, AuditEntry, AuditVerdict } from '../store/records.js';
import { parseInput, wholeNumber } from './options.js';
import { withProject } from './project.js';

const input = z.object({
  what: z.string().default('list'),
  limit: wholeNumber('--limit', 1, 100_000).default(50),
  after: wholeNumber('--after', 0, 1e15).optional(),
  subject: z.string().optional(),
  action: z.string().optional(),
  anchor: z.string().optional(),
});

export type AuditAnswer = { entries: AuditEntry[]; head: AuditAnchor } | { verdict: AuditVerdict } | { anchor: AuditAnchor };

/**
 * Shows the audit log, verifies it, or prints its end to be kept elsewhere (`list`, `verify`, `anchor`).
 * @throws MillwrightError `OPTION_INVALID` when an anchor cannot be read, `STORE_…`
 */
export function auditCommand(options: unknown): Promise<AuditAnswer> {
  const { what, limit, after, subject, action, anchor } = parseInput(input, options);
  return withProject(undefined, async ({ store }) => {
    const head = await store.audit.head();
    if (what === 'anchor') return { anchor: head };
    if (what === 'verify') return { verdict: await store.audit.verify(anchor === undefined ? [] : await readAnchors(anchor)) };
    if (what !== 'list')
      throw new MillwrightError('USAGE', `\`millwright audit\` does not know "${what}".`, 'It knows list, verify and anchor.');
    // without a beginning, the latest
    const filtered = subject !== undefined || action !== undefined;
    const from = after ?? (filtered ? 0 : Math.max(0, head.seq - limit));
    return { entries: await store.audit.entries({ after: from, limit, subject, action }), head };
  });
}

const anchorShape = z.object({ store: z.string(), seq: z.number().int().min(0), hash: z.string().regex(/^[0-9a-f]{64}$/) });

/** Anchors of a file: one JSON object a line, as `audit anchor --json` writes them. */
async function readAnchors(path: string): Promise<AuditAnchor[]> {
  const wrong = (cause: unknown): MillwrightError =>
    new MillwrightError('OPTION_INVALID', `The anchors in ${path} cannot be read.`, 'Name a file that `millwright audit anchor` wrote.', {
      cause,
    });
  try {
    const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim() !== '');
    return lines.map((line) => {
      const value = JSON.parse(line) as { anchor?: unknown };
      return anchorShape.parse(value.anchor ?? value);
    });
  } catch (cause) {
    throw wrong(cause);
  }
}
