import { MillwrightError } from '../../../core/errors.js';
import { confidenceSequence, type Sequential } from '../../../engine/evaluate/confidence-sequence.js';
import type { Bundle } from '../../../model/bundle.js';
import { cellReader } from '../../../model/parse-cell.js';
import { Scorer } from '../../../model/scorer.js';
import type { Actor, LabelledRow, NewAlert } from '../../store/records.js';
import type { Store } from '../../store/store.js';
import { raiseWithin } from '../registry/alerts.js';
import { CANARY_TAG, type CanaryState, canaryOf, endCanary, FORMER } from '../registry/canary-state.js';
import { allow } from '../registry/permissions.js';
import { BY_POLICY, putInProduction } from '../registry/promotions.js';
import { loadBundle } from './champion.js';
import { metricOf } from './compare.js';

/** Rows that are looked at, the latest. */
const MOST = 20_000;

/** What a canary came to so far. */
export interface CanaryVerdict {
  model: string;
  version: number;
  verdict: 'watching' | 'passed' | 'rolled-back';
  why: string;
}

/**
 * Looks at each canary: every labelled row since it began is scored by both versions, whichever of them had answered, and the difference of their losses is held
 * against the agreed margin by an interval that may be looked at after every row. Surely worse by more than the margin: the former version is back in production.
 * Surely not: the new one answers all. When `labels` rows have not settled it, their mean does.
 */
export class CanaryWatch {
  readonly #told = new Map<string, number>();

  constructor(
    private readonly store: Store,
    private readonly actor: Actor,
  ) {}

  /** @param onFailure told of one that cannot be judged, which holds up no other @throws MillwrightError `STORE_…` */
  async look(onFailure: (text: string) => void = () => undefined): Promise<CanaryVerdict[]> {
    const verdicts: CanaryVerdict[] = [];
    for (const { name, tags, aliases } of await this.store.models.list()) {
      const state = canaryOf(tags);
      if (!state || aliases.get('champion') !== state.version || aliases.get(FORMER) !== state.former) continue;
      const labels = await this.store.traffic.labels(name, state.since);
      const key = `${name} ${state.since}`;
      if (this.#told.get(key) === labels) continue;
      try {
        verdicts.push(await this.#judge(name, state, tags.get(CANARY_TAG) as string));
      } catch (error) {
        if (error instanceof MillwrightError && error.code.startsWith('STORE_')) throw error;
        onFailure(`The canary ${name}@${state.version} cannot be judged: ${(error as Error).message}`);
      }
      this.#told.set(key, labels);
    }
    return verdicts;
  }

  async #judge(model: string, state: CanaryState, tag: string): Promise<CanaryVerdict> {
    const { version, former, margin, labels, since } = state;
    const rows = await this.store.traffic.labelled({ model, since, limit: MOST });
    const bundle = async (n: number) => {
      const record = await this.store.models.version(model, n);
      if (!record) throw new Error(`There is no ${model}@${n}.`);
      return loadBundle(this.store, record);
    };
    const [ours, theirs] = [lossesOf(await bundle(version), rows), lossesOf(await bundle(former), rows)];
    const both = Float64Array.from(ours.flatMap((loss, i) => (Number.isFinite(loss - (theirs[i] as number)) ? [i] : [])));
    const usual = both.reduce((sum, i) => sum + (theirs[i] as number), 0) / Math.max(1, both.length);
    const excess = both.map((i) => (ours[i] as number) - (theirs[i] as number) - margin * usual);
    const found = confidenceSequence(excess, 0.05, labels);
    const verdict = verdictOf(found, labels);
    const why = `on ${found.rows} labelled rows its loss is ${share(found.mean + margin * usual, usual)} of version ${former}'s; the agreed margin is ${share(margin * usual, usual)}`;
    if (verdict === 'watching') return { model, version, verdict, why };
    const applied = await this.#apply(model, state, tag, verdict, why);
    return { model, version, verdict: applied ? verdict : 'watching', why };
  }

  /** @returns whether it was still to be done */
  #apply(model: string, { version, former }: CanaryState, tag: string, verdict: 'passed' | 'rolled-back', why: string): Promise<boolean> {
    const action = verdict === 'passed' ? 'canary.pass' : 'canary.rollback';
    return this.store.act(this.actor, { action: 'canary.look', subject: `model:${model}@${version}` }, async (governed) => {
      allow(this.actor, 'retrain');
      const found = await governed.models.get(model);
      // another worker was quicker, or a person
      if (found?.tags.get(CANARY_TAG) !== tag || found.aliases.get(FORMER) !== former || found.aliases.get('champion') !== version)
        return false;
      const reason = `the canary ${verdict === 'passed' ? 'passed' : 'was worse'}: ${why}`;
      const detail = { from: version, to: verdict === 'passed' ? version : former, reason };
      const subject = `model:${model}@${detail.to}`;
      if (verdict === 'passed') await endCanary(governed, model);
      else await putInProduction(governed, { model, version: former, kind: 'rollback', by: BY_POLICY, reason });
      await governed.note({ action, subject: `model:${model}@${version}`, detail });
      const data = { ...detail, by: BY_POLICY };
      if (verdict === 'passed') await governed.events.emit({ type: 'canary.passed', subject, data });
      else {
        await governed.events.emit({ type: 'model.rolledback', subject, data });
        await raiseWithin(governed, rollbackAlert(model, version, former, why));
      }
      return true;
    });
  }
}

