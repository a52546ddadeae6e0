import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { MillwrightError } from '../../core/errors.js';
import { type Plan, parsePlan } from '../../engine/automl/plan.js';
import { readBundle } from './bundle-io.js';
import { readPlan } from './plan-file.js';
import { sha256File } from './sha256-file.js';

/** What is known of a run that was made earlier. */
export interface RecordedRun {
  /** With the work that was done. */
  readonly plan: Plan;
  /** SHA-256 of the data; empty when unknown. */
  readonly dataHash: string;
  /** Of the `millwright` that made it; absent when unknown. */
  readonly millwright?: string;
  /** Node's version and the platform; absent when unknown. */
  readonly machine?: string;
  /** The folder from which relative paths of the data count. */
  readonly workingFolder?: string;
  /** The bundle that it wrote, when it is still there. */
  readonly bundle?: string;
  /** SHA-256 of the bundle that it wrote. */
  readonly bundleHash?: string;
}

/**
 * Reads what a run left: its folder, its `plan.json`, or its `model.mill`, which holds the plan too.
 * @throws MillwrightError `PLAN_INVALID` when there is no plan or it has no record of work, `BUNDLE_…`
 */
export async function readRecordedRun(path: string): Promise<RecordedRun> {
  const there = await stat(path).catch(() => undefined);
  if (!there)
    throw new MillwrightError('PLAN_INVALID', `There is no run at ${path}.`, 'Name the folder of a run, or its plan.json or model.mill.');
  if (!there.isDirectory() && path.toLowerCase().endsWith('.mill')) return await ofBundle(path);
  const folder = there.isDirectory() ? path : dirname(path);
  const plan = await readPlan(there.isDirectory() ? join(path, 'plan.json') : path);
  if (!plan.work)
    throw new MillwrightError(
      'PLAN_INVALID',
      `The plan ${there.isDirectory() ? join(path, 'plan.json') : path} has no record of work: it was never run.`,
      'Run it with `millwright run <data> --plan <file>`.',
    );
  // beside a plan of another name may lie the results of another run
  const own = there.isDirectory() || basename(path) === 'plan.json';
  return { plan, ...(own ? await besidePlan(folder) : { dataHash: '' }) };
}

async function ofBundle(path: string): Promise<RecordedRun> {
  const { lineage } = await readBundle(path);
  const recorded = lineage.plan as Partial<Plan> | undefined;
  // a bundle holds no paths
  const plan = parsePlan({ ...recorded, data: { ...recorded?.data, from: [] } });
  return { plan, dataHash: lineage.dataHash, millwright: lineage.millwright, bundle: path, bundleHash: await sha256File(path) };
}

async function besidePlan(folder: string): Promise<Omit<RecordedRun, 'plan'>> {
  const path = join(folder, 'model.mill');
  const bundle = (await stat(path).catch(() => undefined))?.isFile() ? path : undefined;
  const lineage = bundle === undefined ? undefined : (await readBundle(bundle)).lineage;
  const told = await readRunJson(join(folder, 'run.json'));
  const machine = told.node && told.platform ? `${told.node} on ${told.platform}` : undefined;
  return {
    dataHash: told.data ?? lineage?.dataHash ?? '',
    millwright: told.millwright ?? lineage?.millwright,
    machine,
    workingFolder: told.workingFolder,
    bundle,
    bundleHash: told.model ?? (bundle === undefined ? undefined : await sha256File(bundle)),
  };
}

type RunJson = Partial<Record<'millwright' | 'node' | 'platform' | 'workingFolder' | 'data' | 'model', string>>;

/** The texts of a run.json; nothing of one that is absent or damaged. */
async function readRunJson(path: string): Promise<RunJson> {
  try {
    const value = JSON.parse(await readFile(path, 'utf8')) as unknown;
    if (typeof value !== 'object' || value === null) return {};
    return Object.fromEntries(Object.entries(value).filter(([, v]) => typeof v === 'string'));
  } catch {
    return {};
  }
}
