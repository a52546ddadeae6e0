import { MillwrightError } from '../../../core/errors.js';
import { figure } from '../../../core/figure.js';
import { outputCount } from '../../../core/schema.js';
import { answeredRows } from '../../../engine/automl/answered-rows.js';
import { predict } from '../../../model/predict.js';
import { tableFromRows } from '../../../model/table-from-rows.js';
import type { JobRecord, Json, VersionRecord } from '../../store/records.js';
import type { Store } from '../../store/store.js';
import { canaryOf } from '../registry/canary-state.js';
import type { Policy, RetrainRules } from '../registry/policy.js';
import { type Champion, championOf, learnedUntil } from './champion.js';
import { metricOf, unweighted } from './compare.js';
import { RETRAIN, type RetrainInput } from './job-input.js';

/** Labelled rows that the performance is told by, the latest. */
const RECENT = 2000;
/** Fewest. */
const FEWEST = 100;
const HOUR = 3_600_000;
/** The mildest first. */
const SEVERITIES = ['notice', 'warning', 'danger'] as const;

/**
 * Puts a retraining on the queue where the policy asks for one: an alert that is open, enough new labels, or a metric on labelled traffic that has fallen. While one is under way, or
 * not yet cool, there is no other. The id of the job is made of the one before it, so that several workers who see the same reason put it there once.
 */
export class Triggers {
  /** Labels of a model when it was last looked at. */
  readonly #looked = new Map<string, number>();

  constructor(private readonly store: Store) {}

  /** @throws MillwrightError `STORE_…`; the next look begins anew then */
  async look({ retrain: rules }: Policy, by: string): Promise<JobRecord[]> {
    try {
      return await this.#look(rules, by);
    } catch (error) {
      this.#looked.clear();
      throw error;
    }
  }

  async #look(rules: RetrainRules, by: string): Promise<JobRecord[]> {
    if (rules.newLabels === undefined && rules.performance === undefined && rules.drift === undefined) return [];
    const jobs = await this.store.jobs.list({ kind: RETRAIN, limit: 10_000 });
    const queued: JobRecord[] = [];
    for (const { name, aliases, tags } of await this.store.models.list()) {
      // while a canary is watched, who the champion is has not been settled
      if (!aliases.has('champion') || canaryOf(tags)) continue;
      const last = jobs.find((job) => (job.input as Partial<RetrainInput>).model === name);
      if (last && !isCool(last, rules)) continue;
      const why = await this.#reason(name, rules, last && !wasEmpty(last) ? last.createdAt : '').catch((error: unknown) => {
        if (error instanceof MillwrightError && error.code.startsWith('STORE_')) throw error;
        return undefined; // a model that cannot be retrained triggers nothing
      });
      if (!why) continue;
      const input = { model: name, ...why };
      queued.push(await this.store.jobs.add({ id: `${RETRAIN}:${name}:after:${last?.createdAt ?? 'none'}`, kind: RETRAIN, input, by }));
    }
    return queued;
  }

  async #reason(model: string, rules: RetrainRules, last: string): Promise<Pick<RetrainInput, 'reason' | 'trigger'> | undefined> {
    const champion = await this.store.models.resolve(`${model}@champion`);
    const drifted = rules.drift === undefined ? undefined : await this.#drifted(champion, rules.drift, last);
    if (drifted !== undefined) return { trigger: 'drift', reason: drifted };
    if (rules.newLabels === undefined && rules.performance === undefined) return undefined;
    const until = await learnedUntil(this.store, champion);
    const labels = await this.store.traffic.labels(model, until);
    const key = `${model}@${champion.version}`;
    if (this.#looked.get(key) === labels) return undefined;
    this.#looked.set(key, labels);
    // what a retraining without gain has used already is not new
    const news = last > until ? await this.store.traffic.labels(model, last) : labels;
    if (rules.newLabels !== undefined && news >= rules.newLabels)
      return { trigger: 'labels', reason: `${news} labelled rows are new since the last training` };
    if (rules.performance === undefined || labels < FEWEST) return undefined;
    const fallen = await this.#fallen(model, await championOf(this.store, model), rules.performance);
    return fallen === undefined ? undefined : { trigger: 'performance', reason: fallen };
  }

  /** What an open alert about the champion says, if it was raised since the last retraining; what follows from a canary is no drift. */
  async #drifted({ model, version }: VersionRecord, least: (typeof SEVERITIES)[number], last: string): Promise<string | undefined> {
    const open = await this.store.alerts.list({ models: [model], states: ['open', 'acknowledged'], limit: 100 });
    const found = open.find(
      (alert) =>
        alert.raisedAt > last &&
        !NO_DRIFT.has(alert.kind) &&
        alert.version === String(version) &&
        SEVERITIES.indexOf(alert.severity) >= SEVERITIES.indexOf(least),
    );
    const { what } = (found?.detail ?? {}) as { what?: unknown };
    return found && `alert ${found.id}: ${typeof what === 'string' ? what.slice(0, 500) : found.kind}`;
  }

  /** In words, how much worse the metric is on labelled traffic than it was on rows never seen in training. */
  async #fallen(model: string, champion: Champion, most: number): Promise<string | undefined> {
    const { bundle, version } = champion;
    const metric = metricOf(bundle);
    const then = version.metrics.get(metric.id)?.value;
    const rows = (await this.store.traffic.labelled({ model, limit: RECENT })).filter((row) => row.toldAt >= champion.until);
    if (then === undefined || rows.length < FEWEST) return undefined;
    const { target } = bundle.task;
    const cells = rows.map(({ row, actual }) => ({ ...(row as Record<string, Json>), [target]: actual }));
    const schema = unweighted(bundle.schema);
    const answered = answeredRows(tableFromRows(schema, cells, undefined, true), schema, bundle.task);
    const input = { actual: answered.target, predicted: predict(bundle, answered.table).values, outputs: outputCount(bundle.task) };
    const now = metric.compute({ ...input, threshold: bundle.threshold, costs: bundle.costs });
    const loss = metric.greaterIsBetter ? then - now : now - then;
    if (!(loss > most)) return undefined;
    return `${metric.id} is ${figure(now)} on the latest ${answered.target.length} labelled rows; it was ${figure(then)} when version ${version.version} was trained`;
  }
}

/** Kinds of alerts that new training would not mend. */
const NO_DRIFT: ReadonlySet<string> = new Set(['canary', 'traffic', 'errors', 'latency', 'answers']);

/** Whether it ended before it began, for lack of labels: then its reason stands. */
const wasEmpty = ({ result }: JobRecord): boolean => (result as { outcome?: string } | null)?.outcome === 'too-few-labels';

function isCool(job: JobRecord, { coolDownHours }: RetrainRules): boolean {
  return job.state !== 'queued' && job.state !== 'running' && Date.now() - Date.parse(job.createdAt) >= coolDownHours * HOUR;
}
