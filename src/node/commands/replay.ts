import { availableParallelism } from 'node:os';
import * as z from 'zod';
import { carryOut } from './carry-out.js';
import { compareBundles } from './compare-bundles.js';
import type { CommandContext } from './context.js';
import { parseInput, wholeNumber } from './options.js';
import { runId } from './output-folder.js';
import { recordedData } from './recorded-data.js';
import { redact } from './redact.js';
import { readRecordedRun } from './run-record.js';
import type { RunSummary } from './run-summary.js';
import { sha256File } from './sha256-file.js';
import { packageVersion } from './version.js';

const input = z.object({
  run: z.string(),
  data: z.array(z.string()).default([]),
  metric: z.string().optional(),
  threads: wholeNumber('--threads', 1, 256).optional(),
  out: z.string().min(1).optional(),
  force: z.boolean().default(false),
});

/** How a repetition went. */
export interface ReplaySummary extends RunSummary {
  /** What was repeated, as named. */
  recorded: string;
  /** SHA-256 of the new bundle. */
  sha256: string;
  /** Of the recorded one; absent when there is no record of it. */
  recordedSha256?: string;
  /** Whether both are the same bytes; absent when there is nothing to compare with. */
  same?: boolean;
  /** Parts of the bundles that differ; empty when the recorded one is no longer there to look at. */
  differs: string[];
  /** Circumstances that are not those of then, in sentences. */
  notes: string[];
}

/**
 * Repeats a recorded run from its plan, on the data that it read, into a folder of its own, and compares the bundles byte for byte.
 * @throws MillwrightError `DATA_CHANGED` when the data is not that of then, `PLAN_INVALID` when there is no record, and as `run` does
 */
export async function replayCommand(options: unknown, context: CommandContext): Promise<ReplaySummary> {
  const asked = parseInput(input, options);
  const recorded = await readRecordedRun(asked.run);
  const { plan, bundle, bundleHash } = recorded;
  const data = await recordedData(plan.data.from, recorded.workingFolder, asked.data);
  const notes = circumstances(recorded);
  for (const note of notes) context.onNote?.(note);
  const out = asked.out ?? `millwright/${runId(data.map(redact))}-replay`;
  const { threads, force, metric } = asked;
  const request = {
    data,
    type: [],
    drop: [],
    metric,
    plan,
    dataHash: recorded.dataHash,
    threads: threads ?? availableParallelism(),
    out,
    force,
  };
  const { summary } = await carryOut(request, context);
  const sha256 = await sha256File(summary.bundle);
  const about = { ...summary, recorded: asked.run, sha256, notes };
  if (bundleHash === undefined) return { ...about, differs: [] };
  const changed = bundle !== undefined && bundleHash !== (await sha256File(bundle));
  const same = sha256 === bundleHash;
  if (changed) notes.push(`${bundle} is not what that run wrote: it was changed since.`);
  const differs = same || bundle === undefined || changed ? [] : await compareBundles(bundle, summary.bundle);
  return { ...about, recordedSha256: bundleHash, same, differs };
}

function circumstances({ millwright, machine, dataHash, plan }: Awaited<ReturnType<typeof readRecordedRun>>): string[] {
  const notes: string[] = [];
  const version = packageVersion();
  if (millwright !== undefined && millwright !== version)
    notes.push(`That run was made by Millwright ${millwright}, this is ${version}: another version need not give the same bytes.`);
  const here = `${process.version} on ${process.platform}-${process.arch}`;
  if (machine !== undefined && machine !== here) notes.push(`That run was made by Node ${machine}, this is ${here}.`);
  if (dataHash === '')
    notes.push(
      plan.work?.read?.seen === undefined
        ? 'The record does not tell the hash of the data, so it cannot be checked.'
        : `That run had time for the first ${plan.work.read.seen} rows alone, so the data as a whole cannot be checked.`,
    );
  return notes;
}
