import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import type * as R from '../store/records.js';
import type { Store } from '../store/store.js';
import { parseInput, wholeNumber } from './options.js';
import { withProject } from './project.js';

const listInput = z.object({
  filter: z.string().optional(),
  sort: z.string().optional(),
  limit: wholeNumber('--limit', 1, 50_000).default(20),
  as: z.string().optional(),
});
const compareInput = z.object({ a: z.string(), b: z.string() });

/** A map as an object for JSON; a name such as `__proto__` stays a name. */
export const plainObject = <T>(map: ReadonlyMap<string, T>): Record<string, T> => Object.fromEntries(map);

/** A run with its maps as objects, for JSON. */
export type RunView = Omit<R.RunRecord, 'metrics' | 'params' | 'tags'> & {
  metrics: Record<string, number>;
  params: Record<string, string>;
  tags: Record<string, string>;
};

export const runView = (run: R.RunRecord): RunView => ({
  ...run,
  metrics: plainObject(run.metrics),
  params: plainObject(run.params),
  tags: plainObject(run.tags),
});

/** Lists runs of the project. @throws MillwrightError `OPTION_INVALID`, `STORE_…` */
export function runsCommand(options: unknown): Promise<{ runs: RunView[]; total: number }> {
  const { as, ...query } = parseInput(listInput, options);
  return withProject(as, async ({ store }) => {
    const { runs, total } = await store.runs.list(query);
    return { runs: runs.map(runView), total };
  });
}

/** One row of a comparison: what differs, or a score. */
export interface ComparedRow {
  name: string;
  kind: 'fact' | 'metric' | 'param';
  a?: string | number;
  b?: string | number;
}

export interface ComparedRuns {
  a: string;
  b: string;
  sameData: boolean;
  rows: ComparedRow[];
}

/** Two runs or versions beside each other: all scores, and the facts and parameters in which they differ. @throws MillwrightError `NOT_FOUND` */
export function compareCommand(options: unknown): Promise<ComparedRuns> {
  const asked = parseInput(compareInput, options);
  return withProject(undefined, async ({ store }) => {
    const [a, b] = [await sideOf(store, asked.a), await sideOf(store, asked.b)];
    const rows: ComparedRow[] = [];
    const pairs = (kind: ComparedRow['kind'], ours: ReadonlyMap<string, string | number>, theirs: ReadonlyMap<string, string | number>) => {
      for (const name of [...new Set([...ours.keys(), ...theirs.keys()])].sort())
        if (kind === 'metric' || ours.get(name) !== theirs.get(name)) rows.push({ name, kind, a: ours.get(name), b: theirs.get(name) });
    };
    pairs('fact', a.facts, b.facts);
    pairs('metric', a.metrics, b.metrics);
    pairs('param', a.params, b.params);
    return { a: a.title, b: b.title, sameData: a.data !== undefined && a.data === b.data, rows };
  });
}

interface Side {
  title: string;
  data?: string;
  facts: Map<string, string | number>;
  metrics: ReadonlyMap<string, number>;
  params: ReadonlyMap<string, string>;
}

async function sideOf(store: Store, name: string): Promise<Side> {
  const run = await store.runs.get(name);
  if (run) return sideOfRun(run);
  const version = await store.models.resolve(name).catch((error: MillwrightError) => {
    if (error.code !== 'NOT_FOUND' && error.code !== 'OPTION_INVALID') throw error;
    throw new MillwrightError('NOT_FOUND', `There is no run or version "${name}".`, 'See `millwright runs` and `millwright models`.');
  });
  const its = version.run === undefined ? undefined : await store.runs.get(version.run);
  const { target, task, dataHash, trainedBy, registeredBy } = version;
  const facts = known({ target, task, data: dataHash, by: trainedBy, 'registered by': registeredBy, run: version.run });
  const metrics = new Map([...version.metrics].map(([metric, score]) => [metric, score.value]));
  return { title: `${version.model}@${version.version}`, data: dataHash, facts, metrics, params: its?.params ?? new Map() };
}

function sideOfRun({ id, target, task, dataHash, by, startedAt, status, source, metrics, params }: R.RunRecord): Side {
  const facts = known({ target, task, data: dataHash, by, started: startedAt, status, source });
  return { title: id, data: dataHash, facts, metrics, params };
}

const known = (facts: Record<string, string | undefined>): Map<string, string | number> =>
  new Map(Object.entries(facts).filter((entry): entry is [string, string] => entry[1] !== undefined));
