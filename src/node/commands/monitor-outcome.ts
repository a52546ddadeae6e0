import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { Alert } from '../../engine/monitor/alert.js';
import type { Monitor } from '../../engine/monitor/monitor.js';
import { findProject, openStore } from '../store/open-store.js';
import type { Actor } from '../store/records.js';
import type { Store } from '../store/store.js';
import { costOf, type Price, parsePrice } from './alert-cost.js';
import { writeWhole } from './atomic-file.js';
import { bundleBytes, titleOf } from './bundle-io.js';
import type { MonitorSummary } from './monitor.js';
import { alertDetail, endAlert, raiseAlert } from './registry/alerts.js';
import { commandLineActor } from './registry/identity.js';
import { allow } from './registry/permissions.js';
import { shortName } from './short-name.js';
import { packageVersion } from './version.js';

/** What is made of a monitoring of files beside its summary. */
export interface OutcomeAsked {
  bundle: string;
  data: readonly string[];
  /** A page. */
  html?: string | undefined;
  /** Alerts go to the project's store. */
  store?: boolean | undefined;
  /** What a wrong prediction costs. */
  value?: string | undefined;
  as?: string | undefined;
}

/** @throws MillwrightError `OPTION_INVALID`, `OUTPUT_FAILED`, `STORE_…`, `NOT_ALLOWED` */
export async function monitorOutcome(asked: OutcomeAsked, monitor: Monitor, summary: MonitorSummary): Promise<void> {
  if (asked.value !== undefined) priceAlerts(summary.alerts, monitor, parsePrice(asked.value));
  if (asked.store) {
    const records = await AlertRecords.open(asked, `file/${shortName(asked.data.map((path) => basename(path)).join(', '), 200)}`);
    await records.keep(summary.alerts).finally(() => records.close());
  }
  if (asked.html !== undefined) await writePage(asked.html, asked, monitor, summary);
}

/** Says what alerts cost. */
export function priceAlerts(alerts: readonly Alert[], monitor: Monitor, price: Price): void {
  for (const alert of alerts) {
    const cost = costOf(alert, monitor, price);
    if (cost) alert.cost = cost;
  }
}

/** Alerts of a watching as records of the project, under the version that the bundle was registered as. */
export class AlertRecords {
  /** By origin, what the store has been told. */
  readonly #told = new Map<string, string>();

  private constructor(
    private readonly store: Store,
    private readonly actor: Actor,
    private readonly of: { model: string; version: string },
    /** What the origins of these alerts begin with: the same rows again raise nothing twice. */
    private readonly origins: string,
  ) {}

  /** @throws MillwrightError `STORE_…`, `NOT_ALLOWED` */
  static async open({ bundle, as }: Pick<OutcomeAsked, 'bundle' | 'as'>, origins: string): Promise<AlertRecords> {
    const sha256 = createHash('sha256')
      .update(await bundleBytes(bundle))
      .digest('hex');
    const store = await openStore(findProject());
    try {
      const actor = await commandLineActor(store, as);
      allow(actor, 'alert.raise');
      const of = (await registered(store, sha256)) ?? { model: titleOf(bundle), version: sha256.slice(0, 12) };
      return new AlertRecords(store, actor, of, origins);
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Puts in the store what it does not know yet of these alerts. */
  async keep(alerts: readonly Alert[]): Promise<void> {
    const { store, actor, of, origins } = this;
    for (const alert of alerts) {
      const record = { ...of, origin: `${origins}/${alert.id}`, kind: alert.kind, severity: alert.severity };
      const state = `${alert.state} ${alert.seen.row}`;
      if (this.#told.get(record.origin) === state) continue;
      await raiseAlert(store, actor, { ...record, detail: alertDetail(alert) });
      if (alert.state === 'ended') await endAlert(store, actor, record);
      this.#told.set(record.origin, state);
    }
  }

  async close(): Promise<void> {
    await this.store.close();
  }
}

/** The version that a bundle was registered as. */
async function registered(store: Store, sha256: string): Promise<{ model: string; version: string } | undefined> {
  for (const { name } of await store.models.list())
    for (const { version, bundle } of await store.models.versions(name))
      if (bundle.sha256 === sha256) return { model: name, version: String(version) };
  return undefined;
}

/** @param latest of rows that never end: columns as the latest windows have them @throws MillwrightError `OUTPUT_FAILED` */
export async function writePage(
  path: string,
  { bundle, data }: Pick<OutcomeAsked, 'bundle' | 'data'>,
  monitor: Monitor,
  summary: MonitorSummary,
  latest = false,
): Promise<void> {
  const { monitorView } = await import('../report/monitor-view.js');
  const { renderMonitorPage } = await import('../report/monitor-page.js');
  const { performance, alerts, unmet, reference } = summary;
  const view = monitorView(monitor, {
    model: titleOf(bundle),
    against: `${reference.from === 'training' ? 'the training rows' : basename(reference.from)}; rows of ${data.map((d) => basename(d)).join(', ')}`,
    alerts,
    unmet: unmet.map((u) => u.message),
    latest,
    ...(performance && { performance }),
  });
  await writeWhole(path, await renderMonitorPage([view], { at: new Date().toISOString(), millwright: packageVersion(), served: false }));
}