/** What a person is told. */
function rollbackAlert(model: string, version: number, former: number, why: string): NewAlert {
  const what = `Version ${version} was rolled back: ${why}.`;
  const detail = {
    what,
    columns: [],
    cause: 'It learned what does not hold for the requests that came since, or their labels differ from those it was chosen by.',
    action: `Version ${former} answers again. Look at the rows of the canary before the next training.`,
  };
  return { model, version: String(version), origin: `canary:${version}`, kind: 'canary', severity: 'danger', detail };
}

function verdictOf({ low, high, mean, rows }: Sequential, labels: number): CanaryVerdict['verdict'] {
  if (low > 0) return 'rolled-back';
  if (high < 0) return 'passed';
  if (rows < labels) return 'watching';
  return mean > 0 ? 'rolled-back' : 'passed';
}

/** Brier's loss for classes; for numbers the square of the error where the model was chosen by squares, else its size. NaN where there is no answer. */
function lossesOf(bundle: Bundle, rows: readonly LabelledRow[]): number[] {
  const { task, schema } = bundle;
  const target = schema.columns.find((c) => c.name === task.target);
  const read = target && cellReader(target);
  const squares = /squared|^r2/.test(metricOf(bundle).id);
  const scorer = new Scorer(bundle);
  const asked = rows.map(({ row }) => (typeof row === 'object' && row !== null && !Array.isArray(row) ? row : {}));
  const answers = scorer.predict(asked as Record<string, unknown>[]);
  return answers.map((answer, i) => {
    const actual = rows[i]?.actual;
    if (task.kind === 'regression') {
      const error = Math.abs(Number(answer.prediction) - (typeof actual === 'number' ? actual : Number.NaN));
      return squares ? error * error : error;
    }
    const text = String(actual ?? '').trim();
    const value = read?.(actual);
    const klass = task.classes.includes(text) ? text : task.classes.find((c) => value !== undefined && read?.(c) === value);
    if (klass === undefined) return Number.NaN;
    let loss = 0;
    for (const c of task.classes) {
      const miss = (answer.probabilities?.[c] ?? 0) - (c === klass ? 1 : 0);
      loss += miss * miss;
    }
    return loss;
  });
}

const share = (difference: number, of: number): string =>
  of > 0 ? `${difference >= 0 ? '+' : ''}${Number(((100 * difference) / of).toPrecision(3))} %` : String(Number(difference.toPrecision(3)));
