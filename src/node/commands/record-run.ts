import { createReadStream } from 'node:fs';
import { basename, join } from 'node:path';
import { shellWord } from '../../core/shell-word.js';
import type { RunResult } from '../../engine/automl/result.js';
import { findProject, openStore, type Project } from '../store/open-store.js';
import type * as R from '../store/records.js';
import type { Store } from '../store/store.js';
import type { CommandContext } from './context.js';
import { ARTEFACTS, runId } from './output-folder.js';
import { commandLineActor } from './registry/identity.js';

/** A run that is written, and what is known of it beside the result. */
export interface WrittenRun {
  /** Where its files are. */
  folder: string;
  /** What the data was called. */
  label: string;
  startedAt: string;
  threads: number;
  command?: string;
  /** Who runs it, where that is not whoever types. */
  as?: string;
  result: RunResult;
}

/** How long to wait for a store when the run has no deadline, in milliseconds. */
const PATIENCE = 30_000;

/** The project whose store a run goes to; one that cannot be told costs a note, not the run. */
export function projectHere(context: CommandContext): Project | undefined {
  try {
    return findProject();
  } catch (error) {
    context.onNote?.(`The run will not be in a store: ${(error as Error).message}`);
    return undefined;
  }
}

/**
 * Puts a run in the project’s store: its record, trials, metrics and files, all or nothing. A store is no reason for a run to fail
 * or to be late, so whatever goes wrong is told in a note.
 * @param milliseconds that it may take
 * @returns the run's id in the store
 */
export async function recordRun(
  project: Project,
  run: WrittenRun,
  context: CommandContext,
  milliseconds: number,
): Promise<string | undefined> {
  const limit = Math.min(milliseconds, PATIENCE);
  const missing = (why: string): undefined => void context.onNote?.(`${why} Add it with \`millwright import ${shellWord(run.folder)}\`.`);
  if (limit <= 0) return missing('There was no time left to put the run in the project’s store.');
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limit);
  });
  try {
    const id = await Promise.race([record(project, run), late]);
    return id ?? missing('The project’s store took too long, so the run may not be in it.');
  } catch (error) {
    return missing(`The run is not in the project’s store: ${(error as Error).message}`);
  } finally {
    clearTimeout(timer);
  }
}

async function record(project: Project, run: WrittenRun): Promise<string> {
  const store = await openStore(project);
  try {
    return await storeRun(store, await commandLineActor(store, run.as), run);
  } finally {
    await store.close();
  }
}

/** Stores files, then the record that names them, in one transaction. */
async function storeRun(store: Store, actor: R.Actor, run: WrittenRun): Promise<string> {
  const files = await storeFiles(store, run.folder);
  const { result } = run;
  const { bundle, task, metric } = result;
  const id = /^\d{8}T\d{6}Z-/.test(basename(run.folder)) ? basename(run.folder) : runId([run.label]);
  const at = new Date().toISOString();
  const score = result.holdoutMetrics[metric]?.value ?? result.leaderboard.find((r) => r.chosen)?.validation;
  const metrics = Object.entries(result.holdoutMetrics).map(([name, { value }]) => ({ name, value, step: 0, at }));
  await store.act(actor, { action: 'run.record', subject: `run:${id}` }, async ({ runs, note }) => {
    await runs.create({
      ...{ id, experiment: task.target, name: `${task.target} · ${run.label}`, status: result.interrupted ? 'killed' : 'finished' },
      ...{ startedAt: run.startedAt, endedAt: at, by: actor.user, source: 'millwright' },
      ...{ dataHash: bundle.lineage.dataHash, target: task.target, task: task.kind, metric, score },
    });
    await runs.log(id, {
      metrics,
      params: new Map([
        ['seed', String(bundle.lineage.seed)],
        ['threads', String(run.threads)],
        ['budget', result.plan.budget === null ? 'none' : String(result.plan.budget)],
        ['rows', String(result.rows.total)],
        ['model', result.leaderboard.find((r) => r.chosen)?.title ?? bundle.model.kind],
      ]),
      tags: new Map([
        ['millwright', bundle.lineage.millwright],
        ['folder', run.folder],
        ...(run.command === undefined ? [] : [['command', run.command] as [string, string]]),
      ]),
    });
    await runs.addTrials(
      id,
      result.leaderboard.map(({ id: trial, rank, learner, title, validation, holdout, fitSeconds, chosen, cut }) => ({
        ...{ id: trial, rank, learner, title, validation, holdout, seconds: fitSeconds, chosen, cut },
      })),
    );
    await runs.attach(id, files);
    const model = files.find((f) => f.name === 'model.mill')?.sha256 ?? null;
    await note({ action: 'run.record', subject: `run:${id}`, detail: { model, data: bundle.lineage.dataHash } });
  });
  return id;
}

async function storeFiles(store: Store, folder: string): Promise<R.NamedArtefact[]> {
  const stored = ARTEFACTS.map(async (name): Promise<R.NamedArtefact[]> => {
    try {
      return [{ name, ...(await store.artefacts.put(createReadStream(join(folder, name)))) }];
    } catch (error) {
      const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
      if (cause?.code === 'ENOENT' && name === 'report.html') return []; // it could not be drawn
      throw error;
    }
  });
  return (await Promise.all(stored)).flat();
}
