import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { MillwrightError } from '../../core/errors.js';
import type { RunResult } from '../../engine/automl/result.js';
import { encodeBundle } from '../../model/bundle-file.js';
import { leaderboardCsv, metricsJson, predictionsCsv, prettyJson } from './artefacts.js';
import type { OutputFolder } from './output-folder.js';

/** Makes the report; loaded only when there is something to report. */
export type ReportMaker = (result: RunResult) => Promise<string> | string;

/** What run.json tells beside the result: the only file with times. */
export interface RunRecord {
  millwright: string;
  command?: string;
  startedAt: string;
  threads: number;
  seed: number;
  /** Milliseconds by stage, in order. */
  stages: Record<string, number>;
}

/**
 * Writes a run's results, the model first, so that whatever happens later it is whole.
 * @returns why there is no report, when it could not be drawn: a picture of the work must not cost the work
 * @throws MillwrightError `OUTPUT_FAILED`
 */
export async function saveRun(
  folder: OutputFolder,
  result: RunResult,
  record: RunRecord,
  report: ReportMaker,
  now: () => number,
): Promise<{ reportMissing?: string }> {
  const started = now();
  const bundle = await encodeBundle(result.bundle);
  await folder.write('model.mill', bundle);
  await folder.write('plan.json', prettyJson(result.plan));
  await folder.write('metrics.json', metricsJson(result));
  await folder.write('leaderboard.csv', leaderboardCsv(result.leaderboard));
  await folder.write('predictions.csv', predictionsCsv(result));
  const saved = now();
  const drawn = await draw(report, result);
  if ('html' in drawn) await folder.write('report.html', drawn.html);
  const reportMissing = 'missing' in drawn ? drawn.missing : undefined;
  const stages = { ...record.stages, save: saved - started, report: now() - saved };
  const seconds = Object.fromEntries(Object.entries(stages).map(([name, ms]) => [name, Math.round(ms) / 1000]));
  await folder.write(
    'run.json',
    prettyJson({
      millwright: record.millwright,
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
      processors: availableParallelism(),
      threads: record.threads,
      seed: record.seed,
      command: record.command,
      /** Where relative paths of data begin. */
      workingFolder: process.cwd(),
      data: result.bundle.lineage.dataHash,
      model: createHash('sha256').update(bundle).digest('hex'),
      startedAt: record.startedAt,
      seconds,
      fits: result.leaderboard.map((r) => ({ id: r.id, seconds: r.fitSeconds })),
      cut: result.cut,
      interrupted: result.interrupted,
      reportMissing,
    }),
  );
  return { reportMissing };
}

async function draw(report: ReportMaker, result: RunResult): Promise<{ html: string } | { missing: string }> {
  try {
    return { html: await report(result) };
  } catch (error) {
    if (error instanceof MillwrightError && error.code === 'OUTPUT_FAILED') throw error;
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}
