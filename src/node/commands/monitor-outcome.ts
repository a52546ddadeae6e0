import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { Monitor } from '../../engine/monitor/monitor.js';
import type { Store } from '../store/store.js';
import { costOf, parsePrice } from './alert-cost.js';
import { writeWhole } from './atomic-file.js';
import { readBundleFile, titleOf } from './bundle-io.js';
import type { MonitorSummary } from './monitor.js';
import { withProject } from './project.js';
import { alertDetail, endAlert, raiseAlert } from './registry/alerts.js';
import { allow } from './registry/permissions.js';
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
  if (asked.value !== undefined) {
    const price = parsePrice(asked.value);
    for (const alert of summary.alerts) {
      const cost = costOf(alert, monitor, price);
      if (cost) alert.cost = cost;
    }
  }
  if (asked.store) await storeAlerts(asked, summary);
  if (asked.html !== undefined) await writePage(asked.html, asked, monitor, summary);
}

async function storeAlerts({ bundle, data, as }: OutcomeAsked, { alerts }: MonitorSummary): Promise<void> {
  const { bytes } = await readBundleFile(bundle);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await withProject(as, async ({ store, actor }) => {
    const of = (await registered(store, sha256)) ?? { model: titleOf(bundle), version: sha256.slice(0, 12) };
    allow(actor, 'alert.raise');
    const source = data.map((path) => basename(path)).join(', ');
    for (const alert of alerts) {
      const record = { ...of, origin: `file/${source.slice(0, 200)}/${alert.id}`, kind: alert.kind, severity: alert.severity };
      await raiseAlert(store, actor, { ...record, detail: alertDetail(alert) });
      if (alert.state === 'ended') await endAlert(store, actor, record);
    }
  });
}

/** The version that a bundle was registered as. */
async function registered(store: Store, sha256: string): Promise<{ model: string; version: string } | undefined> {
  for (const { name } of await store.models.list())
    for (const { version, bundle } of await store.models.versions(name))
      if (bundle.sha256 === sha256) return { model: name, version: String(version) };
  return undefined;
}

async function writePage(path: string, { bundle, data }: OutcomeAsked, monitor: Monitor, summary: MonitorSummary): Promise<void> {
  const { monitorView } = await import('../report/monitor-view.js');
  const { renderMonitorPage } = await import('../report/monitor-page.js');
  const { performance, alerts, unmet, reference } = summary;
  const view = monitorView(monitor, {
    model: titleOf(bundle),
    against: `${reference.from === 'training' ? 'the training rows' : basename(reference.from)}; rows of ${data.map((d) => basename(d)).join(', ')}`,
    alerts,
    unmet: unmet.map((u) => u.message),
    ...(performance && { performance }),
  });
  await writeWhole(path, await renderMonitorPage([view], { at: new Date().toISOString(), millwright: packageVersion(), served: false }));
}
